import type { Schemas } from "~/api/client.ts";

type Group = Schemas["IncidentGroup"];
type Meta = Pick<Schemas["IncidentStatisticsMeta"], "from" | "to" | "bucket_seconds">;

/** What opened and closed in a part of the span, a number for each group. */
export type FlowColumn = { start: number; opened: number[]; closed: number[] };

/** The groups that stand apart, then the others together when there are any; and the parts of the span, all of them. */
export type Flow = { groups: { key: string; name: string }[]; rest: number; columns: FlowColumn[] };

/** Puts groups side by side: the answer leaves out parts of the span in which nothing happened, a chart does not. */
export function flowOf(groups: readonly Group[], meta: Meta, apart: number): Flow {
  const width = meta.bucket_seconds * 1_000;
  const begin = Math.floor(Date.parse(meta.from) / width) * width;
  const count = Math.max(1, Math.ceil((Date.parse(meta.to) - begin) / width));
  const rest = Math.max(0, groups.length - apart);
  const places = Math.min(groups.length, apart) + (rest > 0 ? 1 : 0);
  const columns = Array.from({ length: count }, (_, index): FlowColumn => {
    const zeros = () => Array.from({ length: places }, () => 0);
    return { start: begin + index * width, opened: zeros(), closed: zeros() };
  });
  for (const [index, group] of groups.entries()) {
    const place = Math.min(index, apart);
    for (const bucket of group.buckets) {
      const column = columns[Math.round((Date.parse(bucket.start) - begin) / width)];
      if (!column) continue;
      column.opened[place] = (column.opened[place] ?? 0) + bucket.opened;
      column.closed[place] = (column.closed[place] ?? 0) + bucket.closed;
    }
  }
  const named = groups
    .slice(0, apart)
    .map(({ group }) => ({ key: group?.key ?? "", name: group?.name ?? "" }));
  return { groups: named, rest, columns };
}

/** The same with at most so many columns, neighbours added up; for a table that can be heard to its end. */
export function merged(columns: readonly FlowColumn[], most: number): FlowColumn[] {
  const size = Math.ceil(columns.length / most);
  const parts: FlowColumn[] = [];
  for (let begin = 0; begin < columns.length; begin += size) {
    const [first, ...others] = columns.slice(begin, begin + size);
    if (first) parts.push(others.reduce(together, first));
  }
  return parts;
}

function together(a: FlowColumn, b: FlowColumn): FlowColumn {
  const add = (left: number[], right: number[]) => left.map((value, index) => value + (right[index] ?? 0));
  return { start: a.start, opened: add(a.opened, b.opened), closed: add(a.closed, b.closed) };
}
