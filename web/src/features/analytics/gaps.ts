import type { Schemas } from "~/api/client.ts";

type Span = { from: string; to: string };

/** Where the gaps lie in the span, in percent of it; what sticks out is cut off. */
export function gapsIn(gaps: readonly Schemas["GapBody"][], span: Span): { left: number; width: number }[] {
  const begin = Date.parse(span.from);
  const length = Date.parse(span.to) - begin;
  const share = (instant: string) =>
    Math.min(100, Math.max(0, ((Date.parse(instant) - begin) / length) * 100));
  return gaps
    .map(({ from, to }) => ({ left: share(from), width: share(to) - share(from) }))
    .filter(({ width }) => width > 0);
}
