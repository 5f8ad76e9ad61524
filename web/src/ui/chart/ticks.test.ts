import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { timeTexts } from "./ticks.ts";

beforeAll(() => vi.stubEnv("TZ", "Europe/Istanbul"));
afterAll(() => vi.unstubAllEnvs());

const now = Date.parse("2026-11-23T12:00:00Z");
const ticks = (from: string, step: number, count: number) =>
  Array.from({ length: count }, (_, index) => Date.parse(from) / 1_000 + index * step);

describe("the ticks of a time axis", () => {
  test("say the day where it begins, and the clock goes to 24 hours", () => {
    const hours = ticks("2026-11-22T15:00:00Z", 3 * 3_600, 4);
    expect(timeTexts(hours, 3 * 3_600, now, "en")).toEqual([
      "18:00\nNov 22",
      "21:00",
      "00:00\nNov 23",
      "03:00",
    ]);
    expect(timeTexts(hours, 3 * 3_600, now, "tr")).toEqual([
      "18:00\n22 Kas",
      "21:00",
      "00:00\n23 Kas",
      "03:00",
    ]);
  });

  test("have seconds when they are that close", () => {
    expect(timeTexts(ticks("2026-11-23T09:00:00Z", 15, 2), 15, now, "en")).toEqual([
      "12:00:00\nNov 23",
      "12:00:15",
    ]);
  });

  test("of days are days, with the year only where it is another", () => {
    expect(timeTexts(ticks("2026-11-20T21:00:00Z", 86_400, 2), 86_400, now, "tr")).toEqual([
      "21 Kas",
      "22 Kas",
    ]);
    expect(timeTexts(ticks("2025-12-30T21:00:00Z", 86_400, 3), 86_400, now, "en")).toEqual([
      "Dec 31\n2025",
      "Jan 1\n2026",
      "Jan 2",
    ]);
  });

  test("of months are months", () => {
    const months = ["2025-12-31T21:00:00Z", "2026-01-31T21:00:00Z"].map((at) => Date.parse(at) / 1_000);
    expect(timeTexts(months, 28 * 86_400, now, "tr")).toEqual(["Oca", "Şub"]);
  });

  test("of another year than this say so", () => {
    expect(timeTexts(ticks("2024-05-01T09:00:00Z", 3_600, 1), 3_600, now, "en")).toEqual([
      "12:00\nMay 1 2024",
    ]);
  });
});
