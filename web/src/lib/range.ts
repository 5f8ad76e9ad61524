import * as v from "valibot";
import { DAY, HOUR, MINUTE, SECOND } from "./time.ts";

/** The presets of the time range picker, with their length in milliseconds. */
export const presets = {
  "15m": 15 * MINUTE,
  "1h": HOUR,
  "6h": 6 * HOUR,
  "24h": DAY,
  "7d": 7 * DAY,
  "30d": 30 * DAY,
} as const;

/** The name of a preset. */
export type Preset = keyof typeof presets;

/** A time range as the URL holds it: a preset that ends now, or two instants. */
export type Range = { range?: Preset | undefined; from?: string | undefined; to?: string | undefined };

/** The search parameters of a page with a time range. What cannot be read is as if it were not there. */
export const rangeSchema = {
  range: v.optional(
    v.fallback(v.optional(v.picklist(Object.keys(presets) as [Preset, ...Preset[]])), undefined),
  ),
  from: v.optional(v.fallback(v.optional(v.pipe(v.string(), v.isoTimestamp())), undefined)),
  to: v.optional(v.fallback(v.optional(v.pipe(v.string(), v.isoTimestamp())), undefined)),
};

/** Two instants in milliseconds since the epoch; the second is not part of the span. */
export type Span = { from: number; to: number };

/** Whether the range ends now and moves on with the clock. */
export function isLive(range: Range): boolean {
  return fixedSpan(range) === undefined;
}

/** The two instants of a range that has them in their order. */
function fixedSpan({ from, to }: Range): Span | undefined {
  const span = { from: Date.parse(from ?? ""), to: Date.parse(to ?? "") };
  return span.from < span.to ? span : undefined;
}

/** Turns the range of the URL into instants. */
export function resolveRange(range: Range, fallback: Preset, now: number): Span {
  return fixedSpan(range) ?? { from: now - presets[range.range ?? fallback], to: now };
}

/** The range of the URL for two instants. */
export function rangeOf(span: Span): Range {
  return {
    from: new Date(Math.round(span.from)).toISOString(),
    to: new Date(Math.round(span.to)).toISOString(),
  };
}

/** The span for a request. A range that ends now leaves its end to the clock of the server. */
export function spanParams(range: Range, fallback: Preset): { from: string; to?: string } {
  const span = resolveRange(range, fallback, Date.now());
  const from = new Date(span.from).toISOString();
  return isLive(range) ? { from } : { from, to: new Date(span.to).toISOString() };
}

/** The span before, of the same length. */
export function previous(span: Span): Span {
  return { from: span.from - (span.to - span.from), to: span.from };
}

/** The span moved by a share of its length, at most until it ends now. */
export function moved(span: Span, share: number, now: number): Span {
  const by = Math.min((span.to - span.from) * share, now - span.to);
  return { from: span.from + by, to: span.to + by };
}

const NARROWEST = 10 * SECOND;
const WIDEST = 400 * DAY;

/** The span made wider around its middle, between ten seconds and a year or so, at most until it ends now. */
export function widened(span: Span, factor: number, now: number): Span {
  const length = Math.min(WIDEST, Math.max(NARROWEST, (span.to - span.from) * factor));
  const to = Math.min(now, (span.from + span.to + length) / 2);
  return { from: to - length, to };
}

/** The range of the URL for a span: one that ends now and has the length of a preset moves on with the clock. */
export function settled(span: Span, now: number): Range {
  const length = span.to - span.from;
  const near = (a: number, b: number) => Math.abs(a - b) <= length * 0.01;
  const preset = (Object.keys(presets) as Preset[]).find((name) => near(presets[name], length));
  return preset && near(span.to, now) ? { range: preset } : rangeOf(span);
}
