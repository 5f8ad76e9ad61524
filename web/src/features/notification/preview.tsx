import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, MousePointerClick } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { incidentQuery } from "~/api/queries/incidents.ts";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import { whole, withUnit } from "~/lib/number.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Card, Facts } from "~/ui/card.tsx";
import { SeverityBadge } from "~/ui/severity.tsx";
import { Empty, Failure, Skeleton } from "~/ui/state.tsx";
import { StatusBadge } from "~/ui/status.tsx";
import { Lasted, TimeAgo } from "~/ui/time.tsx";
import { useAcknowledge } from "./mutations.ts";

/** The incident that a notification is about, in short, with what to do about it. */
export function Preview({
  notification,
  departments,
  onOpen,
}: {
  notification: Schemas["Notification"] | undefined;
  departments: ReadonlyMap<string, string>;
  /** Called when the incident is opened from here. */
  onOpen: () => void;
}) {
  const { t } = useTranslation("notification");
  if (!notification) {
    return (
      <Card>
        <Empty icon={<MousePointerClick />} title={t("choose")}>
          {t("keys")}
        </Empty>
      </Card>
    );
  }
  return (
    <Card
      title={notification.incident_key}
      aside={
        <Link
          to="/incidents/$key"
          params={{ key: notification.incident_key }}
          onClick={onOpen}
          className={buttonClass("primary")}
        >
          {t("openIncident")}
        </Link>
      }
    >
      <Incident id={notification.incident_id} departments={departments} />
    </Card>
  );
}

function Incident({ id, departments }: { id: string; departments: ReadonlyMap<string, string> }) {
  const { t, i18n } = useTranslation(["notification", "common"]);
  const { data: incident, error, refetch } = useQuery(incidentQuery(id));
  const types = useQuery(metricTypesQuery()).data ?? [];
  const acknowledge = useAcknowledge();
  if (error && !incident) return <Failure error={error} onRetry={refetch} />;
  if (!incident) {
    return (
      <div className="flex flex-col gap-4">
        <Skeleton className="h-6 w-3/4" />
        <Skeleton className="h-6 w-48" />
        <Skeleton className="h-40" />
      </div>
    );
  }
  const unit = types.find((type) => type.key === incident.metric_type)?.unit ?? "";
  const ended = incident.recovered_at ?? incident.closed_at;
  return (
    <div className="flex flex-col gap-4">
      <p className="foreign font-medium text-lg">{incident.title}</p>
      <div className="flex flex-wrap items-center gap-3">
        <SeverityBadge severity={incident.severity} />
        <StatusBadge status={incident.status} />
        {incident.status === "OPEN" && (
          <Button
            className="ml-auto"
            disabled={acknowledge.isPending}
            onClick={() => acknowledge.mutate(incident)}
          >
            <Check aria-hidden />
            {t("acknowledge")}
          </Button>
        )}
      </div>
      <Facts
        facts={[
          [t("common:field.service"), incident.service_name],
          [t("common:field.rule"), incident.rule_name],
          [t("common:field.department"), departments.get(incident.department_id) ?? "–"],
          [t("common:field.assignee"), incident.assignee ?? t("common:word.nobody")],
          [t("fact.began"), <TimeAgo key="began" at={incident.opened_at} />],
          [
            t(ended ? "fact.lasted" : "fact.lasts"),
            <Lasted key="lasted" from={incident.opened_at} to={ended ?? null} />,
          ],
          [t("fact.peak"), withUnit(incident.peak_value, unit, i18n.language)],
          [t("fact.violations"), whole(incident.violation_count, i18n.language)],
        ]}
      />
    </div>
  );
}
