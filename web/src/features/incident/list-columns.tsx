import { Link } from "@tanstack/react-router";
import { CircleCheck, UserRound } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { cx } from "~/lib/class.ts";
import { whole, withUnit } from "~/lib/number.ts";
import { SECOND } from "~/lib/time.ts";
import type { Column } from "~/ui/data-table.tsx";
import { SeverityBadge } from "~/ui/severity.tsx";
import { StatusBadge } from "~/ui/status.tsx";
import { Lasted, TimeAgo } from "~/ui/time.tsx";
import { useDepartmentNames, useMetrics } from "./known.ts";
import { shortSentence } from "./sentence.ts";

type Incident = Schemas["Incident"];

/** The columns of the list; the last ones are shown when they are chosen. */
export function useColumns(): Column<Incident>[] {
  const { t, i18n } = useTranslation(["incident", "common"]);
  const metricOf = useMetrics();
  const departmentName = useDepartmentNames();
  const language = i18n.language;
  const value = (incident: Incident, number: number) =>
    withUnit(number, metricOf(incident.metric_type).unit, language);
  return [
    {
      id: "severity",
      header: t("common:field.severity"),
      width: 112,
      sort: "severity",
      cell: (incident) => <SeverityBadge severity={incident.severity} />,
    },
    {
      id: "key",
      header: t("column.key"),
      width: 80,
      sort: "number",
      cell: (incident) => <span className="tabular text-ink-2">{incident.key}</span>,
    },
    {
      id: "what",
      header: t("column.what"),
      width: 340,
      fixed: true,
      cell: (incident) => <WhatLink incident={incident} className="block truncate" />,
    },
    {
      id: "status",
      header: t("common:field.status"),
      width: 124,
      sort: "status",
      cell: (incident) => <StatusBadge status={incident.status} />,
    },
    {
      id: "assignee",
      header: t("common:field.assignee"),
      width: 112,
      cell: (incident) => <Assignee name={incident.assignee} />,
    },
    {
      id: "violations",
      header: t("column.violations"),
      width: 100,
      hidden: true,
      numeric: true,
      sort: "violation_count",
      cell: (incident) => whole(incident.violation_count, language),
    },
    {
      id: "worst",
      header: t("column.worst"),
      width: 92,
      numeric: true,
      cell: (incident) => value(incident, incident.peak_value),
    },
    {
      id: "opened",
      header: t("column.opened"),
      width: 104,
      sort: "opened_at",
      cell: (incident) => <TimeAgo at={incident.opened_at} />,
    },
    {
      id: "lasted",
      header: t("column.lasted"),
      width: 116,
      hidden: true,
      cell: (incident) => (
        <Lasted from={incident.opened_at} to={incident.recovered_at ?? incident.closed_at ?? null} />
      ),
    },
    {
      id: "rule",
      header: t("common:field.rule"),
      width: 160,
      hidden: true,
      cell: (incident) => <span title={incident.rule_name}>{incident.rule_name}</span>,
    },
    {
      id: "service",
      header: t("common:field.service"),
      width: 150,
      hidden: true,
      cell: (incident) => <span title={incident.service_name}>{incident.service_name}</span>,
    },
    {
      id: "department",
      header: t("common:field.department"),
      width: 160,
      hidden: true,
      cell: (incident) => departmentName(incident.department_id) ?? "–",
    },
    {
      id: "lastViolation",
      header: t("column.lastViolation"),
      width: 130,
      hidden: true,
      sort: "last_violation_at",
      cell: (incident) => <TimeAgo at={incident.last_violation_at} />,
    },
    {
      id: "created",
      header: t("common:field.created"),
      width: 120,
      hidden: true,
      sort: "created_at",
      cell: (incident) => <TimeAgo at={incident.created_at} />,
    },
    {
      id: "updated",
      header: t("common:field.updated"),
      width: 120,
      hidden: true,
      sort: "updated_at",
      cell: (incident) => <TimeAgo at={incident.updated_at} />,
    },
    {
      id: "closed",
      header: t("column.closed"),
      width: 120,
      hidden: true,
      cell: (incident) => (incident.closed_at ? <TimeAgo at={incident.closed_at} /> : "–"),
    },
  ];
}

/** How an incident looks on a phone. */
export function IncidentCard({ incident }: { incident: Incident }) {
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <SeverityBadge severity={incident.severity} />
        <span className="tabular text-ink-2 text-sm">{incident.key}</span>
        <StatusBadge status={incident.status} className="ml-auto" />
      </div>
      <WhatLink incident={incident} className="font-medium" />
      <div className="flex flex-wrap items-center gap-x-3 text-ink-2 text-sm">
        <TimeAgo at={incident.opened_at} />
        {incident.assignee && <Assignee name={incident.assignee} />}
      </div>
    </div>
  );
}

/** What is wrong, as a link to the incident, with a mark when it has recovered. */
function WhatLink({ incident, className }: { incident: Incident; className: string }) {
  const { t, i18n } = useTranslation(["incident", "common"]);
  const metricOf = useMetrics();
  const text = useMemo(
    () => shortSentence(incident, metricOf(incident.metric_type), t, i18n.language),
    [incident, metricOf, t, i18n.language],
  );
  // A row that appears while the page is open is highlighted for a moment.
  const [fresh] = useState(() => Math.abs(Date.now() - Date.parse(incident.created_at)) < 5 * SECOND);
  return (
    <Link
      to="/incidents/$key"
      params={{ key: incident.key }}
      state={{ fromList: true }}
      title={text}
      className={cx("foreign hover:underline", fresh && "appear", className)}
    >
      {incident.recovered_at && (
        <span title={t("recovered")} className="mr-1.5 inline-block align-[-3px] text-good">
          <CircleCheck aria-hidden className="size-4" />
          <span className="sr-only">{t("recovered")}: </span>
        </span>
      )}
      {text}
    </Link>
  );
}

function Assignee({ name }: { name: string | null | undefined }) {
  const { t } = useTranslation();
  if (!name) return <span className="text-ink-3">{t("word.nobody")}</span>;
  return (
    <span title={name} className="foreign inline-flex max-w-full items-center gap-1">
      <UserRound aria-hidden className="size-3.5 shrink-0 text-ink-3" />
      <span className="truncate">{name}</span>
    </span>
  );
}
