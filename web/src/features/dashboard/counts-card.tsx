import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { whole } from "~/lib/number.ts";
import type { Range } from "~/lib/range.ts";
import { duration } from "~/lib/time.ts";
import { Card } from "~/ui/card.tsx";
import { SeverityIcon, severities } from "~/ui/severity.tsx";
import { Failure, Skeleton } from "~/ui/state.tsx";
import type { Status } from "~/ui/status.tsx";
import { StatusBadge } from "~/ui/status.tsx";
import { countsQuery } from "./queries.ts";
import { Trend } from "./trend.tsx";

/** How many incidents are open, worked on and closed, the trend, and how long people take. */
export function CountsCard({ range }: { range: Range }) {
  const { t } = useTranslation("dashboard");
  const { data, error, refetch } = useQuery(countsQuery(range));
  return (
    <Card title={t("counts.title")} aside={data && <BySeverity counts={data.live.by_severity} />}>
      {error && !data ? (
        <Failure error={error} onRetry={refetch} />
      ) : data ? (
        <div className="flex flex-col gap-4">
          <Counts summary={data} />
          <Trend buckets={data.trend} width={data.bucket_seconds * 1_000} />
          <dl className="grid grid-cols-2 gap-4 border-t pt-3">
            <Took name="mtta" durations={data.mtta} />
            <Took name="mttr" durations={data.mttr} />
          </dl>
        </div>
      ) : (
        <div className="flex flex-col gap-4">
          <Skeleton className="h-14" />
          <Skeleton className="h-24" />
          <Skeleton className="h-16" />
        </div>
      )}
    </Card>
  );
}

/** The three numbers; each leads to its incidents. */
export function Counts({ summary, wall }: { summary: Schemas["IncidentSummary"]; wall?: boolean }) {
  const { t, i18n } = useTranslation("dashboard");
  const counts: [Status, number, string][] = [
    ["OPEN", summary.live.open, t("counts.now")],
    ["IN_PROGRESS", summary.live.in_progress, t("counts.now")],
    ["CLOSED", summary.closed, t("counts.inRange")],
  ];
  return (
    <ul className="grid grid-cols-[auto_auto_auto] justify-between gap-2">
      {counts.map(([status, count, when]) => (
        <li key={status}>
          <Link
            to="/incidents"
            search={{ status }}
            className="-m-1.5 flex flex-col rounded-md p-1.5 hover:bg-hover"
          >
            <span
              className={
                wall
                  ? "tabular font-semibold text-[clamp(1.75rem,4vw,4rem)] leading-tight"
                  : "tabular font-semibold text-2xl leading-tight"
              }
            >
              {whole(count, i18n.language)}
            </span>
            <StatusBadge status={status} />
            <span className="text-ink-3 text-xs">{when}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function BySeverity({ counts }: { counts: Schemas["BySeverity"] }) {
  const { t } = useTranslation(["dashboard", "common"]);
  return (
    <ul className="flex gap-1">
      {severities
        .filter((severity) => counts[severity] > 0)
        .map((severity) => (
          <li key={severity}>
            <Link
              to="/incidents"
              search={{ severity, status: "OPEN,IN_PROGRESS" }}
              title={t(`common:severity.${severity}`)}
              aria-label={t("counts.severity", {
                count: counts[severity],
                severity: t(`common:severity.${severity}`),
              })}
              className="tabular inline-flex h-6 items-center gap-1 rounded-sm border px-1.5 font-medium text-xs hover:bg-hover"
            >
              <SeverityIcon severity={severity} className="size-3.5" />
              {counts[severity]}
            </Link>
          </li>
        ))}
    </ul>
  );
}

function Took({
  name,
  durations,
}: {
  name: "mtta" | "mttr";
  durations: Schemas["DurationsBody"] | null | undefined;
}) {
  const { t, i18n } = useTranslation("dashboard");
  const text = (seconds: number) => duration(seconds * 1_000, i18n.language);
  return (
    <div className="min-w-0">
      <dt className="text-ink-2 text-sm">
        {t(`durations.${name}Short`)}
        <span className="block text-ink-3 text-xs">{t(`durations.${name}`)}</span>
      </dt>
      {durations ? (
        <dd>
          <span className="tabular block font-semibold text-lg">{text(durations.mean_seconds)}</span>
          <span className="tabular block text-ink-3 text-xs">
            {t("durations.mean", { count: durations.count })}
          </span>
          <span className="tabular block text-ink-3 text-xs">
            {t("durations.median", { duration: text(durations.p50_seconds) })}
          </span>
        </dd>
      ) : (
        <dd className="text-ink-3 text-sm">
          {t(name === "mtta" ? "durations.noneAcknowledged" : "durations.noneClosed")}
        </dd>
      )}
    </div>
  );
}
