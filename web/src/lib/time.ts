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
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  if (Math.abs(difference) < 5 * SECOND) return format.format(0, "second");
  const [unit, size] = steps.find(([, size]) => Math.abs(difference) >= size) ?? ["second", SECOND];
  return format.format(Math.trunc(difference / size), unit);
}

/** A duration with its two largest parts: "3 d 4 h", "12 min 5 s", "840 ms". */
export function duration(milliseconds: number, language: string): string {
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "short" }).format(value);
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
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" }).format(instant);
}

/** The instant in UTC as RFC 3339 with seconds. */
export function utcTime(instant: number): string {
  return new Date(instant).toISOString().replace(/\.\d+Z$/, "Z");
}

/** A short clock time, with the day when it is not the day of `now`. */
export function clockTime(instant: number, now: number, language: string): string {
  const sameDay = new Date(instant).toDateString() === new Date(now).toDateString();
  return new Intl.DateTimeFormat(language, {
    hour: "2-digit",
    minute: "2-digit",
    ...(sameDay ? {} : { day: "numeric", month: "short" }),
  }).format(instant);
}
