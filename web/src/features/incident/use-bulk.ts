import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { toast } from "~/ui/toast.tsx";
import { changeAll, changeBy, type Outcome, remaining, undoSteps } from "./changes.ts";
import { refresh } from "./use-change.ts";

type Incident = Schemas["Incident"];
type Patch = Schemas["IncidentPatch"];

/** What can be done to many incidents at once. */
export type BulkAction =
  | { kind: "acknowledged" }
  | { kind: "closed" }
  | { kind: "assigned"; name: string | null }
  | { kind: "judged"; severity: Schemas["Severity"] };

const patches = {
  acknowledged: (): Patch => ({ status: "IN_PROGRESS" }),
  closed: (): Patch => ({ status: "CLOSED" }),
  assigned: ({ name }: { name: string | null }): Patch => ({ assignee: name }),
  judged: ({ severity }: { severity: Schemas["Severity"] }): Patch => ({ severity }),
};

function patchOf(action: BulkAction): Patch {
  if (action.kind === "assigned") return patches.assigned(action);
  return action.kind === "judged" ? patches.judged(action) : patches[action.kind]();
}

/** The incidents that an action would change: a closed one is not acknowledged, nothing is done twice. */
export function fitting(incidents: readonly Incident[], action: BulkAction): Incident[] {
  return incidents.filter((incident) => {
    if (action.kind === "acknowledged") return incident.status === "OPEN";
    return Object.keys(remaining(patchOf(action), incident)).length > 0;
  });
}

/** Changes many incidents, each based on the version that the list shows, and tells how it ended, with undo. */
export function useBulk() {
  const client = useQueryClient();
  const { t } = useTranslation(["incident", "common"]);
  const [pending, setPending] = useState(false);

  const misses = ({ lost, refused, failed }: Outcome): string =>
    [
      lost.length > 0 && t("bulk.lost", { count: lost.length }),
      refused.length > 0 && t("bulk.refused", { count: refused.length }),
      failed.length > 0 && t("bulk.failed", { count: failed.length }),
    ]
      .filter((text) => text !== false)
      .join(" ");

  const undo = async ({ done }: Outcome) => {
    const after = new Map(done.map((each) => [each.before.id, each.after]));
    const outcome = await changeAll(
      done.map((each) => each.before),
      (before) => {
        const changed = after.get(before.id) ?? before;
        return changeBy(changed, undoSteps(before, changed));
      },
    );
    await refresh(client);
    tell(t("bulk.undone", { count: outcome.done.length }), outcome);
  };

  const tell = (title: string, outcome: Outcome, action?: { label: string; run: () => void }) => {
    const detail = misses(outcome);
    const nothing = outcome.done.length === 0;
    toast(nothing && detail ? detail : title, {
      ...(detail && !nothing ? { detail } : {}),
      ...(nothing && detail ? { kind: "error" } : {}),
      ...(action && !nothing ? { action } : {}),
    });
  };

  const run = async (incidents: readonly Incident[], action: BulkAction) => {
    const those = fitting(incidents, action);
    if (those.length === 0 || pending) return;
    setPending(true);
    const outcome = await changeAll(those, (incident) => changeBy(incident, [patchOf(action)]));
    setPending(false);
    refresh(client);
    const [only] = outcome.done;
    const title =
      those.length === 1 && only && (action.kind === "acknowledged" || action.kind === "closed")
        ? t(`change.status.${action.kind}`, { key: only.after.key })
        : t(`bulk.${action.kind}`, { count: outcome.done.length });
    tell(title, outcome, { label: t("common:action.undo"), run: () => undo(outcome) });
  };
  return { run, pending };
}
