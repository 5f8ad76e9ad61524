import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useDepartmentChoices } from "~/api/choices.ts";
import type { Schemas } from "~/api/client.ts";
import { ruleQuery } from "~/api/queries/rules.ts";
import { whole, withUnit } from "~/lib/number.ts";
import { Card, Facts } from "~/ui/card.tsx";
import { Picker } from "~/ui/filter.tsx";
import { Lasted, TimeAgo } from "~/ui/time.tsx";
import { useAssigneeChoices } from "./choices.ts";
import { extremeOf, type Metric } from "./sentence.ts";

type Incident = Schemas["Incident"];
type Props = { incident: Incident; onChange: (patch: Schemas["IncidentPatch"]) => void };

const linkClass = "text-accent hover:underline";

/** Everything else that is known of the incident; department and assignee are changed here. */
export function FactsCard({ incident, metric, onChange }: Props & { metric: Metric }) {
  const { t, i18n } = useTranslation(["incident", "common"]);
  const rule = useQuery(ruleQuery(incident.rule_id));
  const value = (number: number) => withUnit(number, metric.unit, i18n.language);
  const time = (at: string | null | undefined) => (at ? <TimeAgo at={at} /> : undefined);
  const took = (to: string | null | undefined) =>
    to ? <Lasted from={incident.opened_at} to={laterOf(to, incident.opened_at)} /> : undefined;
  const facts: [string, ReactNode][] = [
    [
      t("common:field.service"),
      <Link key="service" to="/services/$key" params={{ key: incident.service_id }} className={linkClass}>
        {incident.service_name}
      </Link>,
    ],
    [
      t("common:field.rule"),
      rule.isError ? (
        `${incident.rule_name} (${t("facts.ruleGone")})`
      ) : (
        <Link key="rule" to="/rules/$id" params={{ id: incident.rule_id }} className={linkClass}>
          {incident.rule_name}
        </Link>
      ),
    ],
    [t("common:field.department"), <DepartmentPicker key="department" {...{ incident, onChange }} />],
    [t("common:field.assignee"), <AssigneePicker key="assignee" {...{ incident, onChange }} />],
    [
      t("common:field.threshold"),
      t(`sentence.condition.${incident.operator}`, { threshold: value(incident.threshold) }),
    ],
    [t("facts.openedWith"), value(incident.opening_value)],
    [t(`facts.worst.${extremeOf(incident.operator)}`), value(incident.peak_value)],
    [t("column.violations"), whole(incident.violation_count, i18n.language)],
    [t("column.opened"), time(incident.opened_at)],
    [t("column.lastViolation"), time(incident.last_violation_at)],
    [t("recovered"), time(incident.recovered_at)],
    [t("facts.acknowledged"), time(incident.in_progress_at)],
    [t("column.closed"), time(incident.closed_at)],
    [t("facts.tta"), took(incident.in_progress_at)],
    [t("facts.ttr"), took(incident.closed_at)],
    [t("common:field.labels"), labelText(rule.data?.labels)],
  ];
  return (
    <Card title={t("facts.title")}>
      <Facts facts={facts.filter(([, fact]) => fact !== undefined)} />
    </Card>
  );
}

/** Points may have been measured by a clock that is ahead of the server's; a duration is never negative. */
function laterOf(a: string, b: string): string {
  return Date.parse(a) > Date.parse(b) ? a : b;
}

function labelText(labels: Schemas["LabelMatcher"][] | undefined): string | undefined {
  if (!labels || labels.length === 0) return undefined;
  return labels.map(({ name, operator, value }) => `${name} ${operator} "${value}"`).join(", ");
}

function DepartmentPicker({ incident, onChange }: Props) {
  const { t } = useTranslation(["incident", "common"]);
  const id = incident.department_id;
  const { choices, onSearch } = useDepartmentChoices([id]);
  return (
    <Picker
      name={t("common:field.department")}
      choices={choices}
      value={choices.find((choice) => choice.value === id) ?? { value: id, label: t("facts.departmentGone") }}
      onSearch={onSearch}
      onChange={(choice) => choice.value !== id && onChange({ department_id: choice.value })}
    />
  );
}

function AssigneePicker({ incident, onChange }: Props) {
  const { t } = useTranslation(["incident", "common"]);
  const current = incident.assignee ?? "";
  const { choices, onSearch, search } = useAssigneeChoices([current]);
  // Any name will do: what was typed can be chosen when nobody is called so.
  const typed = search.trim();
  const isNew = typed !== "" && !choices.some((choice) => choice.value === typed);
  const all = isNew
    ? [
        ...choices,
        { value: typed.slice(0, 100), label: t("facts.assignOther", { name: typed.slice(0, 100) }) },
      ]
    : choices;
  return (
    <Picker
      name={t("common:field.assignee")}
      choices={all}
      value={choices.find((choice) => choice.value === current) ?? null}
      onSearch={onSearch}
      onChange={(choice) => choice.value !== current && onChange({ assignee: choice.value || null })}
    />
  );
}
