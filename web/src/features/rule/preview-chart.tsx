import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import type { RulePreview } from "~/api/queries/rules.ts";
import { lineOf } from "~/lib/buckets.ts";
import { SECOND } from "~/lib/time.ts";
import { Skeleton } from "~/ui/state.tsx";
import type { Draft } from "./draft.ts";

const Chart = lazy(() => import("~/ui/chart/index.ts").then(({ Chart }) => ({ default: Chart })));
const HEIGHT = 240;

/** The values that a rule judges, its threshold, and the times during which it would have been violated. */
export function PreviewChart({
  preview,
  draft,
  metric,
  name,
}: {
  preview: RulePreview;
  draft: Pick<Draft, "operator" | "threshold" | "severity">;
  metric: Pick<Schemas["MetricType"], "name" | "unit">;
  name: string;
}) {
  const { t } = useTranslation("rule");
  const { operator, threshold, severity } = draft;
  const { unit } = metric;
  // What violates "below" are the lowest values.
  const extreme = operator.startsWith("<") ? "min" : "max";
  const series = useMemo(
    () => [
      { name: t("preview.average"), unit, points: lineOf(preview.chart, "avg") },
      {
        name: t(extreme === "min" ? "preview.lowest" : "preview.highest"),
        unit,
        points: lineOf(preview.chart, extreme),
      },
    ],
    [preview, unit, extreme, t],
  );
  const bands = useMemo(
    () =>
      preview.episodes.map((episode) => ({
        from: Date.parse(episode.from),
        to: Date.parse(episode.to),
        label: episode.service_name,
      })),
    [preview],
  );
  const thresholds = useMemo(
    () => (threshold === null ? [] : [{ label: t("preview.threshold"), value: threshold, unit, severity }]),
    [threshold, unit, severity, t],
  );
  return (
    <Suspense fallback={<ChartSkeleton />}>
      <Chart
        name={name}
        series={series}
        span={{ from: Date.parse(preview.from), to: Date.parse(preview.to) }}
        step={preview.bucket_seconds * SECOND}
        thresholds={thresholds}
        bands={threshold === null ? [] : bands}
        height={HEIGHT}
      />
    </Suspense>
  );
}

/** The place of the chart while it is not there yet. */
export function ChartSkeleton() {
  return (
    <div style={{ height: HEIGHT + 28 }}>
      <Skeleton className="h-full w-full" />
    </div>
  );
}
