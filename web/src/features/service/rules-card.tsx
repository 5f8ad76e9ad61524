import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import { withUnit } from "~/lib/number.ts";
import { Card } from "~/ui/card.tsx";
import { SeverityIcon } from "~/ui/severity.tsx";
import { Failure, Skeleton } from "~/ui/state.tsx";
import { type Of, rulesOfQuery } from "./queries.ts";

const SHOWN = 12;

/** Which rules there are for a service or a department, each with its condition. */
export function RulesCard({ of }: { of: Of }) {
  const { t } = useTranslation("service");
  const { data, error, refetch } = useQuery(rulesOfQuery(of));
  const types = useQuery(metricTypesQuery()).data ?? [];
  const more = data ? data.meta.total - Math.min(SHOWN, data.data.length) : 0;
  return (
    <Card
      title={t("rules.title")}
      aside={
        <Link
          to="/rules/new"
          search={"service_id" in of ? of : {}}
          className="text-ink-2 text-sm hover:text-ink hover:underline"
        >
          {t("rules.new")}
        </Link>
      }
    >
      {error && !data ? (
        <Failure error={error} onRetry={refetch} />
      ) : !data ? (
        <Skeleton className="h-20" />
      ) : data.data.length === 0 ? (
        <p className="text-ink-3 text-sm">{t("rules.none")}</p>
      ) : (
        <ul className="flex flex-col gap-2">
          {data.data.slice(0, SHOWN).map((rule) => (
            <RuleLine
              key={rule.id}
              rule={rule}
              metricType={types.find((type) => type.key === rule.metric_type)}
            />
          ))}
        </ul>
      )}
      {more > 0 && (
        <p className="mt-2 text-sm">
          <Link
            to="/rules"
            search={"department_id" in of ? { department_id: [of.department_id] } : {}}
            className="text-ink-2 hover:text-ink hover:underline"
          >
            {t("rules.more", { count: more })}
          </Link>
        </p>
      )}
    </Card>
  );
}

function RuleLine({
  rule,
  metricType,
}: {
  rule: Schemas["Rule"];
  metricType: Schemas["MetricType"] | undefined;
}) {
  const { t, i18n } = useTranslation(["service", "common"]);
  const condition = t("rules.condition", {
    metric: metricType?.name ?? rule.metric_type,
    operator: t(`common:operator.${rule.operator}`),
    threshold: withUnit(rule.threshold, metricType?.unit ?? "", i18n.language),
  });
  return (
    <li className="flex gap-2 text-sm">
      <SeverityIcon severity={rule.severity} className="mt-0.5" />
      <span className="sr-only">{t(`common:severity.${rule.severity}`)}</span>
      <div className="min-w-0 flex-1">
        <Link
          to="/rules/$id"
          params={{ id: rule.id }}
          className="foreign line-clamp-2 font-medium hover:underline"
        >
          {rule.name}
        </Link>
        <p className="foreign text-ink-2 text-xs">{condition}</p>
      </div>
      {!rule.enabled && <span className="shrink-0 text-ink-3">{t("rules.off")}</span>}
    </li>
  );
}
