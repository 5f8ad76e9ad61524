import type { Schemas } from "~/api/client.ts";
import { hasStatus } from "~/api/problem.ts";
import { changeIncident } from "~/api/queries/incidents.ts";
import type { Status } from "~/ui/status.tsx";

type Incident = Schemas["Incident"];
type Patch = Schemas["IncidentPatch"];

/** The steps of the life cycle, as `crates/core/src/incident.rs` has them. */
const next: Record<Status, readonly Status[]> = {
  OPEN: ["IN_PROGRESS", "CLOSED"],
  IN_PROGRESS: ["OPEN", "CLOSED"],
  CLOSED: ["OPEN"],
};

/** The fields that people change. */
export const fields = ["status", "severity", "assignee", "department_id"] as const;

/** One of these fields. */
export type ChangedField = (typeof fields)[number];

/** The fields that differ between two states of an incident. */
export function differences(a: Incident, b: Incident): ChangedField[] {
  return fields.filter((field) => (a[field] ?? null) !== (b[field] ?? null));
}

/** What of a change is not so yet. */
export function remaining(patch: Patch, incident: Incident): Patch {
  const open = fields.filter(
    (field) => patch[field] !== undefined && (patch[field] ?? null) !== (incident[field] ?? null),
  );
  return Object.fromEntries(open.map((field) => [field, patch[field]]));
}

/** The changes that lead back: the life cycle knows no way from closed to in progress but through open. */
export function undoSteps(before: Incident, after: Incident): Patch[] {
  const changed = differences(before, after);
  const steps: Patch[] = [];
  if (changed.includes("status")) {
    if (!next[after.status].includes(before.status)) steps.push({ status: "OPEN" });
    // A step may set the assignee by itself, so the one of before is said with it.
    steps.push({ status: before.status, assignee: before.assignee ?? null });
  }
  const rest: Patch = {
    ...(changed.includes("severity") ? { severity: before.severity } : {}),
    ...(changed.includes("department_id") ? { department_id: before.department_id } : {}),
    ...(changed.includes("assignee") ? { assignee: before.assignee ?? null } : {}),
  };
  const last = steps.pop();
  const end = { ...last, ...rest };
  return Object.keys(end).length > 0 ? [...steps, end] : steps;
}

/** The incident as it will be, shown before the server has answered. */
export function applied(incident: Incident, patch: Patch, me: string | undefined, now: string): Incident {
  const after = { ...incident, ...patch };
  if (patch.status === undefined || patch.status === incident.status) return after;
  if (patch.status === "OPEN") {
    const assignee = incident.status === "IN_PROGRESS" ? null : incident.assignee;
    return { ...after, assignee: patch.assignee ?? assignee, in_progress_at: null, closed_at: null };
  }
  if (patch.status === "CLOSED") return { ...after, closed_at: now };
  return { ...after, in_progress_at: now, assignee: after.assignee ?? me ?? null };
}

/** Sends changes one after the other, each based on the version that the one before left. */
export async function changeBy(
  incident: Pick<Incident, "id" | "version">,
  patches: readonly Patch[],
): Promise<Incident> {
  let latest: Incident | undefined;
  for (const patch of patches) {
    latest = await changeIncident(incident.id, (latest ?? incident).version, patch);
  }
  if (!latest) throw new Error("there is nothing to change");
  return latest;
}

/** How a change of many incidents ended. */
export type Outcome = {
  done: { before: Incident; after: Incident }[];
  /** Somebody else had been faster. */
  lost: Incident[];
  /** The life cycle has no such step any more. */
  refused: Incident[];
  failed: Incident[];
};

const AT_ONCE = 6;

/** Changes many incidents, six at a time. One that fails stops no other. */
export async function changeAll(
  incidents: readonly Incident[],
  change: (incident: Incident) => Promise<Incident>,
): Promise<Outcome> {
  const outcome: Outcome = { done: [], lost: [], refused: [], failed: [] };
  const queue = [...incidents];
  const work = async () => {
    for (let before = queue.shift(); before; before = queue.shift()) {
      try {
        outcome.done.push({ before, after: await change(before) });
      } catch (error) {
        if (hasStatus(error, 412)) outcome.lost.push(before);
        else if (hasStatus(error, 409)) outcome.refused.push(before);
        else outcome.failed.push(before);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcome;
}
