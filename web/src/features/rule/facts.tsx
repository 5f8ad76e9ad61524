import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { incidentsQuery } from "~/api/queries/incidents.ts";
import { triggersQuery } from "~/api/queries/rules.ts";
import { whole } from "~/lib/number.ts";
import { buttonClass } from "~/ui/button.tsx";
import { Card, Facts } from "~/ui/card.tsx";
import { SeverityIcon } from "~/ui/severity.tsx";
import { Failure, Skeleton } from "~/ui/state.tsx";
import { StatusBadge } from "~/ui/status.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { LIST_RANGE } from "./search.ts";

const FEW = 5;

/** How often a rule has triggered, and since when it is as it is. */
export function RuleFacts({ rule }: { rule: Schemas["Rule"] }) {
  const { t, i18n } = useTranslation(["rule", "common"]);
  const triggers = useQuery(triggersQuery([rule.id], {}, LIST_RANGE)).data;
  const newest = useQuery(incidentsQuery(newestOf(rule.id))).data?.data[0];
  const count = triggers?.[0]?.incident_count ?? 0;
  const triggered = triggers ? whole(count, i18n.language) : <Skeleton key="count" className="h-4 w-8" />;
  const last = newest ? <TimeAgo key="last" at={newest.opened_at} /> : t("list.never");
  return (
    <Card title={t("facts.heading")}>
      <Facts
        facts={[
          [t("facts.triggered"), triggered],
          [t("facts.lastTriggered"), last],
          [t("common:field.created"), <TimeAgo key="created" at={rule.created_at} />],
          [t("common:field.updated"), <TimeAgo key="updated" at={rule.updated_at} />],
        ]}
      />
    </Card>
  );
}

/** The newest incidents that a rule has opened. */
export function RuleIncidents({ rule }: { rule: Schemas["Rule"] }) {
  const { t } = useTranslation(["rule", "common"]);
  const { data, error, refetch } = useQuery(incidentsQuery(newestOf(rule.id)));
  const more = data && data.meta.total > FEW && (
    <Link to="/incidents" search={{ rule_id: [rule.id] }} className={buttonClass("ghost", "sm")}>
      {t("facts.allIncidents")}
    </Link>
  );
  return (
    <Card title={t("facts.incidents")} aside={more} flush>
      {error && !data && <Failure error={error} onRetry={refetch} />}
      {!data && !error && <Skeleton className="m-4 h-24" />}
      {data?.data.length === 0 && <p className="p-4 text-ink-2 text-sm">{t("facts.noIncidents")}</p>}
      <ul className="divide-y">
        {data?.data.map((incident) => (
          <li key={incident.id}>
            <Link
              to="/incidents/$key"
              params={{ key: incident.key }}
              className="flex flex-wrap items-center gap-x-3 gap-y-0.5 px-4 py-2 text-sm hover:bg-hover"
            >
              <SeverityIcon severity={incident.severity} />
              <span className="sr-only">{t(`common:severity.${incident.severity}`)}</span>
              <span className="tabular text-ink-2">{incident.key}</span>
              <span className="foreign min-w-0 flex-1 basis-40">{incident.title}</span>
              <StatusBadge status={incident.status} />
              <TimeAgo at={incident.opened_at} className="text-ink-2" />
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** What asks for the newest incidents of a rule. */
export function newestOf(ruleId: string) {
  return { rule_id: [ruleId], sort_by: "opened_at" as const, limit: FEW };
}
