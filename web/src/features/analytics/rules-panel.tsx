import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ANALYTICS_FALLBACK, incidentStatisticsQuery } from "~/api/queries/analytics.ts";
import { topTriggeredQuery } from "~/api/queries/rules.ts";
import { toCsv } from "~/lib/csv.ts";
import { whole } from "~/lib/number.ts";
import { PlainTable } from "~/ui/plain-table.tsx";
import { SeverityIcon } from "~/ui/severity.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { Panel } from "./panel.tsx";
import { incidentFilters, rangeIn } from "./params.ts";
import type { TabProps } from "./props.ts";
import { type FiringRule, fromGroups, fromTop, MOST_RULES } from "./rules.ts";

/**
 * The rules that opened most incidents. The list of the rules themselves knows their violations but no filter of
 * services, departments or severities; with one of these the statistics by rule answer instead.
 */
export function RulesPanel({ search, onChange }: TabProps) {
  const { t, i18n } = useTranslation(["analytics", "common"]);
  const range = rangeIn(search);
  const filters = incidentFilters(search);
  const narrowed = Boolean(filters.service_id ?? filters.department_id ?? filters.severity);
  const rules = filters.rule_id ? { rule_id: filters.rule_id } : {};
  const top = useQuery({
    ...topTriggeredQuery({ ...rules, limit: MOST_RULES }, range, ANALYTICS_FALLBACK),
    enabled: !narrowed,
    select: fromTop,
  });
  const groups = useQuery({
    ...incidentStatisticsQuery({ ...filters, group_by: "rule", limit: 100, bucket: "day" }, range),
    enabled: narrowed,
    select: fromGroups,
  });
  return (
    <Panel<readonly FiringRule[]>
      title={t("rules.title")}
      query={narrowed ? groups : top}
      csv={(list) =>
        toCsv(
          ["rule_id", "rule_name", "incidents", "violations", "last_opened_at"],
          list.map(({ id, name, opened, violations, last }) => [id, name, opened, violations, last]),
        )
      }
      range={range}
      height="h-40"
      flush
      isEmpty={(list) => list.length === 0}
      empty={{ title: t("rules.none"), hint: t("flow.noneHint") }}
      onSpan={() => onChange({ range: undefined, from: undefined, to: undefined })}
    >
      {(list) => (
        <PlainTable
          label={t("rules.title")}
          rows={list}
          rowId={({ id }) => id}
          columns={[
            { header: t("rules.rule"), cell: (rule) => <Name rule={rule} /> },
            {
              header: t("rules.incidents"),
              numeric: true,
              cell: ({ opened }) => whole(opened, i18n.language),
            },
            ...(narrowed
              ? []
              : [
                  {
                    header: t("rules.violations"),
                    numeric: true,
                    wide: true,
                    cell: ({ violations }: FiringRule) => whole(violations ?? 0, i18n.language),
                  },
                  {
                    header: t("rules.last"),
                    numeric: true,
                    cell: ({ last }: FiringRule) => last && <TimeAgo at={last} />,
                  },
                ]),
          ]}
        />
      )}
    </Panel>
  );
}

function Name({ rule: { id, name, severity } }: { rule: FiringRule }) {
  const { t } = useTranslation();
  return (
    <span className="flex min-w-0 items-center gap-2">
      {severity && (
        <>
          <SeverityIcon severity={severity} />
          <span className="sr-only">{t(`severity.${severity}`)}</span>
        </>
      )}
      <Link to="/rules/$id" params={{ id }} className="foreign font-medium hover:underline">
        {name}
      </Link>
    </span>
  );
}
