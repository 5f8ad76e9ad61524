import { describe, expect, test } from "vitest";
import type { Schemas } from "~/api/client.ts";
import { distinctNames, mayJudge, nameOf, nextQuery, toLine, toLineBefore } from "./lines.ts";

type Matcher = Schemas["LabelMatcher"];

const query = { service: "bip", metric_type: "LATENCY_MS" };
const answer = {
  data: [{ start: "1970-01-01T00:10:00Z", count: 1, avg: 5, min: 5, max: 5, p50: 5, p95: 9, p99: 9 }],
  meta: {
    from: "1970-01-01T00:00:00Z",
    to: "1970-01-01T01:00:00Z",
    bucket: "minute" as const,
    bucket_seconds: 60,
    total: 1,
  },
};

test("a name says what tells a series from others", () => {
  expect(nameOf(query, "BiP", "Latency", "average")).toBe("BiP · Latency");
  expect(nameOf({ ...query, labels: { region: "eu" }, statistic: "p95" }, "BiP", "Latency", "p95")).toBe(
    "BiP · Latency · region=eu · p95",
  );
});

test("names that come again are numbered", () => {
  expect(distinctNames(["a", "b", "a", "a"])).toEqual(["a", "b", "a (2)", "a (3)"]);
});

test("a line has the chosen statistic; without an answer it is empty", () => {
  expect(toLine(answer, "p95", { name: "a", unit: "ms" }).points).toEqual([[600_000, 9]]);
  expect(toLine(undefined, "avg", { name: "a", unit: "ms" }).points).toEqual([]);
});

test("the span before is moved by its length", () => {
  expect(toLineBefore(answer, "avg", { name: "a", unit: "ms" })).toEqual({
    name: "a",
    unit: "ms",
    faint: true,
    points: [[4_200_000, 5]],
  });
});

describe("a rule with conditions on labels", () => {
  const judges = (operator: Matcher["operator"], value: string, labels?: Record<string, string>) =>
    mayJudge({ labels: [{ name: "region", operator, value }] }, labels);

  test("may judge a series whose labels are not chosen", () => expect(judges("=", "eu")).toBe(true));

  test.each<[Matcher["operator"], string, boolean]>([
    ["=", "eu-west", true],
    ["=", "eu", false],
    ["!=", "eu", true],
    ["!=", "eu-west", false],
    ["=~", "eu-.*", true],
    ["=~", "eu", false],
    ["!~", "us-.*", true],
    ["!~", "eu-.*", false],
    ["=~", "(", true],
    ["!~", "(", true],
  ])("region %s %s judges region=eu-west: %s", (operator, value, expected) => {
    expect(judges(operator, value, { region: "eu-west" })).toBe(expected);
  });
});

test("the next series is a metric type of the service that is not shown yet", () => {
  expect(nextQuery([query], ["LATENCY_MS", "ERROR_RATE"], [])).toEqual({
    service: "bip",
    metric_type: "ERROR_RATE",
  });
  expect(nextQuery([query], ["LATENCY_MS"], ["PACKET_LOSS"])?.metric_type).toBe("PACKET_LOSS");
  expect(nextQuery([query], [], [])).toEqual(query);
  expect(nextQuery([], [], [])).toBeUndefined();
});
