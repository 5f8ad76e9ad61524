import type { Schemas } from "~/api/client.ts";

type Buckets = readonly Schemas["ChartedBucket"][];
type Statistic = Exclude<keyof Schemas["StatisticsBody"], undefined>;

/** A line of a group; those of the span before are faint and have the colour of their group. */
export type GroupLine = {
  name: string;
  unit: string;
  points: [at: number, value: number][];
  faint: boolean;
  colour: number;
};

/**
 * The lines of an answer, those of the span before moved to the axis of this one. Two groups may have one name, and a
 * line is known by its name, so the second is told apart by its key.
 */
export function groupLines(
  answer: Pick<Schemas["GroupedChart"], "data" | "meta">,
  statistic: Statistic,
  unit: string,
  before: (name: string) => string,
): GroupLine[] {
  const length = Date.parse(answer.meta.to) - Date.parse(answer.meta.from);
  const line = (buckets: Buckets, shift: number) =>
    buckets.flatMap((bucket): [number, number][] => {
      const value = bucket[statistic];
      return value === undefined ? [] : [[Date.parse(bucket.start) + shift, value]];
    });
  const taken = new Set<string>();
  const named = answer.data.map(({ group, buckets, previous }, index) => {
    const told = group?.name || group?.key || "–";
    const name = taken.has(told) ? `${told} (${group?.key})` : told;
    taken.add(name);
    return { name, buckets, previous: previous?.buckets ?? [], colour: index };
  });
  return [
    ...named.map(({ name, buckets, colour }) => ({
      name,
      unit,
      points: line(buckets, 0),
      faint: false,
      colour,
    })),
    ...named
      .filter(({ previous }) => previous.length > 0)
      .map(({ name, previous, colour }) => ({
        name: before(name),
        unit,
        points: line(previous, length),
        faint: true,
        colour,
      })),
  ];
}
