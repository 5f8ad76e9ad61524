import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { incidentListQuery } from "~/api/queries/incidents.ts";
import { Card } from "~/ui/card.tsx";
import { SeverityIcon } from "~/ui/severity.tsx";
import { Failure, Skeleton } from "~/ui/state.tsx";
import { StatusBadge } from "~/ui/status.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { useMetrics } from "./known.ts";
import { shortSentence } from "./sentence.ts";

const SHOWN = 5;

/** Other incidents of the same service, those that are live first. */
export function RelatedCard({ incident }: { incident: Schemas["Incident"] }) {
  const { t, i18n } = useTranslation(["incident", "common"]);
  const metricOf = useMetrics();
  // One more than shown, as the incident itself is among them.
  const of = { service_id: [incident.service_id], limit: SHOWN + 1 };
  const live = useQuery(incidentListQuery({ ...of, status: ["OPEN", "IN_PROGRESS"] }));
  const all = useQuery(incidentListQuery(of));
  const found =
    live.data && all.data
      ? [...new Map([...live.data.data, ...all.data.data].map((each) => [each.id, each])).values()]
          .filter((each) => each.id !== incident.id)
          .slice(0, SHOWN)
      : undefined;
  const others = (all.data?.meta.total ?? 1) - 1;
  const allLink = others > SHOWN && (
    <Link
      to="/incidents"
      search={{ service_id: incident.service_id }}
      className="text-accent text-sm hover:underline"
    >
      {t("related.others", { count: others })}
    </Link>
  );
  return (
    <Card title={t("related.title")} flush aside={allLink}>
      {!found && (all.isError || live.isError) && (
        <Failure error={all.error ?? live.error} onRetry={all.refetch} />
      )}
      {!found && !all.isError && <Skeleton className="m-4 h-24" />}
      {found?.length === 0 && <p className="p-4 text-ink-2 text-sm">{t("related.none")}</p>}
      <ul className="divide-y">
        {found?.map((each) => (
          <li key={each.id}>
            <Link
              to="/incidents/$key"
              params={{ key: each.key }}
              className="flex items-start gap-2 px-4 py-2 text-sm hover:bg-hover"
            >
              <SeverityIcon severity={each.severity} className="mt-0.5" />
              <span className="min-w-0 flex-1">
                <span className="foreign line-clamp-2">
                  {shortSentence(each, metricOf(each.metric_type), t, i18n.language)}
                </span>
                <span className="flex flex-wrap gap-x-2 text-ink-3 text-xs">
                  <span className="tabular">{each.key}</span>
                  <span className="sr-only">{t(`common:severity.${each.severity}`)}</span>
                  <TimeAgo at={each.opened_at} />
                </span>
              </span>
              <StatusBadge status={each.status} className="text-xs" />
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
