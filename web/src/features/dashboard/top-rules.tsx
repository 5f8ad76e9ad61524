import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Range } from "~/lib/range.ts";
import { Card } from "~/ui/card.tsx";
import { SeverityIcon } from "~/ui/severity.tsx";
import { Failure, Skeleton } from "~/ui/state.tsx";
import { topRulesQuery } from "./queries.ts";

/** The rules that opened most incidents in the range. */
export function TopRules({ range }: { range: Range }) {
  const { t } = useTranslation(["dashboard", "common"]);
  const { data, error, refetch } = useQuery(topRulesQuery(range));
  const most = data?.[0]?.incident_count ?? 1;
  return (
    <Card title={t("rules.title")}>
      {error && !data ? (
        <Failure error={error} onRetry={refetch} />
      ) : !data ? (
        <Skeleton className="h-36" />
      ) : data.length === 0 ? (
        <p className="text-ink-3 text-sm">{t("rules.none")}</p>
      ) : (
        <ol className="flex flex-col gap-2.5">
          {data.map((rule) => (
            <li key={rule.rule_id}>
              <div className="flex items-center gap-2 text-sm">
                <SeverityIcon severity={rule.severity} />
                <span className="sr-only">{t(`common:severity.${rule.severity}`)}</span>
                <Link
                  to="/rules/$id"
                  params={{ id: rule.rule_id }}
                  title={rule.rule_name}
                  className="min-w-0 flex-1 truncate font-medium hover:underline"
                >
                  {rule.rule_name}
                </Link>
                <span className="tabular shrink-0 text-ink-2">
                  {t("rules.incidents", { count: rule.incident_count })}
                </span>
              </div>
              <div aria-hidden className="mt-1 ml-6 h-1 rounded-full bg-sunken">
                <div
                  className="h-1 rounded-full bg-line-strong"
                  style={{ width: `${(rule.incident_count / most) * 100}%` }}
                />
              </div>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
