import type { Schemas } from "~/api/client.ts";
import type { RuleTrial } from "~/api/queries/rules.ts";

/** A rule while it is written. What is not chosen yet is null. */
export type Draft = {
  metric_type: string | null;
  operator: Schemas["Operator"];
  threshold: number | null;
  service_ids: string[];
  labels: Schemas["LabelMatcher"][];
  severity: Schemas["Severity"];
  department_id: string | null;
  name: string;
  description: string;
  enabled: boolean;
};

/** What somebody has changed of a draft; the rest follows the rule as it is on the server. */
export type Changes = Partial<Draft>;

/** A rule as a draft. */
export function draftOf(rule: Schemas["Rule"]): Draft {
  const { metric_type, operator, threshold, service_ids, labels } = rule;
  const { severity, department_id, name, description, enabled } = rule;
  return {
    metric_type,
    operator,
    threshold,
    service_ids,
    labels,
    severity,
    department_id,
    name,
    description,
    enabled,
  };
}

/** The draft that a new rule begins with. */
export function newDraft(known: {
  metricTypes: readonly Schemas["MetricType"][];
  departments: readonly Schemas["Department"][];
  metricType?: string | undefined;
  serviceId?: string | undefined;
}): Draft {
  const { metricTypes, departments, metricType, serviceId } = known;
  const asked = metricTypes.find((type) => type.key === metricType);
  const latency = metricTypes.find((type) => type.key === "LATENCY_MS");
  return {
    metric_type: (asked ?? latency ?? metricTypes[0])?.key ?? null,
    operator: ">",
    threshold: null,
    service_ids: serviceId ? [serviceId] : [],
    labels: [],
    severity: "HIGH",
    department_id: departments.length === 1 ? (departments[0]?.id ?? null) : null,
    name: "",
    description: "",
    enabled: true,
  };
}

/** The fields that differ from the draft they were changed from. */
export function changedFields(base: Draft, changes: Changes): Changes {
  const differs = ([field, value]: [string, unknown]) =>
    value !== undefined && JSON.stringify(value) !== JSON.stringify(base[field as keyof Draft]);
  return Object.fromEntries(Object.entries(changes).filter(differs));
}

/** The request that makes the rule. What is not chosen yet is left out, so that the server says that it is required. */
export function requestOf(draft: Draft): RuleTrial {
  return present({ ...draft, labels: filled(draft.labels) });
}

/** The request that changes the rule: only what was changed, so that what others change meanwhile stays. */
export function patchOf(base: Draft, changes: Changes): Schemas["RulePatch"] {
  const changed = changedFields(base, changes);
  return present(changed.labels ? { ...changed, labels: filled(changed.labels) } : changed);
}

/** The greatest value that the server takes. */
const LARGEST = 1e100;

/** What tries the rule. Without a threshold it is one that nothing is above, for the sake of the chart. */
export function trialOf(draft: Draft, max: number | null | undefined): RuleTrial {
  const { name, enabled: _, ...request } = requestOf(draft);
  const named = name ? { ...request, name } : request;
  return draft.threshold === null ? { ...named, operator: ">", threshold: max ?? LARGEST } : named;
}

/** Rows that nobody has written into yet are no conditions. */
function filled(labels: readonly Schemas["LabelMatcher"][]): Schemas["LabelMatcher"][] {
  return labels.filter(({ name, value }) => name !== "" || value !== "");
}

function present<T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], null> } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  ) as { [Key in keyof T]?: Exclude<T[Key], null> };
}
