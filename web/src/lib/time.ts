import { numberFormat, relativeFormat, timeFormat } from "./format.ts";

/** Durations in milliseconds. */
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", DAY],
  ["hour", HOUR],
  ["minute", MINUTE],
  ["second", SECOND],
];

/** "5 minutes ago" in the language; within 5 s it is "now". */
export function relativeTime(instant: number, now: number, language: string): string {
  const difference = instant - now;
  const format = relativeFormat(language, { numeric: "auto", style: "short" });
  if (Math.abs(difference) < 5 * SECOND) return format.format(0, "second");
  const [unit, size] = steps.find(([, size]) => Math.abs(difference) >= size) ?? ["second", SECOND];
  return format.format(Math.trunc(difference / size), unit);
}

/** A duration with its two largest parts: "3 d 4 h", "12 min 5 s", "840 ms". */
export function duration(milliseconds: number, language: string): string {
  const unit = (value: number, name: string) =>
    numberFormat(language, { style: "unit", unit: name, unitDisplay: "short" }).format(value);
  const total = Math.max(0, milliseconds);
  if (total < SECOND) return unit(Math.round(total), "millisecond");
  const parts: string[] = [];
  let rest = total;
  for (const [name, size] of steps) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(unit(count, name));
    if (parts.length > 0 && (parts.length === 2 || count === 0)) break;
  }
  return parts.join(" ");
}

/** The exact instant in the viewer's zone, with the zone's name. */
export function exactTime(instant: number, language: string): string {
  return timeFormat(language, {
    dateStyle: "medium",
    timeStyle: "long",
    hourCycle: "h23",
  }).format(instant);
}

/** The instant in UTC as RFC 3339 with seconds. */
export function utcTime(instant: number): string {
  return new Date(instant).toISOString().replace(/\.\d+Z$/, "Z");
}

/** A short clock time, with the day when it is not the day of `now`, and the year when it is another. */
export function clockTime(instant: number, now: number, language: string): string {
  const at = new Date(instant);
  const today = new Date(now);
  const sameYear = at.getFullYear() === today.getFullYear();
  const sameDay = at.toDateString() === today.toDateString();
  return timeFormat(language, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(sameDay ? {} : { day: "numeric", month: "short" }),
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(at);
}

/** An instant to be read off a chart whose points lie `step` apart: only as exact as they are. */
export function pointTime(instant: number, step: number, language: string): string {
  return timeFormat(language, {
    weekday: "short",
    day: "numeric",
    month: "short",
    ...(step < DAY ? { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } : {}),
    ...(step < MINUTE ? { second: "2-digit" } : {}),
  }).format(instant);
}
