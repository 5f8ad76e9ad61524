import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { distributionQuery } from "~/api/queries/analytics.ts";
import { whole, withUnit } from "~/lib/number.ts";
import { Columns } from "~/ui/columns.tsx";
import { Select } from "~/ui/field.tsx";
import { PlainTable } from "~/ui/plain-table.tsx";
import { Panel } from "./panel.tsx";
import { rangeIn } from "./params.ts";
import type { PointsProps } from "./props.ts";

type Answer = Schemas["Distribution"];

/** How many points have which value. */
export function DistributionPanel({ search, onChange, of, type }: PointsProps) {
  const { t } = useTranslation("analytics");
  const range = rangeIn(search);
  const question = { ...of, ...(search.scale ? { scale: search.scale } : {}) };
  const query = useQuery({ ...distributionQuery(question, range), enabled: of.metric_type !== undefined });
  return (
    <Panel
      title={t("distribution.title")}
      query={query}
      question={{ path: "/analytics/distributions", of: question }}
      range={range}
      height="h-72"
      isEmpty={({ meta }) => meta.total === 0}
      empty={{ title: t("points.none"), hint: t("points.noneHint") }}
      onSpan={() => onChange({ range: undefined, from: undefined, to: undefined })}
      aside={
        <div className="w-40">
          <Select
            label={t("distribution.scale")}
            value={search.scale ?? "linear"}
            choices={(["linear", "logarithmic"] as const).map(
              (each) => [each, t(`distribution.${each}`)] as const,
            )}
            onChange={(next) => onChange({ scale: next === "logarithmic" ? next : undefined })}
          />
        </div>
      }
      table={(answer) => <ValueTable answer={answer} unit={type.unit} />}
    >
      {(answer) => <Histogram answer={answer} unit={type.unit} />}
    </Panel>
  );
}

function Histogram({ answer: { data, meta }, unit }: { answer: Answer; unit: string }) {
  const { t, i18n } = useTranslation("analytics");
  const value = (number: number | null | undefined) => withUnit(number ?? 0, unit, i18n.language);
  const edges = [...data.map(({ low }) => low), ...data.slice(-1).map(({ high }) => high)];
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const index = Math.round(share * (edges.length - 1));
    return { at: index / Math.max(1, edges.length - 1), text: value(edges[index]) };
  });
  return (
    <>
      <Columns
        name={t("distribution.name")}
        columns={data.map(({ low, high, count }) => ({
          label: t("distribution.range", { low: value(low), high: value(high) }),
          up: [count],
        }))}
        parts={[{ name: t("distribution.count"), colour: "var(--series-1)" }]}
        up={t("distribution.count")}
        ticks={[...new Map(ticks.map((tick) => [tick.at, tick])).values()]}
      />
      <p className="tabular mt-3 text-ink-3 text-xs">
        {t("distribution.summary", {
          count: meta.total,
          total: whole(meta.total, i18n.language),
          min: value(meta.min),
          max: value(meta.max),
        })}
      </p>
    </>
  );
}

function ValueTable({ answer: { data }, unit }: { answer: Answer; unit: string }) {
  const { t, i18n } = useTranslation("analytics");
  const value = (number: number) => withUnit(number, unit, i18n.language);
  return (
    <PlainTable
      label={t("distribution.name")}
      tall
      rows={data}
      rowId={({ low }) => String(low)}
      columns={[
        {
          header: t("distribution.value"),
          cell: ({ low, high }) => t("distribution.range", { low: value(low), high: value(high) }),
        },
        {
          header: t("distribution.count"),
          numeric: true,
          cell: ({ count }) => whole(count, i18n.language),
        },
      ]}
    />
  );
}
