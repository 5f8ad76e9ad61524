import type { Schemas } from "~/api/client.ts";

/** How many rules are listed. */
export const MOST_RULES = 10;

/** A rule with how often it opened an incident. */
export type FiringRule = {
  id: string;
  name: string;
  severity?: Schemas["Severity"];
  opened: number;
  violations?: number;
  last?: string;
};

/** The rules of the list of rules that fire. */
export function fromTop(list: readonly Schemas["TopRule"][]): readonly FiringRule[] {
  return list.map((rule) => ({
    id: rule.rule_id,
    name: rule.rule_name,
    severity: rule.severity,
    opened: rule.incident_count,
    violations: rule.violation_count,
    last: rule.last_opened_at,
  }));
}

/** The rules of statistics by rule: those that opened most first, without those that opened none. */
export function fromGroups({ data }: Pick<Schemas["IncidentStatistics"], "data">): readonly FiringRule[] {
  const rules = data.flatMap(({ group, opened }) =>
    group && opened > 0 ? [{ id: group.key, name: group.name, opened }] : [],
  );
  return rules.sort((a, b) => b.opened - a.opened).slice(0, MOST_RULES);
}
