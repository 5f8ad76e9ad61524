import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { ServiceOverview } from "~/api/queries/overview.ts";
import { cx } from "~/lib/class.ts";
import type { Range } from "~/lib/range.ts";
import { SeverityBadge, SeverityIcon, severities } from "~/ui/severity.tsx";
import { Lasted } from "~/ui/time.tsx";
import { MetricCell } from "./metric-cell.tsx";

/** A service at a glance: how it stands and since when, what is live, and each of its metric types. */
export function ServiceRow({
  overview,
  metricNames,
  range,
}: {
  overview: ServiceOverview;
  metricNames: ReadonlyMap<string, string>;
  range: Range;
}) {
  const { t } = useTranslation("dashboard");
  const { service, metrics } = overview;
  return (
    <li
      className={cx(
        "grid gap-x-4 gap-y-2 px-4 py-2.5 lg:grid-cols-[11rem_1fr] 2xl:grid-cols-[14rem_1fr]",
        overview.severity === "CRITICAL" && "shadow-[inset_3px_0_0_var(--critical)]",
      )}
    >
      <div className="flex min-w-0 flex-col gap-1 lg:py-1">
        <Link
          to="/services/$key"
          params={{ key: service.key }}
          title={service.name}
          className="foreign line-clamp-2 self-start font-semibold hover:underline"
        >
          {service.name}
        </Link>
        <State overview={overview} />
        <LiveCounts overview={overview} />
      </div>
      {metrics.length === 0 ? (
        <p className="self-center text-ink-3 text-sm lg:px-2">{t("services.noPoints")}</p>
      ) : (
        <div
          className={cx(
            "-mx-2 grid gap-x-2 gap-y-1",
            metrics.length === 4
              ? "grid-cols-2 2xl:grid-cols-4"
              : "grid-cols-[repeat(auto-fill,minmax(min(8.5rem,100%),1fr))]",
          )}
        >
          {metrics.map((metric) => (
            <MetricCell
              key={metric.metric_type}
              service={service}
              metric={metric}
              name={metricNames.get(metric.metric_type) ?? metric.metric_type}
              range={range}
            />
          ))}
        </div>
      )}
    </li>
  );
}

/** The worst live severity and how long something has been live. */
export function State({ overview }: { overview: ServiceOverview }) {
  return (
    <span className="flex items-center gap-2 whitespace-nowrap text-sm">
      <SeverityBadge severity={overview.severity ?? "OK"} />
      {overview.since && <Lasted from={overview.since} className="text-ink-2" />}
    </span>
  );
}

function LiveCounts({ overview }: { overview: ServiceOverview }) {
  const { t } = useTranslation(["dashboard", "common"]);
  const { service, live } = overview;
  const shown = severities.filter((severity) => live[severity] > 0);
  if (shown.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-1">
      {shown.map((severity) => (
        <li key={severity}>
          <Link
            to="/incidents"
            search={{ service_id: service.id, severity, status: "OPEN,IN_PROGRESS" }}
            aria-label={t("services.live", {
              count: live[severity],
              name: service.name,
              severity: t(`common:severity.${severity}`),
            })}
            title={t(`common:severity.${severity}`)}
            className="tabular inline-flex h-6 items-center gap-1 rounded-sm border px-1.5 font-medium text-xs hover:bg-hover"
          >
            <SeverityIcon severity={severity} className="size-3.5" />
            {live[severity]}
          </Link>
        </li>
      ))}
    </ul>
  );
}
