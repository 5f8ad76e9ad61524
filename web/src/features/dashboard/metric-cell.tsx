import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import type { MetricOverview, ServiceOverview } from "~/api/queries/overview.ts";
import { cx } from "~/lib/class.ts";
import { useNow } from "~/lib/now.ts";
import { withUnit } from "~/lib/number.ts";
import type { Range } from "~/lib/range.ts";
import { MINUTE } from "~/lib/time.ts";
import { SeverityIcon } from "~/ui/severity.tsx";
import { Sparkline } from "~/ui/sparkline.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { isNear, thresholdDistance } from "./distance.ts";

/** A value that is older than this says how old it is. */
const STALE = 5 * MINUTE;

/** One metric type of a service: the latest value, how far it is from its threshold, how it came there. */
export function MetricCell({
  service,
  metric,
  name,
  range,
  wall,
}: {
  service: ServiceOverview["service"];
  metric: MetricOverview;
  /** What people call the metric type. */
  name: string;
  range: Range;
  wall?: boolean;
}) {
  const { t, i18n } = useTranslation("dashboard");
  const now = useNow();
  const { latest, threshold, unit } = metric;
  const stale = now - Date.parse(latest.recorded_at) > STALE;
  return (
    <Link
      to="/explore"
      search={{ q: [{ service: service.key, metric_type: metric.metric_type }], ...range }}
      className="flex min-w-0 flex-col gap-0.5 rounded-md px-2 py-1 hover:bg-hover"
    >
      <span className="sr-only">{t("services.explore", { name: service.name })}</span>
      <span className="flex items-baseline justify-between gap-2">
        <span className={cx("min-w-0 truncate text-ink-2", wall ? "text-base" : "text-xs")} title={name}>
          {name}
        </span>
        <span className={cx("tabular shrink-0 font-semibold", wall ? "text-lg" : "text-sm")}>
          {withUnit(latest.value, unit, i18n.language)}
        </span>
      </span>
      <Sparkline
        values={metric.sparkline}
        threshold={threshold && isNear(metric.sparkline, threshold) ? threshold.value : undefined}
        violated={threshold?.violated ?? false}
        className={cx("w-full", wall && "h-9")}
      />
      <span className={cx("flex min-w-0 flex-col items-start text-ink-3", wall ? "text-sm" : "text-xs")}>
        {threshold && <DistanceText value={latest.value} threshold={threshold} unit={unit} />}
        {stale && <TimeAgo at={latest.recorded_at} />}
      </span>
    </Link>
  );
}

function DistanceText({
  value,
  threshold,
  unit,
}: {
  value: number;
  threshold: Schemas["ThresholdBody"];
  unit: string;
}) {
  const { t, i18n } = useTranslation(["dashboard", "common"]);
  const shown = (number: number) => withUnit(number, unit, i18n.language);
  const place = thresholdDistance(value, threshold);
  const line = shown(threshold.value);
  if (place.side === "violated") {
    return (
      <span title={threshold.rule_name} className="flex min-w-0 items-center gap-1 font-medium text-ink">
        <SeverityIcon severity={threshold.severity} className="size-3.5" />
        <span className="line-clamp-2">
          {t("distance.violated", { operator: t(`common:operator.${threshold.operator}`), threshold: line })}
        </span>
      </span>
    );
  }
  return (
    <span title={threshold.rule_name} className="line-clamp-2">
      {place.side === "at"
        ? t("distance.at", { threshold: line })
        : t(`distance.${place.side}`, {
            distance: shown(Number(place.distance.toPrecision(3))),
            threshold: line,
          })}
    </span>
  );
}
