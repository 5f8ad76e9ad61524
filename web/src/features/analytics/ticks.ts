import { timeFormat } from "~/lib/format.ts";
import { DAY } from "~/lib/time.ts";

const SHARES = [0, 0.25, 0.5, 0.75, 1];

/** Texts below a span: the clock for short ones, else the day. */
export function spanTicks(from: number, to: number, language: string): { at: number; text: string }[] {
  const short = to - from <= 2 * DAY;
  const format = timeFormat(
    language,
    short ? { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } : { day: "numeric", month: "short" },
  );
  return SHARES.map((at) => ({ at, text: format.format(from + at * (to - from)) }));
}
