import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { notificationsQuery } from "~/api/queries/notifications.ts";
import { Card } from "~/ui/card.tsx";
import { Failure, Skeleton } from "~/ui/state.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { useDepartmentNames } from "./known.ts";

const SHOWN = 6;

/** Which departments were told what, newest first. */
export function ToldCard({ incident }: { incident: Schemas["Incident"] }) {
  const { t } = useTranslation(["incident", "common"]);
  const departmentName = useDepartmentNames();
  const told = useQuery(notificationsQuery({ incident_id: [incident.id], limit: SHOWN }));
  const more = (told.data?.meta.total ?? 0) - SHOWN;
  return (
    <Card title={t("told.title")}>
      {!told.data && told.isError && <Failure error={told.error} onRetry={told.refetch} />}
      {!told.data && !told.isError && <Skeleton className="h-12" />}
      {told.data?.data.length === 0 && <p className="text-ink-2 text-sm">{t("told.nobody")}</p>}
      <ul className="flex flex-col gap-2 text-sm">
        {told.data?.data.map((each) => (
          <li key={each.id} className="flex flex-wrap items-baseline justify-between gap-x-3">
            <span className="foreign min-w-0">
              {departmentName(each.department_id) ?? t("facts.departmentGone")}
              <span className="text-ink-2"> · {t(`told.kind.${each.kind}`)}</span>
            </span>
            <TimeAgo at={each.created_at} className="text-ink-3 text-xs" />
          </li>
        ))}
      </ul>
      {more > 0 && <p className="mt-2 text-ink-3 text-xs">{t("told.more", { count: more })}</p>}
    </Card>
  );
}
