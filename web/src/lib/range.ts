import * as v from "valibot";
import { DAY, HOUR, MINUTE } from "./time.ts";

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
  return !(range.from && range.to);
}

/** Turns the range of the URL into instants. */
export function resolveRange(range: Range, fallback: Preset, now: number): Span {
  if (range.from && range.to) {
    const from = Date.parse(range.from);
    const to = Date.parse(range.to);
    if (from < to) return { from, to };
  }
  return { from: now - presets[range.range ?? fallback], to: now };
}

/** The range of the URL for two instants. */
export function rangeOf(span: Span): Range {
  return {
    from: new Date(Math.round(span.from)).toISOString(),
    to: new Date(Math.round(span.to)).toISOString(),
  };
}

/** The span before, of the same length. */
export function previous(span: Span): Span {
  return { from: span.from - (span.to - span.from), to: span.from };
}
