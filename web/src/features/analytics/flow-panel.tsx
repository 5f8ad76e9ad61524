import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { incidentStatisticsQuery } from "~/api/queries/analytics.ts";
import { whole } from "~/lib/number.ts";
import { pointTime } from "~/lib/time.ts";
import { Columns } from "~/ui/columns.tsx";
import { Select } from "~/ui/field.tsx";
import { PlainTable } from "~/ui/plain-table.tsx";
import { SeverityIcon, severities } from "~/ui/severity.tsx";
import { BucketSelect } from "./bucket-select.tsx";
import { type Flow, flowOf, merged } from "./flow.ts";
import { Panel } from "./panel.tsx";
import { groupingOf, incidentFilters, rangeIn } from "./params.ts";
import type { TabProps } from "./props.ts";
import type { AnalyticsSearch } from "./search.ts";
import { spanTicks } from "./ticks.ts";

/** How many groups have a colour of their own. */
const APART = 6;
/** How many rows the table has. */
const ROWS = 60;

/** What is asked for; the table by group asks the same. */
export function groupedOf(search: AnalyticsSearch) {
  const by = groupingOf(search);
  return {
    ...incidentFilters(search),
    ...(search.bucket ? { bucket: search.bucket } : {}),
    ...(by ? { group_by: by, limit: 20 } : {}),
  };
}

/** What opened, above the line, and what closed, below it, by parts of the span and groups. */
export function FlowPanel({ search, onChange }: TabProps) {
  const { t } = useTranslation(["analytics", "common"]);
  const range = rangeIn(search);
  const of = groupedOf(search);
  const query = useQuery(incidentStatisticsQuery(of, range));
  const by = groupingOf(search);
  return (
    <Panel
      title={t("flow.title")}
      query={query}
      question={{ path: "/analytics/incidents", of }}
      range={range}
      height="h-72"
      isEmpty={({ meta }) => meta.opened + meta.closed === 0}
      empty={{ title: t("flow.none"), hint: t("flow.noneHint") }}
      onAuto={search.bucket && (() => onChange({ bucket: undefined }))}
      onSpan={() => onChange({ range: undefined, from: undefined, to: undefined })}
      aside={
        <>
          <div className="w-36">
            <Select
              label={t("by.label")}
              value={by ?? "all"}
              choices={(["severity", "service", "department", "rule", "all"] as const).map(
                (each) => [each, t(`by.${each}`)] as const,
              )}
              onChange={(next) => onChange({ by: next === "severity" ? undefined : next })}
            />
          </div>
          <BucketSelect
            bucket={search.bucket}
            shown={query.isPlaceholderData ? undefined : query.data?.meta.bucket}
            onChange={(bucket) => onChange({ bucket })}
          />
        </>
      }
      table={(answer) => <FlowTable answer={answer} />}
    >
      {(answer) => <FlowChart answer={answer} by={by} />}
    </Panel>
  );
}

/** The names of the groups, the others together at the end. */
function useNames() {
  const { t } = useTranslation(["analytics", "common"]);
  return ({ groups, rest }: Flow): string[] => [
    ...groups.map(({ key, name }) => {
      const severity = severities.find((each) => each === key);
      return severity ? t(`common:severity.${severity}`) : name || t("by.all");
    }),
    ...(rest > 0 ? [t("by.others", { count: rest })] : []),
  ];
}

function FlowChart({ answer, by }: { answer: Schemas["IncidentStatistics"]; by: string | undefined }) {
  const { t, i18n } = useTranslation("analytics");
  const namesOf = useNames();
  const flow = flowOf(answer.data, answer.meta, APART);
  const names = namesOf(flow);
  const colours = flow.groups.map(({ key }, index) =>
    by === "severity" ? `var(--${key.toLowerCase()})` : `var(--series-${index + 1})`,
  );
  const parts = names.map((name, index) => ({ name, colour: colours[index] ?? "var(--line-strong)" }));
  const width = answer.meta.bucket_seconds * 1_000;
  const first = flow.columns[0]?.start ?? 0;
  const columns = flow.columns.map(({ start, opened, closed }) => ({
    label: pointTime(start, width, i18n.language),
    up: opened,
    down: closed,
  }));
  return (
    <>
      <Columns
        name={t("flow.name")}
        columns={columns}
        parts={parts}
        up={t("flow.opened")}
        down={t("flow.closed")}
        ticks={spanTicks(first, first + columns.length * width, i18n.language)}
      />
      <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs">
        <ul className="flex flex-wrap gap-x-4 gap-y-1">
          {parts.map(({ name, colour }, index) => {
            const severity = severities.find((each) => each === flow.groups[index]?.key);
            return (
              <li key={name} className="flex min-w-0 items-center gap-1.5">
                <span
                  aria-hidden
                  className="size-2.5 shrink-0 rounded-[2px]"
                  style={{ background: colour }}
                />
                {severity && <SeverityIcon severity={severity} className="size-3.5" />}
                <span className="foreign">{name}</span>
              </li>
            );
          })}
        </ul>
        <span className="ml-auto text-ink-3">
          ↑ {t("flow.opened")} · ↓ {t("flow.closed")}
        </span>
      </div>
      {answer.meta.cut_off > 0 && (
        <p className="mt-2 text-ink-3 text-xs">{t("groups.cutOff", { count: answer.meta.cut_off })}</p>
      )}
    </>
  );
}

function FlowTable({ answer }: { answer: Schemas["IncidentStatistics"] }) {
  const { t, i18n } = useTranslation("analytics");
  const namesOf = useNames();
  const flow = flowOf(answer.data, answer.meta, APART);
  const names = namesOf(flow);
  const width = answer.meta.bucket_seconds * 1_000;
  const label = (name: string, side: "opened" | "closed") =>
    flow.groups.length > 1 || flow.rest > 0 ? t(`flow.${side}Of`, { name }) : t(`flow.${side}`);
  return (
    <PlainTable
      label={t("flow.name")}
      tall
      rows={merged(flow.columns, ROWS)}
      rowId={({ start }) => String(start)}
      columns={[
        {
          header: t("flow.part"),
          cell: ({ start }) => pointTime(start, width, i18n.language),
        },
        ...(["opened", "closed"] as const).flatMap((side) =>
          names.map((name, index) => ({
            header: label(name, side),
            numeric: true,
            cell: (row: (typeof flow.columns)[number]) => whole(row[side][index] ?? 0, i18n.language),
          })),
        ),
      ]}
    />
  );
}
