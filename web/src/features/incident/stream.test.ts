import { describe, expect, test } from "vitest";
import type { Schemas } from "~/api/client.ts";
import { grouped, mergeStream, telling } from "./stream.ts";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const event = (
  id: string,
  second: number,
  kind: Schemas["TimelineKind"],
  more: Partial<Schemas["TimelineEvent"]> = {},
): Schemas["TimelineEvent"] => ({ id, incident_id: "i", kind, created_at: at(second), ...more });
const added = (id: string, second: number, comment: string) =>
  event(id, second, "COMMENT_ADDED", { actor: "ayse", new_value: comment });
const comment = (id: string, second: number): Schemas["Comment"] => ({
  id,
  incident_id: "i",
  author: "ayse",
  body: id,
  created_at: at(second),
});
const ids = (entries: ReturnType<typeof mergeStream>) =>
  entries.map((entry) => (entry.kind === "event" ? entry.event.id : entry.comment.id));

describe("the stream", () => {
  test("is oldest first, and a comment is there once", () => {
    const events = [
      event("closed", 9, "STATUS_CHANGED"),
      added("e2", 5, "hello"),
      event("created", 1, "CREATED"),
    ];
    expect(ids(mergeStream(events, [comment("hello", 5)], false))).toEqual(["created", "hello", "closed"]);
  });

  test("follows the history, not the clock", () => {
    const events = [event("b", 1, "RECOVERED"), added("e", 7, "late"), event("a", 8, "CREATED")];
    expect(ids(mergeStream(events, [comment("late", 7)], false))).toEqual(["a", "late", "b"]);
  });

  test("says nothing of the adding of a comment that is gone, but of its deletion", () => {
    const events = [event("deleted", 6, "COMMENT_DELETED"), added("e", 5, "gone"), event("a", 1, "CREATED")];
    expect(ids(mergeStream(events, [], false))).toEqual(["a", "deleted"]);
  });

  test("shows a comment before its entry in the history has come", () => {
    const events = [event("b", 9, "RECOVERED"), event("a", 1, "CREATED")];
    const comments = [comment("new", 20), comment("between", 5)];
    expect(ids(mergeStream(events, comments, false))).toEqual(["a", "between", "b", "new"]);
  });

  test("holds comments back that are older than the history loaded", () => {
    const events = [event("b", 9, "RECOVERED")];
    const comments = [comment("new", 20), comment("old", 5)];
    expect(ids(mergeStream(events, comments, true))).toEqual(["b", "new"]);
    expect(ids(mergeStream(events, comments, false))).toEqual(["old", "b", "new"]);
  });

  test("has no double when pages overlap", () => {
    const twice = event("a", 1, "CREATED");
    expect(ids(mergeStream([twice, twice], [comment("c", 2), comment("c", 2)], false))).toEqual(["a", "c"]);
  });
});

describe("groups", () => {
  const events = (list: Schemas["TimelineEvent"][]) =>
    grouped(list.map((each) => ({ kind: "event" as const, event: each })));

  test("what a person did at once is one step, what others did is another", () => {
    const groups = events([
      event("1", 1, "STATUS_CHANGED", { actor: "ayse" }),
      event("2", 2, "ASSIGNED", { actor: "ayse" }),
      event("3", 3, "ASSIGNED", { actor: "veli" }),
      event("4", 200, "ASSIGNED", { actor: "veli" }),
    ]);
    expect(groups.map((group) => group.kind === "step" && group.events.length)).toEqual([2, 1, 1]);
  });

  test("many turns are folded but for the last two", () => {
    const turns = Array.from({ length: 9 }, (_, index) =>
      event(String(index), index, index % 2 ? "VIOLATED_AGAIN" : "RECOVERED"),
    );
    const groups = events([event("c", 0, "CREATED"), ...turns]);
    expect(groups.map((group) => group.kind)).toEqual(["step", "folded", "step", "step"]);
    expect(groups[1]?.kind === "folded" && groups[1].events.length).toBe(7);
    expect(events(turns.slice(0, 5)).map((group) => group.kind)).not.toContain("folded");
  });

  test("taking on goes without saying when somebody acknowledges, naming another does not", () => {
    const acknowledged = event("1", 1, "STATUS_CHANGED", { actor: "ayse", new_value: "IN_PROGRESS" });
    const assigned = (name: string) => event("2", 1, "ASSIGNED", { actor: "ayse", new_value: name });
    expect(telling([acknowledged, assigned("ayse")])).toEqual([acknowledged]);
    expect(telling([acknowledged, assigned("veli")])).toHaveLength(2);
    expect(telling([assigned("ayse")])).toHaveLength(1);
  });
});
