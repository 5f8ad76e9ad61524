import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import type { Range } from "~/lib/range.ts";
import { Card } from "~/ui/card.tsx";
import { SeverityIcon } from "~/ui/severity.tsx";
import { Failure, Skeleton } from "~/ui/state.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { latestHappeningsQuery } from "./queries.ts";

/** What happened last, across all incidents. */
export function Latest({ range }: { range: Range }) {
  const { t } = useTranslation(["dashboard", "common"]);
  const { data, error, refetch } = useQuery(latestHappeningsQuery(range));
  return (
    <Card
      title={t("latest.title")}
      aside={
        <Link to="/incidents" className="text-ink-2 text-sm hover:text-ink hover:underline">
          {t("latest.all")}
        </Link>
      }
    >
      {error && !data ? (
        <Failure error={error} onRetry={refetch} />
      ) : !data ? (
        <Skeleton className="h-64" />
      ) : data.length === 0 ? (
        <p className="text-ink-3 text-sm">{t("latest.none")}</p>
      ) : (
        <ol className="flex flex-col gap-3">
          {data.map((happening) => (
            <li key={happening.id} className="appear flex gap-2 text-sm">
              <SeverityIcon severity={happening.severity} className="mt-0.5" />
              <span className="sr-only">{t(`common:severity.${happening.severity}`)}</span>
              <div className="min-w-0 flex-1">
                <div className="flex items-baseline justify-between gap-2">
                  <p className="foreign min-w-0">
                    <Link
                      to="/incidents/$key"
                      params={{ key: happening.incident_key }}
                      className="font-medium hover:underline"
                    >
                      {happening.incident_key}
                    </Link>{" "}
                    {wordsOf(happening, t)}
                    {happening.actor && (
                      <span className="text-ink-3"> {t("latest.by", { actor: happening.actor })}</span>
                    )}
                  </p>
                  <TimeAgo
                    at={happening.created_at}
                    className="tabular shrink-0 whitespace-nowrap text-ink-3 text-xs"
                  />
                </div>
                <p className="truncate text-ink-2 text-xs" title={happening.title}>
                  {happening.title}
                </p>
              </div>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

/** What happened, in words that follow the incident's key. */
function wordsOf({ kind, new_value }: Schemas["Happening"], t: TFunction<["dashboard", "common"]>): string {
  const value = new_value ?? "";
  switch (kind) {
    case "STATUS_CHANGED":
      return t("latest.STATUS_CHANGED", { value: t(`common:status.${value as "OPEN"}`) });
    case "SEVERITY_CHANGED":
      return t("latest.SEVERITY_CHANGED", { value: t(`common:severity.${value as "LOW"}`) });
    case "ASSIGNED":
      return value ? t("latest.ASSIGNED", { value }) : t("latest.UNASSIGNED");
    default:
      return t(`latest.${kind}`);
  }
}
