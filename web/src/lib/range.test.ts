import * as v from "valibot";
import { describe, expect, test } from "vitest";
import {
  isLive,
  moved,
  presets,
  previous,
  type Range,
  rangeOf,
  rangeSchema,
  resolveRange,
  settled,
  spanParams,
  widened,
} from "./range.ts";
import { DAY, HOUR, MINUTE } from "./time.ts";

const now = Date.parse("2026-11-23T12:00:00Z");
const from = "2026-11-23T08:00:00Z";
const to = "2026-11-23T10:00:00.000Z";
const span = { from: Date.parse(from), to: Date.parse(to) };

describe("the URL", () => {
  const parse = (search: object) => v.parse(v.object(rangeSchema), search);

  test("holds a preset or two instants", () => {
    expect(parse({ range: "6h" })).toEqual({ range: "6h" });
    expect(parse({ from, to })).toEqual({ from, to });
  });

  test("what cannot be read is as if it were not there", () => {
    expect(parse({ range: "9y", from: "yesterday", to: 12 })).toEqual({});
    expect(parse({ range: ["6h"], from: null })).toEqual({});
    expect(parse({})).toEqual({});
  });
});

describe("resolving", () => {
  test("a preset ends now", () => {
    expect(resolveRange({ range: "1h" }, "24h", now)).toEqual({ from: now - HOUR, to: now });
    expect(resolveRange({}, "24h", now)).toEqual({ from: now - DAY, to: now });
  });

  test("two instants are what they are, and win over a preset", () => {
    expect(resolveRange({ range: "1h", from, to }, "24h", now)).toEqual(span);
    expect(isLive({ range: "1h", from, to })).toBe(false);
  });

  test.each<[string, Range]>([
    ["the wrong order", { from: to, to: from }],
    ["one end only", { from }],
    ["no such day", { from: "2026-13-45T00:00:00Z", to }],
  ])("with %s the fallback holds and moves on", (_, range) => {
    expect(resolveRange(range, "1h", now)).toEqual({ from: now - HOUR, to: now });
    expect(isLive(range)).toBe(true);
    expect(spanParams(range, "1h")).not.toHaveProperty("to");
  });

  test("instants go to the URL and back", () => {
    expect(resolveRange(rangeOf(span), "24h", now)).toEqual(span);
    expect(rangeOf({ from: 0.4, to: 1_000.6 })).toEqual({
      from: "1970-01-01T00:00:00.000Z",
      to: "1970-01-01T00:00:01.001Z",
    });
  });

  test("the span before has the same length", () => {
    expect(previous(span)).toEqual({ from: span.from - 2 * HOUR, to: span.from });
  });
});

describe("moving", () => {
  test("by half a span", () => {
    expect(moved(span, -0.5, now)).toEqual({ from: span.from - HOUR, to: span.to - HOUR });
    expect(moved(span, 0.5, now)).toEqual({ from: span.from + HOUR, to: span.to + HOUR });
  });

  test("never beyond now", () => {
    expect(moved(span, 5, now)).toEqual({ from: now - 2 * HOUR, to: now });
  });

  test("wider around the middle, never beyond now, never beyond a year or so", () => {
    expect(widened(span, 2, now)).toEqual({ from: span.from - HOUR, to: span.to + HOUR });
    expect(widened({ from: now - HOUR, to: now }, 2, now)).toEqual({ from: now - 2 * HOUR, to: now });
    const widest = widened({ from: now - 300 * DAY, to: now }, 10, now);
    expect(widest).toEqual({ from: now - 400 * DAY, to: now });
  });

  test("narrower than ten seconds is ten seconds", () => {
    expect(widened({ from: now - HOUR, to: now - HOUR + 2 }, 1, now)).toEqual({
      from: now - HOUR - 4_999,
      to: now - HOUR + 5_001,
    });
  });
});

describe("settling", () => {
  test("a span that ends now and is as long as a preset is that preset", () => {
    expect(settled({ from: now - HOUR - 3_000, to: now - 2_000 }, now)).toEqual({ range: "1h" });
    for (const [name, length] of Object.entries(presets)) {
      expect(settled({ from: now - length, to: now }, now)).toEqual({ range: name });
    }
  });

  test("any other span is two instants", () => {
    expect(settled(span, now)).toEqual(rangeOf(span));
    const odd = { from: now - 47 * MINUTE, to: now };
    expect(settled(odd, now)).toEqual(rangeOf(odd));
  });
});
