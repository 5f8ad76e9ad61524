import { expect, test } from "vitest";
import type { System } from "~/api/queries/system.ts";
import { positionsOf, troublesOf, workerState } from "./troubles.ts";

const fine = {
  version: "0.1.0",
  database: "SQLite",
  log: { head: 80, entries: 80 },
  consumers: [
    { name: "evaluator", position: 80, lag: 0 },
    { name: "indexer", position: 0, lag: 12 },
  ],
  analytics: {
    engine: "segments",
    lag: 0,
    lag_seconds: 0,
    series: 26,
    tail_points: 2_017,
    segments: 0,
    segment_points: 0,
    segment_bytes: 0,
    broken: [],
    cluster: null,
  },
  parked: [],
  failing: [],
} satisfies System;
const at = "2026-11-23T03:02:00Z";
const cluster = { address: "http://localhost:9200", index: "metrics" };

const kinds = (system: Partial<System>) =>
  troublesOf({ ...fine, ...system }).map((each) => ("who" in each ? each.who : each.kind));

test("nothing is wrong with an installation that works", () => {
  expect(troublesOf(fine)).toEqual([]);
});

test("what is not stored comes before what does not happen, whatever order the server has", () => {
  const failing = ["clock", "dispatcher", "evaluator", "points"].map((who) => ({
    who,
    since: at,
    error: "full",
  }));
  expect(kinds({ failing })).toEqual(["points", "evaluator", "dispatcher", "clock"]);
});

test("who is not known fails in words that fit everybody", () => {
  const [trouble] = troublesOf({ ...fine, failing: [{ who: "courier", since: at, error: "no route" }] });
  expect(trouble).toEqual({ kind: "failing", words: "other", who: "courier", since: at, error: "no route" });
});

test("a cluster that is away is told once, with how far analytics is behind", () => {
  const analytics = {
    ...fine.analytics,
    engine: "cluster",
    cluster: { ...cluster, error: "refused", behind_seconds: 40 },
  };
  expect(kinds({ analytics })).toEqual(["cluster", "behind"]);
  expect(kinds({ analytics, failing: [{ who: "elastic", since: at, error: "refused" }] })).toEqual([
    "elastic",
    "behind",
  ]);
});

test("points that only segments have are told, with their days", () => {
  const segments_only = { points: 7, from: "2026-11-20T00:00:00Z", to: "2026-11-23T00:00:00Z" };
  const analytics = { ...fine.analytics, engine: "cluster", cluster: { ...cluster, segments_only } };
  expect(troublesOf({ ...fine, analytics })).toEqual([{ kind: "segmentsOnly", ...segments_only }]);
});

test("files that cannot be read and entries that were left behind are counted", () => {
  const parked = ["evaluator", "indexer"].map((consumer) => ({
    consumer,
    position: 7,
    error: "bad",
    created_at: at,
  }));
  const analytics = { ...fine.analytics, broken: ["a.parquet: bad", "b.parquet: bad"] };
  expect(troublesOf({ ...fine, analytics, parked })).toEqual([
    { kind: "broken", count: 2 },
    { kind: "parked", count: 1 },
  ]);
});

test("a worker that is far behind is told, unless it is told that it fails", () => {
  const consumers = [{ name: "evaluator", position: 0, lag: 1_001 }];
  expect(troublesOf({ ...fine, consumers })).toEqual([{ kind: "lag", worker: "evaluator", lag: 1_001 }]);
  expect(kinds({ consumers, failing: [{ who: "evaluator", since: at, error: "x" }] })).toEqual(["evaluator"]);
  expect(kinds({ consumers: [{ name: "evaluator", position: 0, lag: 1_000 }] })).toEqual([]);
});

test("a worker is up to date, working, behind, or fails", () => {
  const failing = [{ who: "indexer", since: at, error: "full" }];
  expect([
    workerState("evaluator", 0, failing),
    workerState("evaluator", 1, failing),
    workerState("evaluator", 1_001, failing),
    workerState("indexer", 0, failing),
  ]).toEqual(["ok", "working", "behind", "fails"]);
});

test("an entry that several left behind is one, and is taken up again unless only the evaluator left it", () => {
  const entry = (consumer: string, position: number) => ({
    consumer,
    position,
    error: consumer,
    created_at: at,
  });
  const [both, one] = positionsOf([entry("indexer", 9), entry("evaluator", 9), entry("evaluator", 4)]);
  expect(both?.by.map((each) => each.worker)).toEqual(["indexer", "evaluator"]);
  expect([both?.position, both?.retries, one?.position, one?.retries]).toEqual([9, true, 4, false]);
});
