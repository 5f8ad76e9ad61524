import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CloudOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ApiError } from "~/api/problem.ts";
import { type System, systemQuery } from "~/api/queries/system.ts";
import { timeFormat } from "~/lib/format.ts";
import { whole } from "~/lib/number.ts";
import { Card, Facts } from "~/ui/card.tsx";
import { Page } from "~/ui/page.tsx";
import { Failure, Skeleton } from "~/ui/state.tsx";
import { AnalyticsCard } from "./analytics-card.tsx";
import { ParkedCard } from "./parked-card.tsx";
import { TroubleList } from "./trouble-list.tsx";
import { troublesOf } from "./troubles.ts";
import { WorkersCard } from "./workers-card.tsx";

/** How this installation stands, in words first: what is wrong, since when, what it means. */
export function SystemPage() {
  const { t, i18n } = useTranslation("system");
  const { data, error, refetch, dataUpdatedAt } = useQuery(systemQuery());
  const at = timeFormat(i18n.language, { timeStyle: "medium", hourCycle: "h23" }).format(dataUpdatedAt);
  return (
    <Page
      name={t("title")}
      actions={
        data && !error && <span className="tabular text-ink-3 text-sm">{t("asOf", { time: at })}</span>
      }
    >
      {error && data && <Stale at={at} error={error} />}
      {error && !data ? (
        <Card>
          <Failure error={error} onRetry={refetch} />
        </Card>
      ) : data ? (
        <State system={data} />
      ) : (
        <Loading />
      )}
    </Page>
  );
}

function State({ system }: { system: System }) {
  const { t, i18n } = useTranslation("system");
  const troubles = troublesOf(system);
  return (
    <>
      <div role="status">
        {troubles.length === 0 ? (
          <p className="flex items-center gap-2 rounded-lg border bg-good-soft px-4 py-3 font-medium text-lg">
            <CircleCheck aria-hidden className="size-5 shrink-0 text-good" />
            {t("fine")}
          </p>
        ) : (
          <h2 className="font-semibold text-lg">{t("trouble", { count: troubles.length })}</h2>
        )}
      </div>
      <TroubleList troubles={troubles} />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_26rem]">
        <div className="grid min-w-0 gap-4">
          <WorkersCard consumers={system.consumers} failing={system.failing} />
          <ParkedCard parked={system.parked} />
        </div>
        <div className="grid min-w-0 items-start gap-4 md:grid-cols-2 xl:grid-cols-1">
          <AnalyticsCard analytics={system.analytics} />
          <Card title={t("facts.title")}>
            <Facts
              facts={[
                [t("facts.version"), system.version],
                [t("facts.database"), system.database],
                [t("facts.head"), whole(system.log.head, i18n.language)],
                [t("facts.entries"), whole(system.log.entries, i18n.language)],
              ]}
            />
          </Card>
        </div>
      </div>
    </>
  );
}

/** The server does not answer now; what was true last stays on the page. */
function Stale({ at, error }: { at: string; error: Error }) {
  const { t } = useTranslation("system");
  return (
    <div role="alert" className="flex items-start gap-2 rounded-lg border bg-high-soft px-4 py-3">
      <CloudOff aria-hidden className="mt-0.5 size-5 shrink-0 text-high" />
      <div className="min-w-0">
        <p className="font-medium">{t("stale", { time: at })}</p>
        {error instanceof ApiError && error.message && (
          <p className="foreign text-ink-2 text-sm">{error.message}</p>
        )}
      </div>
    </div>
  );
}

function Loading() {
  return (
    <>
      <Skeleton className="h-13 w-full rounded-lg" />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_26rem]">
        <Skeleton className="h-64 w-full rounded-lg" />
        <Skeleton className="h-64 w-full rounded-lg" />
      </div>
    </>
  );
}
