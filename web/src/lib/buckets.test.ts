import { expect, test } from "vitest";
import { bucketLength, lineOf } from "./buckets.ts";

test("a line has one point for each bucket that has the statistic", () => {
  const buckets = [
    { start: "1970-01-01T00:00:00Z", avg: 1, p95: 2 },
    { start: "1970-01-01T00:01:00Z", avg: 3 },
  ];
  expect(lineOf(buckets, "avg")).toEqual([
    [0, 1],
    [60_000, 3],
  ]);
  expect(lineOf(buckets, "p95")).toEqual([[0, 2]]);
});

test("the length of a bucket is known by its name", () => {
  expect(bucketLength("ten_seconds")).toBe(10_000);
  expect(bucketLength("fortnight")).toBe(60_000);
});
