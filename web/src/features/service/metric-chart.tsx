import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { chartQuery } from "~/api/queries/metrics.ts";
import { lineOf } from "~/lib/buckets.ts";
import { type Preset, type Range, rangeOf } from "~/lib/range.ts";
import { Card } from "~/ui/card.tsx";
import { DataNotice } from "~/ui/data-notice.tsx";
import { Failure, Skeleton } from "~/ui/state.tsx";

const Chart = lazy(async () => ({ default: (await import("~/ui/chart/index.ts")).Chart }));

const HEIGHT = 190;

/** One metric type of a service over the range, with the thresholds of the rules that check it. */
export function MetricChart({
  service,
  metricType,
  rules,
  range,
  fallback,
  onRange,
}: {
  service: Schemas["Service"];
  metricType: Pick<Schemas["MetricType"], "key" | "name" | "unit">;
  rules: readonly Schemas["Rule"][];
  range: Range;
  fallback: Preset;
  onRange: (range: Range) => void;
}) {
  const { t } = useTranslation(["service", "common"]);
  const { key, name, unit } = metricType;
  const of = { service_id: [service.id], metric_type: [key] };
  const { data, error, refetch } = useQuery(chartQuery(of, range, fallback));
  const series = useMemo(
    () =>
      (["avg", "max"] as const).map((statistic) => ({
        name: t(`common:chart.${statistic}`),
        unit,
        points: lineOf(data?.data ?? [], statistic),
        faint: statistic === "max",
      })),
    [data, unit, t],
  );
  const thresholds = useMemo(
    () =>
      rules
        .filter((rule) => rule.enabled && rule.metric_type === key)
        .map((rule) => ({ label: rule.name, value: rule.threshold, unit, severity: rule.severity })),
    [rules, key, unit],
  );
  return (
    <Card
      title={name}
      aside={
        <Link
          to="/explore"
          search={{ q: [{ service: service.key, metric_type: key }], ...range }}
          aria-label={t("metrics.exploreName", { metric: name })}
          className="text-ink-2 text-sm hover:text-ink hover:underline"
        >
          {t("metrics.explore")}
        </Link>
      }
    >
      {error && !data ? (
        <Failure error={error} onRetry={refetch} />
      ) : data ? (
        <Suspense fallback={<Placeholder />}>
          <DataNotice of={[data.meta]} className="mb-3" />
          <Chart
            name={`${name}, ${service.name}`}
            series={series}
            span={{ from: Date.parse(data.meta.from), to: Date.parse(data.meta.to) }}
            step={data.meta.bucket_seconds * 1_000}
            thresholds={thresholds}
            height={HEIGHT}
            sync={`service-${service.id}`}
            onZoom={(from, to) => onRange({ range: undefined, ...rangeOf({ from, to }) })}
            onZoomOut={() => onRange({ range: undefined, from: undefined, to: undefined })}
          />
        </Suspense>
      ) : (
        <Placeholder />
      )}
    </Card>
  );
}

/** As high as the chart with its legend, so that nothing jumps. */
function Placeholder() {
  return (
    <div className="flex flex-col gap-2">
      <div style={{ height: HEIGHT }}>
        <Skeleton className="h-full" />
      </div>
      <Skeleton className="h-4 w-48" />
    </div>
  );
}
