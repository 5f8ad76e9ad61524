import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  clockTime,
  DAY,
  duration,
  exactTime,
  HOUR,
  MINUTE,
  pointTime,
  relativeTime,
  SECOND,
  utcTime,
} from "./time.ts";

beforeAll(() => vi.stubEnv("TZ", "Europe/Istanbul"));
afterAll(() => vi.unstubAllEnvs());

/** With plain spaces, so that the tests can be read. */
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, " ");

describe("relative time", () => {
  const now = Date.parse("2026-11-23T12:00:00Z");

  test.each([
    [0, "now", "şimdi"],
    [-4 * SECOND, "now", "şimdi"],
    [-30 * SECOND, "30 sec. ago", "30 sn. önce"],
    [-5 * MINUTE - 59 * SECOND, "5 min. ago", "5 dk. önce"],
    [-3 * HOUR, "3 hr. ago", "3 sa. önce"],
    [-DAY, "yesterday", "dün"],
    [-3 * DAY, "3 days ago", "3 gün önce"],
    [10 * MINUTE, "in 10 min.", "10 dk. sonra"],
  ])("%i ms from now is “%s”, in Turkish “%s”", (difference, en, tr) => {
    expect(plain(relativeTime(now + difference, now, "en"))).toBe(en);
    expect(plain(relativeTime(now + difference, now, "tr"))).toBe(tr);
  });
});

describe("duration", () => {
  test.each([
    [840, "840 ms", "840 msn"],
    [12 * MINUTE + 5 * SECOND, "12 min 5 sec", "12 dk. 5 sn."],
    [3 * DAY + 4 * HOUR + 7 * MINUTE, "3 days 4 hr", "3 gün 4 sa."],
    [3 * DAY + 7 * MINUTE, "3 days", "3 gün"],
    [HOUR, "1 hr", "1 sa."],
    [-5, "0 ms", "0 msn"],
  ])("%i ms is “%s”, in Turkish “%s”", (milliseconds, en, tr) => {
    expect(plain(duration(milliseconds, "en"))).toBe(en);
    expect(plain(duration(milliseconds, "tr"))).toBe(tr);
  });
});

describe("instants in the viewer's zone", () => {
  const evening = Date.parse("2026-11-23T20:59:30.5Z");
  const midnight = Date.parse("2026-11-23T21:00:00Z");

  test("a clock goes to 24 hours and says the day when it is another", () => {
    expect(clockTime(evening, evening, "en")).toBe("23:59");
    expect(clockTime(midnight, midnight, "en")).toBe("00:00");
    expect(clockTime(evening, midnight, "en")).toBe("Nov 23, 23:59");
    expect(clockTime(evening, midnight, "tr")).toBe("23 Kas 23:59");
    expect(clockTime(evening, Date.parse("2027-03-01T00:00:00Z"), "en")).toBe("Nov 23, 2026, 23:59");
  });

  test("a point's time is as exact as the points", () => {
    expect(pointTime(evening, 10 * SECOND, "en")).toBe("Mon, Nov 23, 23:59:30");
    expect(pointTime(evening, MINUTE, "en")).toBe("Mon, Nov 23, 23:59");
    expect(pointTime(evening, MINUTE, "tr")).toBe("23 Kas Pzt 23:59");
    expect(pointTime(evening, DAY, "tr")).toBe("23 Kas Pzt");
  });

  test("the exact time names its zone", () => {
    expect(plain(exactTime(evening, "en"))).toBe("Nov 23, 2026, 23:59:30 GMT+3");
    expect(plain(exactTime(evening, "tr"))).toBe("23 Kas 2026 23:59:30 GMT+3");
  });

  test("UTC is written as RFC 3339 with seconds", () => {
    expect(utcTime(evening)).toBe("2026-11-23T20:59:30Z");
  });
});
