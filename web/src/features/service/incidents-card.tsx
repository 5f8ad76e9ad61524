import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { Card } from "~/ui/card.tsx";
import { SeverityIcon } from "~/ui/severity.tsx";
import { Failure, Skeleton } from "~/ui/state.tsx";
import { StatusBadge } from "~/ui/status.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { closedIncidentsQuery, liveIncidentsQuery, type Of } from "./queries.ts";

/** The incidents of a service or a department: the live ones first, then those that were closed last. */
export function IncidentsCard({ of }: { of: Of }) {
  const { t } = useTranslation("service");
  const live = useQuery(liveIncidentsQuery(of));
  const closed = useQuery(closedIncidentsQuery(of));
  const error = live.error ?? closed.error;
  const none = live.data?.meta.total === 0 && closed.data?.meta.total === 0;
  return (
    <Card
      title={t("incidents.title")}
      aside={
        <Link to="/incidents" search={of} className="text-ink-2 text-sm hover:text-ink hover:underline">
          {t("incidents.all")}
        </Link>
      }
    >
      {error && (!live.data || !closed.data) ? (
        <Failure
          error={error}
          onRetry={() => {
            live.refetch();
            closed.refetch();
          }}
        />
      ) : !live.data || !closed.data ? (
        <Skeleton className="h-28" />
      ) : none ? (
        <p className="text-ink-3 text-sm">{t("incidents.none")}</p>
      ) : (
        <div className="flex flex-col gap-4">
          <Group
            name={t("incidents.live")}
            incidents={live.data.data}
            total={live.data.meta.total}
            empty={t("incidents.noneLive")}
          />
          {closed.data.data.length > 0 && <Group name={t("incidents.closed")} incidents={closed.data.data} />}
        </div>
      )}
    </Card>
  );
}

function Group({
  name,
  incidents,
  total,
  empty,
}: {
  name: string;
  incidents: Schemas["Incident"][];
  total?: number;
  empty?: string;
}) {
  return (
    <section>
      <h3 className="mb-1 text-ink-2 text-sm">
        {name} {total !== undefined && total > 0 && <span className="tabular">({total})</span>}
      </h3>
      {incidents.length === 0 ? (
        <p className="text-ink-3 text-sm">{empty}</p>
      ) : (
        <ul className="-mx-4 divide-y">
          {incidents.map((incident) => (
            <Row key={incident.id} incident={incident} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ incident }: { incident: Schemas["Incident"] }) {
  const { t } = useTranslation();
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-0.5 px-4 py-1.5 text-sm hover:bg-hover">
      <SeverityIcon severity={incident.severity} />
      <span className="sr-only">{t(`severity.${incident.severity}`)}</span>
      <Link
        to="/incidents/$key"
        params={{ key: incident.key }}
        title={incident.title}
        className="flex min-w-0 flex-1 basis-56 gap-2 hover:underline"
      >
        <span className="tabular shrink-0 font-medium">{incident.key}</span>
        <span className="min-w-0 truncate">{incident.title}</span>
      </Link>
      <StatusBadge status={incident.status} />
      <TimeAgo
        at={incident.closed_at ?? incident.opened_at}
        className="tabular w-24 whitespace-nowrap text-right text-ink-3 max-sm:w-auto"
      />
    </li>
  );
}
