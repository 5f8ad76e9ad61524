import { useTranslation } from "react-i18next";
import { Card } from "~/ui/card.tsx";
import { Select, Switch } from "~/ui/field.tsx";
import { ChartPanel } from "./chart-panel.tsx";
import { DistributionPanel } from "./distribution-panel.tsx";
import { useLabels } from "./filters.tsx";
import { useMetricType } from "./metric-type.tsx";
import { pointFilters, pointGroupingOf } from "./params.ts";
import { type PointsProps, statistics, type TabProps } from "./props.ts";
import { RankingPanel } from "./ranking-panel.tsx";
import type { AnalyticsSearch } from "./search.ts";

/** How services did by one statistic of one metric type: side by side, over time, and value by value. */
export function ServicesTab({ search, onChange }: TabProps) {
  const { t } = useTranslation("analytics");
  const type = useMetricType(search);
  const statistic = search.statistic ?? "avg";
  const props: PointsProps = {
    search,
    onChange,
    of: pointFilters(search, type?.key),
    group: pointGroupingOf(search),
    statistic,
    type: { name: type?.name ?? "", unit: type?.unit ?? "" },
  };
  return (
    <>
      <Card>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <div className="w-44">
            <Select
              label={t("statistic.label")}
              value={statistic}
              choices={statistics.map((each) => [each, t(`statistic.${each}`)] as const)}
              onChange={(next) => onChange({ statistic: next === "avg" ? undefined : next })}
            />
          </div>
          <div className="w-44">
            <GroupSelect search={search} onChange={onChange} />
          </div>
          <div className="w-44">
            <Select
              label={t("ranking.order")}
              value={search.dir ?? "desc"}
              choices={(["desc", "asc"] as const).map((each) => [each, t(`ranking.${each}`)] as const)}
              onChange={(next) => onChange({ dir: next === "asc" ? next : undefined })}
            />
          </div>
          <Switch
            label={t("points.compare")}
            checked={search.compare === true}
            onChange={(checked) => onChange({ compare: checked || undefined })}
          />
        </div>
      </Card>
      <ChartPanel {...props} />
      <div className="grid items-start gap-4 xl:grid-cols-2">
        <RankingPanel {...props} />
        <DistributionPanel {...props} />
      </div>
    </>
  );
}

/** Chooses what stands side by side: services, series, or the values of a label. */
function GroupSelect({ search, onChange }: { search: AnalyticsSearch; onChange: TabProps["onChange"] }) {
  const { t } = useTranslation("analytics");
  const group = pointGroupingOf(search);
  const labels = useLabels(search).map((label) => `label.${label.slice(0, label.indexOf("="))}`);
  const names = [...new Set([...labels, ...(group.startsWith("label.") ? [group] : [])])].sort();
  return (
    <Select
      label={t("by.label")}
      value={group}
      choices={[
        ["service", t("by.service")],
        ["series", t("by.series")],
        ...names.map((name) => [name, t("by.labelOf", { name: name.slice("label.".length) })] as const),
      ]}
      onChange={(next) => onChange({ group: next === "service" ? undefined : next, offset: undefined })}
    />
  );
}
