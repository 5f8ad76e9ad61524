import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { exactWithUnit, whole } from "~/lib/number.ts";
import type { Column } from "~/ui/data-table.tsx";
import { Switch } from "~/ui/field.tsx";
import { SeverityBadge } from "~/ui/severity.tsx";
import { Skeleton } from "~/ui/state.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { useEnable } from "./mutations.ts";
import { namesOf, useDepartments, useMetricTypes, useServices } from "./names.ts";
import { RowMenu } from "./row-menu.tsx";
import { conditionText, scopeText } from "./words.ts";

type Rule = Schemas["Rule"];
type Triggers = readonly Schemas["TopRule"][] | undefined;

/** The columns of the list of rules. */
export function useColumns(
  rules: readonly Rule[],
  triggers: Triggers,
  onDelete: (rule: Rule) => void,
): Column<Rule>[] {
  const { t, i18n } = useTranslation(["rule", "common"]);
  const language = i18n.language;
  const metric = useMetricTypes();
  const departments = namesOf(useDepartments());
  // A scope of more than two services is told by its number.
  const named = rules.flatMap((rule) => (rule.service_ids.length <= 2 ? rule.service_ids : []));
  const services = namesOf(useServices(named).values());
  const enable = useEnable();
  const triggered = new Map((triggers ?? []).map((each) => [each.rule_id, each]));
  return [
    {
      id: "enabled",
      header: t("list.on"),
      width: 56,
      cell: (rule) => (
        <Switch
          checked={rule.enabled}
          hideLabel
          label={t("list.enable", { name: rule.name.slice(0, 80) })}
          onChange={(enabled) => enable.mutate({ rule, enabled })}
        />
      ),
    },
    {
      id: "name",
      header: t("common:field.name"),
      width: 156,
      sort: "name",
      fixed: true,
      cell: (rule) => (
        <Link
          to="/rules/$id"
          params={{ id: rule.id }}
          title={rule.name}
          className="foreign block truncate font-medium hover:underline"
        >
          {rule.name}
        </Link>
      ),
    },
    {
      id: "condition",
      header: t("list.condition"),
      width: 184,
      sort: "metric_type",
      cell: (rule) => {
        const text = conditionText(t, language, metric(rule.metric_type), rule);
        return <span title={text}>{text}</span>;
      },
    },
    {
      id: "services",
      header: t("list.services"),
      width: 104,
      cell: (rule) => {
        const text = scopeText(t, rule.service_ids, services);
        return (
          <span title={text} className={rule.service_ids.length === 0 ? "text-ink-2" : undefined}>
            {text}
          </span>
        );
      },
    },
    {
      id: "threshold",
      header: t("common:field.threshold"),
      width: 100,
      sort: "threshold",
      numeric: true,
      hidden: true,
      cell: (rule) => exactWithUnit(rule.threshold, metric(rule.metric_type).unit, language),
    },
    {
      id: "severity",
      header: t("common:field.severity"),
      width: 108,
      sort: "severity",
      cell: (rule) => <SeverityBadge severity={rule.severity} />,
    },
    {
      id: "department",
      header: t("common:field.department"),
      width: 158,
      cell: (rule) => (
        <span title={departments.get(rule.department_id)}>{departments.get(rule.department_id)}</span>
      ),
    },
    {
      id: "triggered",
      header: t("list.triggered"),
      width: 88,
      numeric: true,
      cell: (rule) => {
        if (!triggers) return <Skeleton className="ml-auto h-4 w-8" />;
        const count = triggered.get(rule.id)?.incident_count ?? 0;
        return <span className={count === 0 ? "text-ink-3" : undefined}>{whole(count, language)}</span>;
      },
    },
    {
      id: "lastTriggered",
      header: t("list.lastTriggered"),
      width: 104,
      cell: (rule) => {
        const last = triggered.get(rule.id)?.last_opened_at;
        if (last) return <TimeAgo at={last} />;
        return triggers && <span className="text-ink-3">–</span>;
      },
    },
    {
      id: "updated",
      header: t("common:field.updated"),
      width: 110,
      sort: "updated_at",
      hidden: true,
      cell: (rule) => <TimeAgo at={rule.updated_at} className="text-ink-2" />,
    },
    {
      id: "created",
      header: t("common:field.created"),
      width: 120,
      sort: "created_at",
      hidden: true,
      cell: (rule) => <TimeAgo at={rule.created_at} className="text-ink-2" />,
    },
    {
      id: "actions",
      header: t("list.actions"),
      width: 50,
      fixed: true,
      quiet: true,
      cell: (rule) => <RowMenu rule={rule} onDelete={() => onDelete(rule)} />,
    },
  ];
}

/** A rule on a phone, made of the cells of its row. */
export function RuleCard({ rule, columns }: { rule: Rule; columns: Column<Rule>[] }) {
  const { t } = useTranslation("rule");
  const cell = (id: string) => columns.find((column) => column.id === id)?.cell(rule);
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-center gap-3">
        <div className="min-w-0 flex-1">{cell("name")}</div>
        {cell("enabled")}
        {cell("actions")}
      </div>
      <p className="foreign text-sm">
        {cell("condition")} · {cell("services")}
      </p>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-ink-2 text-sm">
        {cell("severity")}
        <span className="foreign min-w-0">{cell("department")}</span>
        <span className="tabular inline-flex gap-1">
          {t("list.triggered")}: {cell("triggered")}
        </span>
      </div>
    </div>
  );
}
