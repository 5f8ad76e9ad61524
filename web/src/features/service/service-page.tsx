import { useQuery } from "@tanstack/react-query";
import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import type { ServiceOverview } from "~/api/queries/overview.ts";
import { cx } from "~/lib/class.ts";
import { pointCommand } from "~/lib/curl.ts";
import { useNow } from "~/lib/now.ts";
import type { Range } from "~/lib/range.ts";
import { clockTime } from "~/lib/time.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { Card, Facts } from "~/ui/card.tsx";
import { DataNotice } from "~/ui/data-notice.tsx";
import { Page } from "~/ui/page.tsx";
import { SeverityIcon, severities } from "~/ui/severity.tsx";
import { Empty, Failure, Skeleton, Snippet } from "~/ui/state.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { TimeRange } from "~/ui/time-range.tsx";
import { CopyText } from "./copy-text.tsx";
import { DeleteService } from "./delete-service.tsx";
import { IncidentsCard } from "./incidents-card.tsx";
import { MetricChart } from "./metric-chart.tsx";
import { FALLBACK, rulesOfQuery, serviceOverviewQuery } from "./queries.ts";
import { RulesCard } from "./rules-card.tsx";
import ServiceDialog from "./service-dialog.tsx";

type Service = Schemas["Service"];

/** One service: how it stands, its metrics, its incidents, its rules, and what it is. */
export function ServicePage({
  service,
  range,
  onRange,
  onSaved,
  onDeleted,
}: {
  service: Service;
  range: Range;
  onRange: (range: Range) => void;
  onSaved: (service: Service) => void;
  onDeleted: () => void;
}) {
  const { t } = useTranslation(["service", "common"]);
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const overview = useQuery(serviceOverviewQuery(service.id));
  const standing = overview.data?.data[0];
  const metric = standing?.metrics[0];
  const command = pointCommand(location.origin, {
    service: service.key,
    metric_type: metric?.metric_type ?? "LATENCY_MS",
    value: metric?.latest.value ?? 120,
  });
  return (
    <Page
      name={service.name}
      title={
        <span className="line-clamp-3" title={service.name}>
          {service.name}
        </span>
      }
      actions={
        <>
          <TimeRange value={range} fallback={FALLBACK} onChange={onRange} />
          <Button onClick={() => setEditing(true)}>
            <Pencil aria-hidden />
            {t("common:action.edit")}
          </Button>
          <IconButton label={t("common:action.delete")} look="danger" onClick={() => setDeleting(true)}>
            <Trash2 aria-hidden />
          </IconButton>
        </>
      }
    >
      <StandingSentence overview={standing} failed={overview.isError} />
      {/* Each chart says it of itself; without one, missing points would look like none. */}
      {standing?.metrics.length === 0 && <DataNotice of={[overview.data?.meta]} />}
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="flex min-w-0 flex-col gap-4">
          {overview.error && !overview.data ? (
            <Card>
              <Failure error={overview.error} onRetry={overview.refetch} />
            </Card>
          ) : (
            <Charts service={service} overview={standing} range={range} onRange={onRange} command={command} />
          )}
          <IncidentsCard of={{ service_id: service.id }} />
        </div>
        <div className="grid items-start gap-4 md:grid-cols-2 xl:grid-cols-1">
          <RulesCard of={{ service_id: service.id }} />
          <Card title={t("facts.title")}>
            <Facts
              facts={[
                [t("common:field.key"), <CopyText key="key" text={service.key} label={t("facts.copyKey")} />],
                ...(service.description
                  ? [[t("common:field.description"), service.description] as [string, string]]
                  : []),
                [t("common:field.created"), <TimeAgo key="created" at={service.created_at} />],
                [t("common:field.updated"), <TimeAgo key="updated" at={service.updated_at} />],
                [
                  t("facts.id"),
                  <code key="id" className="text-xs">
                    {service.id}
                  </code>,
                ],
              ]}
            />
          </Card>
          {standing && standing.metrics.length > 0 && (
            <Card title={t("send.title")}>
              <p className="text-ink-2 text-sm">{t("send.hint")}</p>
              <Snippet code={command} label={t("send.command")} />
            </Card>
          )}
        </div>
      </div>
      {editing && (
        <ServiceDialog
          service={service}
          onClose={() => setEditing(false)}
          onSaved={(saved) => {
            setEditing(false);
            onSaved(saved);
          }}
        />
      )}
      <DeleteService
        service={deleting ? service : null}
        onClose={() => setDeleting(false)}
        onDeleted={onDeleted}
      />
    </Page>
  );
}

/** How the service stands, in words. */
function StandingSentence({ overview, failed }: { overview: ServiceOverview | undefined; failed: boolean }) {
  const { t, i18n } = useTranslation(["service", "common"]);
  const now = useNow();
  if (!overview) return failed ? null : <Skeleton className="-mt-2 h-5 w-72 max-w-full" />;
  const { severity, since, live } = overview;
  const count = severities.reduce((sum, each) => sum + live[each], 0);
  return (
    <p aria-live="polite" className="-mt-2 flex items-center gap-2 text-lg">
      <SeverityIcon severity={severity ?? "OK"} className="size-5" />
      {severity && since
        ? t("stands.live", {
            count,
            since: clockTime(Date.parse(since), now, i18n.language),
            severity: t(`common:severity.${severity}`),
          })
        : t("stands.fine")}
    </p>
  );
}

function Charts({
  service,
  overview,
  range,
  onRange,
  command,
}: {
  service: Service;
  overview: ServiceOverview | undefined;
  range: Range;
  onRange: (range: Range) => void;
  command: string;
}) {
  const { t } = useTranslation("service");
  const types = useQuery(metricTypesQuery()).data ?? [];
  const rules = useQuery(rulesOfQuery({ service_id: service.id })).data?.data ?? [];
  if (!overview) return <Skeleton className="h-72" />;
  if (overview.metrics.length === 0) {
    return (
      <Card>
        <Empty title={t("metrics.none")}>
          <p>{t("metrics.noneHint")}</p>
          <Snippet code={command} label={t("send.command")} />
        </Empty>
      </Card>
    );
  }
  return (
    <div className={cx("grid gap-4", overview.metrics.length > 1 && "lg:grid-cols-2")}>
      {overview.metrics.map(({ metric_type, unit }) => (
        <MetricChart
          key={metric_type}
          service={service}
          metricType={
            types.find((type) => type.key === metric_type) ?? { key: metric_type, name: metric_type, unit }
          }
          rules={rules}
          range={range}
          fallback={FALLBACK}
          onRange={onRange}
        />
      ))}
    </div>
  );
}
