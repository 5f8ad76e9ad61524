import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { incidentStatisticsQuery } from "~/api/queries/analytics.ts";
import { whole } from "~/lib/number.ts";
import { duration, SECOND } from "~/lib/time.ts";
import { PlainTable } from "~/ui/plain-table.tsx";
import { SeverityBadge, severities } from "~/ui/severity.tsx";
import { groupedOf } from "./flow-panel.tsx";
import { Panel } from "./panel.tsx";
import { groupingOf, rangeIn } from "./params.ts";
import type { TabProps } from "./props.ts";
import type { AnalyticsSearch } from "./search.ts";

type Group = Schemas["IncidentGroup"];

/** The groups with how many incidents they had and how long these took; each leads to its incidents. */
export function GroupsPanel({ search, onChange }: TabProps) {
  const { t, i18n } = useTranslation("analytics");
  const range = rangeIn(search);
  const of = groupedOf(search);
  const query = useQuery(incidentStatisticsQuery(of, range));
  const by = groupingOf(search) ?? "all";
  const count = (value: number) => whole(value, i18n.language);
  return (
    <Panel
      title={t("groups.title")}
      query={query}
      question={{ path: "/analytics/incidents", of }}
      range={range}
      height="h-64"
      flush
      isEmpty={({ meta, data }) => meta.opened + meta.closed === 0 && data.every((each) => !each.mtta)}
      empty={{ title: t("flow.none"), hint: t("flow.noneHint") }}
      onAuto={search.bucket && (() => onChange({ bucket: undefined }))}
      onSpan={() => onChange({ range: undefined, from: undefined, to: undefined })}
    >
      {({ data, meta }) => (
        <>
          <PlainTable<Group>
            label={t("groups.title")}
            rows={data}
            rowId={({ group }) => group?.key ?? ""}
            columns={[
              { header: t(`by.${by}`), cell: (row) => <Name row={row} search={search} /> },
              { header: t("groups.opened"), numeric: true, cell: ({ opened }) => count(opened) },
              { header: t("groups.closed"), numeric: true, cell: ({ closed }) => count(closed) },
              { header: t("groups.mtta"), numeric: true, cell: ({ mtta }) => <Took took={mtta} /> },
              { header: t("groups.mttr"), numeric: true, cell: ({ mttr }) => <Took took={mttr} /> },
            ]}
          />
          {meta.cut_off > 0 && (
            <p className="border-t px-4 py-2 text-ink-3 text-xs">
              {t("groups.cutOff", { count: meta.cut_off })}
            </p>
          )}
        </>
      )}
    </Panel>
  );
}

/** The name of a group; it leads to the incidents that opened in the span. */
function Name({ row: { group }, search }: { row: Group; search: AnalyticsSearch }) {
  const { t } = useTranslation(["analytics", "common"]);
  const by = groupingOf(search);
  if (!group || !by) return t("by.all");
  const severity = severities.find((each) => each === group.key);
  const name = severity ? t(`common:severity.${severity}`) : group.name;
  const field = by === "severity" ? by : (`${by}_id` as const);
  const { from, to, range } = rangeIn(search);
  const span = from && to ? { from, to } : { range: range ?? ("7d" as const) };
  return (
    <Link
      to="/incidents"
      search={{ ...span, [field]: group.key }}
      aria-label={t("groups.incidentsOf", { name })}
      className="foreign font-medium hover:underline"
    >
      {severity ? <SeverityBadge severity={severity} quiet /> : name}
    </Link>
  );
}

/** The mean, and below it what 95 % did not exceed. */
function Took({ took }: { took: Schemas["DurationsBody"] | null | undefined }) {
  const { t, i18n } = useTranslation("analytics");
  const text = (seconds: number) => duration(seconds * SECOND, i18n.language);
  if (!took) return <span className="text-ink-3">–</span>;
  return (
    <>
      {text(took.mean_seconds)}
      <span className="block text-ink-3 text-xs" title={t("groups.p95")}>
        p95 {text(took.p95_seconds)}
      </span>
    </>
  );
}
