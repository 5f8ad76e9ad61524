import { describe, expect, test } from "vitest";
import { backoff } from "./connection.ts";
import { distinct, staleAfter, staleAfterPoints } from "./invalidate.ts";

describe("a change makes stale what shows it", () => {
  test("an incident: its page by id and by key, the lists, the dashboard, analytics", () => {
    const keys = staleAfter({ kind: "incident.opened", incident_id: "id", incident_key: "INC-1" });
    expect(keys).toContainEqual(["incidents", "list"]);
    expect(keys).toContainEqual(["incidents", "detail", "id"]);
    expect(keys).toContainEqual(["incidents", "detail", "INC-1"]);
    expect(keys).toContainEqual(["services", "overview"]);
    expect(keys).toContainEqual(["incidents", "statistics"]);
    expect(keys).not.toContainEqual(["notifications"]);
  });

  test("a comment leaves the lists alone", () => {
    expect(staleAfter({ kind: "comment.added", incident_id: "id" })).toEqual([
      ["incidents", "detail", "id"],
      ["timeline"],
    ]);
  });

  test("points move what a live incident says of its violations", () => {
    expect(staleAfterPoints()).toContainEqual(["incidents", "list"]);
    expect(staleAfterPoints()).toContainEqual(["incidents", "detail"]);
  });

  test("a kind that this page does not know changes nothing", () => {
    expect(staleAfter({ kind: "schedule.changed" })).toEqual([]);
  });
});

describe("distinct", () => {
  test("drops doubles and what a shorter key covers", () => {
    expect(distinct([["a", "b"], ["a"], ["a"], ["c"]])).toEqual([["a"], ["c"]]);
  });

  test("does not take a key for a cover that only begins with the same letters", () => {
    expect(distinct([["rule"], ["rules"]])).toEqual([["rule"], ["rules"]]);
  });
});

describe("backoff", () => {
  test("grows and stays under half a minute", () => {
    const delays = [0, 1, 2, 3, 20].map((attempt) => backoff(attempt, 1));
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 30_000]);
    expect(backoff(20, 0)).toBe(15_000);
  });
});
