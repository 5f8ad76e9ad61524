import type { Schemas } from "~/api/client.ts";
import { DAY, HOUR, MINUTE, SECOND } from "~/lib/time.ts";

type Bucket = Schemas["IncidentBucket"];

/** The numbers that tell how long something took. */
export const tookFigures = ["mean", "p50", "p95"] as const;

/** In what a chart of durations is measured. */
export type TookUnit = "seconds" | "minutes" | "hours" | "days";

/** Each unit with its length, and from which duration on it is easier to read than the one before. */
const units: [TookUnit, length: number, from: number][] = [
  ["days", DAY, 3 * DAY],
  ["hours", HOUR, 3 * HOUR],
  ["minutes", MINUTE, 3 * MINUTE],
  ["seconds", SECOND, 0],
];

/** How long it took to acknowledge or to resolve, as lines in a unit that fits the longest of them. */
export type Took = {
  unit: TookUnit;
  lines: Record<(typeof tookFigures)[number], [at: number, value: number][]>;
};

/** The lines of one of the two times through the buckets that have it. */
export function tookOf(buckets: readonly Bucket[], which: "mtta" | "mttr"): Took {
  const known = buckets.flatMap((bucket) => {
    const took = bucket[which];
    return took ? [{ at: Date.parse(bucket.start), took }] : [];
  });
  const longest =
    Math.max(0, ...known.map(({ took }) => Math.max(took.p95_seconds, took.mean_seconds))) * SECOND;
  const [unit, length] = units.find(([, , from]) => longest >= from) ?? ["seconds", SECOND];
  const line = (figure: (typeof tookFigures)[number]) =>
    known.map(({ at, took }): [number, number] => [at, (took[`${figure}_seconds`] * SECOND) / length]);
  return { unit, lines: { mean: line("mean"), p50: line("p50"), p95: line("p95") } };
}
