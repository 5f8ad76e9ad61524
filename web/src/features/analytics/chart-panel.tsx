import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { groupedChartQuery } from "~/api/queries/analytics.ts";
import { rangeOf } from "~/lib/range.ts";
import { BucketSelect } from "./bucket-select.tsx";
import { groupLines } from "./group-lines.ts";
import { Lines } from "./lines.tsx";
import { Panel } from "./panel.tsx";
import { rangeIn } from "./params.ts";
import type { PointsProps } from "./props.ts";

/** How many groups are drawn: as many as have a colour of their own. */
const DRAWN = 6;

/** The first groups of the ranking over time, with the span before when it is compared. */
export function ChartPanel({ search, onChange, of, group, statistic, type }: PointsProps) {
  const { t } = useTranslation("analytics");
  const range = rangeIn(search);
  const question = {
    ...of,
    group_by: group,
    statistic: [statistic],
    sort_by: statistic,
    sort_dir: search.dir ?? ("desc" as const),
    limit: DRAWN,
    ...(search.bucket ? { bucket: search.bucket } : {}),
    ...(search.compare ? { compare: "previous" as const } : {}),
  };
  const query = useQuery({ ...groupedChartQuery(question, range), enabled: of.metric_type !== undefined });
  const { data } = query;
  const unit = statistic === "count" ? "" : type.unit;
  const lines = useMemo(
    () => (data ? groupLines(data, statistic, unit, (name) => t("points.before", { name })) : []),
    [data, statistic, unit, t],
  );
  const goTo = (next: { from?: string; to?: string }) =>
    onChange({ range: undefined, from: undefined, to: undefined, ...next });
  return (
    <Panel
      title={t("chart.title")}
      query={query}
      question={{ path: "/analytics/charts", of: question }}
      range={range}
      height="h-72"
      isEmpty={(answer) => answer.data.length === 0}
      empty={{ title: t("points.none"), hint: t("points.noneHint") }}
      onAuto={search.bucket && (() => onChange({ bucket: undefined }))}
      onSpan={() => goTo({})}
      aside={
        <BucketSelect
          bucket={search.bucket}
          shown={query.isPlaceholderData ? undefined : data?.meta.bucket}
          onChange={(bucket) => onChange({ bucket })}
        />
      }
    >
      {({ meta }) => (
        <>
          <Lines
            name={t("chart.name", { statistic: t(`statistic.${statistic}`), metric: type.name })}
            series={lines}
            span={{ from: Date.parse(meta.from), to: Date.parse(meta.to) }}
            step={meta.bucket_seconds * 1_000}
            onZoom={(from, to) => goTo(rangeOf({ from, to }))}
            onZoomOut={() => goTo({})}
          />
          {meta.cut_off > 0 && (
            <p className="mt-2 text-ink-3 text-xs">{t("points.cutOff", { count: meta.cut_off })}</p>
          )}
        </>
      )}
    </Panel>
  );
}
