import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { errorText, hasStatus } from "~/api/problem.ts";
import { eventsQuery, incidentQuery } from "~/api/queries/incidents.ts";
import { toast } from "~/ui/toast.tsx";
import { applied, changeBy, differences, remaining, undoSteps } from "./changes.ts";
import { useDepartmentNames, useMe } from "./known.ts";

type Incident = Schemas["Incident"];
type Patch = Schemas["IncidentPatch"];
type Texts = TFunction<["incident", "common"]>;
type Variables = { patches: Patch[]; undoes?: boolean };

/** Everything that a change of an incident makes stale, also when the live stream is cut. */
export function refresh(client: QueryClient): Promise<void> {
  const keys = [["timeline"], ["services", "overview"], ["notifications"], ["rules", "top"]];
  for (const queryKey of keys) client.invalidateQueries({ queryKey });
  return client.invalidateQueries({ queryKey: ["incidents"] });
}

/**
 * Changes the incident of a page: shown at once, based on the version that is shown, with undo. When somebody else
 * was faster the page says what they did and offers to go on.
 */
export function useChange(key: string) {
  const client = useQueryClient();
  const { t } = useTranslation(["incident", "common"]);
  const me = useMe();
  const departmentName = useDepartmentNames();
  const { queryKey } = incidentQuery(key);

  const mutation = useMutation({
    // One after the other, so that a second click is based on what the first one left.
    scope: { id: `incident ${key}` },
    mutationFn: ({ patches }: Variables) => {
      const shown = client.getQueryData(queryKey);
      if (!shown) throw new Error("the incident is not loaded");
      return changeBy(shown, patches);
    },
    onMutate: async ({ patches }) => {
      await client.cancelQueries({ queryKey, exact: true });
      const before = client.getQueryData(queryKey);
      const now = new Date().toISOString();
      const after = patches.reduce<Incident | undefined>(
        (state, patch) => state && applied(state, patch, me, now),
        before,
      );
      if (after) client.setQueryData(queryKey, after);
      return { before };
    },
    onSuccess: (after, { undoes }, { before }) => {
      client.setQueryData(queryKey, after);
      const steps = before ? undoSteps(before, after) : [];
      if (undoes) toast(t("change.undone", { key: after.key }));
      else if (before && steps.length > 0) {
        const undo = () => mutation.mutate({ patches: steps, undoes: true });
        toast(changeText(before, after, t), { action: { label: t("common:action.undo"), run: undo } });
      }
    },
    onError: async (error, { patches }, context) => {
      const before = context?.before;
      if (before) client.setQueryData(queryKey, before);
      if (!before || (!hasStatus(error, 412) && !hasStatus(error, 409))) {
        toast(t("change.failed"), { kind: "error", detail: errorText(error) || t("common:state.offline") });
        return;
      }
      if (hasStatus(error, 409)) {
        toast(t("change.refused", { key: before.key }), { kind: "error", detail: error.message });
        return;
      }
      const now = await client.fetchQuery({ ...incidentQuery(key), staleTime: 0 });
      const wanted: Patch = Object.assign({}, ...patches);
      const rest = remaining(wanted, now);
      const detail = await whatChanged(before, now);
      if (Object.keys(rest).length === 0) {
        toast(t("change.sameAlready", { key: now.key }), { detail });
        return;
      }
      const applyAnyway = () => mutation.mutate({ patches: [rest] });
      toast(t("change.lost", { key: now.key }), {
        stays: true,
        detail,
        action: { label: t("change.applyAnyway"), run: applyAnyway },
      });
    },
    onSettled: () => refresh(client),
  });

  /** Says who did what meanwhile, e.g. "ayse: Status: Open → In progress". */
  const whatChanged = async (before: Incident, now: Incident): Promise<string> => {
    const events = await client.fetchInfiniteQuery({ ...eventsQuery(key), staleTime: 0 });
    const actor = events.pages[0]?.data.find((event) => event.actor)?.actor;
    const who = !actor || actor === me ? t("change.elsewhere") : actor;
    const shown = (field: ReturnType<typeof differences>[number], incident: Incident): string => {
      if (field === "status") return t(`common:status.${incident.status}`);
      if (field === "severity") return t(`common:severity.${incident.severity}`);
      if (field === "assignee") return incident.assignee ?? t("common:word.nobody");
      return departmentName(incident.department_id) ?? incident.department_id;
    };
    const changed = differences(before, now).map((field) => {
      const name = t(`common:field.${field === "department_id" ? "department" : field}`);
      return `${name}: ${shown(field, before)} → ${shown(field, now)}`;
    });
    return changed.length > 0 ? `${who}: ${changed.join("; ")}` : who;
  };

  return {
    change: (patch: Patch) => mutation.mutate({ patches: [patch] }),
    pending: mutation.isPending,
  };
}

function changeText(before: Incident, after: Incident, t: Texts): string {
  const { key } = after;
  const changed = differences(before, after);
  if (changed.includes("status")) return t(`change.status.${stepName(before.status, after.status)}`, { key });
  if (changed.length > 1) return t("change.several", { key });
  if (changed[0] === "severity") {
    return t("change.severity", { key, severity: t(`common:severity.${after.severity}`) });
  }
  if (changed[0] === "department_id") return t("change.department", { key });
  return after.assignee ? t("change.assignee", { key, name: after.assignee }) : t("change.nobody", { key });
}

/** How a step of the life cycle is called. */
export function stepName(
  from: string | null | undefined,
  to: string | null | undefined,
): "acknowledged" | "closed" | "reopened" | "released" {
  if (to === "IN_PROGRESS") return "acknowledged";
  if (to === "CLOSED") return "closed";
  return from === "CLOSED" ? "reopened" : "released";
}
