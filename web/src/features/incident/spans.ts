import type { Schemas } from "~/api/client.ts";
import { MINUTE } from "~/lib/time.ts";

type Incident = Pick<
  Schemas["Incident"],
  "opened_at" | "created_at" | "recovered_at" | "closed_at" | "last_violation_at" | "operator" | "threshold"
>;

/** What the chart knows of the points of a bucket. */
type Bucket = { start: string; min: number; max: number };

/** From one instant to another, in milliseconds since the epoch. */
export type Stretch = { from: number; to: number };

/** The zoom of the chart as the address has it. */
export type Zoom = { from?: string | undefined; to?: string | undefined };

/** The clocks of the points and of the server agree when they differ by no more than this. */
const SAME_CLOCK = 5 * MINUTE;

/**
 * When the rule was violated, for the bands of the chart. An incident that recovered and was violated again has
 * several stretches. Their inner ends are in the history, by the server's clock; when the points are of another time
 * the buckets of the chart tell them.
 */
export function violated(
  incident: Incident,
  events: readonly Schemas["TimelineEvent"][],
  buckets: readonly Bucket[],
  step: number,
  now: number,
): Stretch[] {
  const begin = Date.parse(incident.opened_at);
  const last = Date.parse(incident.last_violation_at);
  const end = incident.recovered_at ? Date.parse(incident.recovered_at) : incident.closed_at ? last : now;
  const turns = events.filter((event) => event.kind === "RECOVERED" || event.kind === "VIOLATED_AGAIN");
  if (!turns.some((event) => event.kind === "VIOLATED_AGAIN"))
    return [{ from: begin, to: Math.max(begin, end) }];
  const sameClock = Math.abs(Date.parse(incident.created_at) - begin) <= SAME_CLOCK;
  return sameClock ? byHistory(turns, begin, end) : byBuckets(incident, buckets, step, begin, end);
}

function byBuckets(
  { operator, threshold }: Incident,
  buckets: readonly Bucket[],
  step: number,
  begin: number,
  end: number,
): Stretch[] {
  const violates = ({ min, max }: Bucket): boolean => {
    if (operator === ">") return max > threshold;
    if (operator === ">=") return max >= threshold;
    if (operator === "<") return min < threshold;
    if (operator === "<=") return min <= threshold;
    return operator === "!=" ? min !== threshold || max !== threshold : min <= threshold && threshold <= max;
  };
  const stretches: Stretch[] = [];
  let goesOn = false;
  for (const bucket of buckets) {
    const start = Date.parse(bucket.start);
    const from = Math.max(begin, start);
    const to = Math.min(end, start + step);
    if (to <= from) continue;
    const before = goesOn ? stretches.at(-1) : undefined;
    goesOn = violates(bucket);
    if (!goesOn) continue;
    // A stretch without points says nothing else than the points around it.
    if (before) before.to = to;
    else stretches.push({ from, to });
  }
  return stretches;
}

function byHistory(turns: readonly Schemas["TimelineEvent"][], begin: number, end: number): Stretch[] {
  const stretches: Stretch[] = [];
  let from: number | undefined = begin;
  const inOrder = [...turns].sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
  for (const { kind, created_at } of inOrder) {
    const at = Date.parse(created_at);
    if (kind === "VIOLATED_AGAIN") from ??= at;
    else if (from !== undefined) {
      stretches.push({ from, to: Math.max(from, at) });
      from = undefined;
    }
  }
  return from === undefined ? stretches : [...stretches, { from, to: Math.max(from, end) }];
}

/** The span of the chart: from a while before it opened until it was closed, or until now. */
export function chartSpan(incident: Incident, now: number): Stretch {
  const begin = Date.parse(incident.opened_at);
  const end = incident.closed_at ? Date.parse(incident.closed_at) : now;
  return { from: begin - before(begin, end), to: end + (incident.closed_at ? before(begin, end) / 3 : 0) };
}

/** The span around the violation alone. */
export function violationSpan(incident: Incident, now: number): Stretch {
  const begin = Date.parse(incident.opened_at);
  const last = Date.parse(incident.recovered_at ?? incident.last_violation_at);
  return { from: begin - before(begin, last), to: Math.min(now, last + before(begin, last)) };
}

/** How much is shown before: about a fifth, in few sizes so that it does not change at every moment. */
function before(begin: number, end: number): number {
  let length = 10 * MINUTE;
  while (length < (end - begin) / 5) length *= 2;
  return length;
}
