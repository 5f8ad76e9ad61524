import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Schemas } from "~/api/client.ts";
import { ApiError } from "~/api/problem.ts";

type Incident = Schemas["Incident"];
let changes: typeof import("./changes.ts");
beforeAll(async () => {
  vi.stubGlobal("location", { origin: "http://localhost" });
  changes = await import("./changes.ts");
});

const incident = (more: Partial<Incident> = {}): Incident =>
  ({
    id: "i",
    version: 1,
    status: "OPEN",
    severity: "HIGH",
    assignee: null,
    department_id: "d",
    ...more,
  }) as Incident;

describe("undo", () => {
  test("of acknowledging releases, and takes the assignee away", () => {
    const after = incident({ status: "IN_PROGRESS", assignee: "me" });
    expect(changes.undoSteps(incident(), after)).toEqual([{ status: "OPEN", assignee: null }]);
  });

  test("of closing what was in progress goes through open", () => {
    const before = incident({ status: "IN_PROGRESS", assignee: "ayse" });
    const after = incident({ status: "CLOSED", assignee: "ayse" });
    expect(changes.undoSteps(before, after)).toEqual([
      { status: "OPEN" },
      { status: "IN_PROGRESS", assignee: "ayse" },
    ]);
  });

  test("of other fields is one change", () => {
    const after = incident({ severity: "LOW", assignee: "veli" });
    expect(changes.undoSteps(incident(), after)).toEqual([{ severity: "HIGH", assignee: null }]);
    expect(changes.undoSteps(incident(), incident({ version: 7 }))).toEqual([]);
  });
});

test("after a lost race only what is not so yet is asked for again", () => {
  const now = incident({ status: "IN_PROGRESS", assignee: "ayse" });
  expect(changes.remaining({ status: "IN_PROGRESS" }, now)).toEqual({});
  expect(changes.remaining({ assignee: null, severity: "HIGH" }, now)).toEqual({ assignee: null });
  expect(changes.differences(incident(), now)).toEqual(["status", "assignee"]);
});

test("who acknowledges takes it on unless somebody has it", () => {
  const taken = changes.applied(incident(), { status: "IN_PROGRESS" }, "me", "now");
  expect(taken).toMatchObject({ status: "IN_PROGRESS", assignee: "me", in_progress_at: "now" });
  const kept = changes.applied(incident({ assignee: "ayse" }), { status: "IN_PROGRESS" }, "me", "now");
  expect(kept.assignee).toBe("ayse");
  expect(changes.applied(taken, { status: "OPEN" }, "me", "now").assignee).toBeNull();
});

test("many are changed six at a time, and each end is told apart", async () => {
  let running = 0;
  let most = 0;
  const many = Array.from({ length: 20 }, (_, index) => incident({ id: String(index) }));
  const outcome = await changes.changeAll(many, async (each) => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    if (each.id === "3") throw new ApiError(412, {});
    if (each.id === "4") throw new ApiError(409, {});
    if (each.id === "5") throw new ApiError(500, {});
    return incident({ ...each, version: 2 });
  });
  expect(most).toBe(6);
  expect(outcome.done).toHaveLength(17);
  expect(outcome.lost.map((each) => each.id)).toEqual(["3"]);
  expect(outcome.refused.map((each) => each.id)).toEqual(["4"]);
  expect(outcome.failed.map((each) => each.id)).toEqual(["5"]);
});
