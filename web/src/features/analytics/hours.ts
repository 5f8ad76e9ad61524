import type { Schemas } from "~/api/client.ts";
import { timeFormat } from "~/lib/format.ts";

type Hour = Schemas["BusyHour"];

/** The days of a week, Monday first, each with its 24 hours. */
export function weekOf(hours: readonly Hour[]): Hour[][] {
  return Array.from({ length: 7 }, (_, day) => hours.slice(day * 24, day * 24 + 24));
}

/** The hour at which most opened; undefined when none did. Of several the first of the week. */
export function busiestOf(hours: readonly Hour[]): Hour | undefined {
  const most = Math.max(0, ...hours.map((hour) => hour.opened));
  return most === 0 ? undefined : hours.find((hour) => hour.opened === most);
}

/** How dark a cell is, in percent: what happened at all is told apart from nothing. */
export function shade(opened: number, most: number): number {
  return opened === 0 || most === 0 ? 0 : Math.round(15 + (85 * opened) / most);
}

/** A Monday, at noon in UTC. */
const MONDAY = Date.UTC(2024, 0, 1, 12);
const DAY = 86_400_000;

/** The name of a day of the week, Monday being 0. */
export function dayName(day: number, style: "short" | "long", language: string): string {
  return timeFormat(language, { weekday: style, timeZone: "UTC" }).format(MONDAY + day * DAY);
}

/** An hour as it is spoken of: 06:00–07:00. */
export function hourSpan(hour: number): string {
  const clock = (value: number) => `${String(value % 24).padStart(2, "0")}:00`;
  return `${clock(hour)}–${clock(hour + 1)}`;
}

/** The time zone of the browser as the IANA database calls it. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}
