import type { Range } from "~/lib/range.ts";
import type { AnalyticsSearch } from "./search.ts";

/** A filter that is left out when nothing is chosen. */
function some<Name extends string, T>(name: Name, values: readonly T[] | undefined) {
  return (values && values.length > 0 ? { [name]: [...values] } : {}) as { [key in Name]?: T[] };
}

/** The filters of questions about incidents. */
export function incidentFilters(search: AnalyticsSearch) {
  return {
    ...some("severity", search.severity),
    ...some("service_id", search.service_id),
    ...some("department_id", search.department_id),
    ...some("rule_id", search.rule_id),
  };
}

/** The filters of questions about points. */
export function pointFilters(search: AnalyticsSearch, metricType: string | undefined) {
  return {
    ...some("service_id", search.service_id),
    ...some("metric_type", metricType === undefined ? undefined : [metricType]),
    ...some("label", search.label),
  };
}

/** What incidents are grouped by; nothing when all are told together. */
export function groupingOf({ by }: AnalyticsSearch) {
  return by === "all" ? undefined : (by ?? ("severity" as const));
}

/** What points are grouped by, as the API names it. What it would not know is as if it were not there. */
export function pointGroupingOf({ group }: AnalyticsSearch): string {
  return group === "series" || group?.startsWith("label.") ? group : "service";
}

/** Only the range of what the address says. */
export function rangeIn({ range, from, to }: Range): Range {
  return { range, from, to };
}

/** Every filter with nothing in it. */
export const withoutFilters = {
  severity: undefined,
  service_id: undefined,
  department_id: undefined,
  rule_id: undefined,
  label: undefined,
  offset: undefined,
} as const;

/** Whether anything narrows the shown questions down. */
export function isFiltered(search: AnalyticsSearch): boolean {
  const { severity, service_id, department_id, rule_id, label } = search;
  const of = search.tab === undefined ? [severity, service_id, department_id, rule_id] : [service_id, label];
  return of.some((values) => values !== undefined);
}
