import { timeFormat } from "~/lib/format.ts";

const DAY = 86_400;
const MONTH = 28 * DAY;

/**
 * Writes the ticks of a time axis, given in seconds, in the viewer's zone: the clock to 24 hours, and in a second line
 * the day where it begins; for ticks of days the day, and in the second line the year.
 */
export function timeTexts(ticks: readonly number[], step: number, now: number, language: string): string[] {
  const format = (options: Intl.DateTimeFormatOptions) => timeFormat(language, options);
  const day = format({ day: "numeric", month: "short" });
  const year = format({ year: "numeric" });
  const thisYear = year.format(now);
  if (step >= DAY) {
    const first = step >= MONTH ? format({ month: "short" }) : day;
    const years = ticks.map((tick) => year.format(tick * 1_000));
    const quiet = years.every((each) => each === thisYear);
    return ticks.map((tick, index) => {
      const turns = !quiet && years[index] !== years[index - 1];
      return first.format(tick * 1_000) + (turns ? `\n${years[index]}` : "");
    });
  }
  const clock = format({
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(step < 60 ? { second: "2-digit" } : {}),
  });
  const days = ticks.map((tick) => {
    const text = day.format(tick * 1_000);
    const of = year.format(tick * 1_000);
    return of === thisYear ? text : `${text} ${of}`;
  });
  return ticks.map((tick, index) => {
    const turns = days[index] !== days[index - 1];
    return clock.format(tick * 1_000) + (turns ? `\n${days[index]}` : "");
  });
}
