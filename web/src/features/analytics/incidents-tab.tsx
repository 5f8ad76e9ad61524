import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { incidentStatisticsQuery } from "~/api/queries/analytics.ts";
import { whole } from "~/lib/number.ts";
import { duration, SECOND } from "~/lib/time.ts";
import { Skeleton } from "~/ui/state.tsx";
import { FlowPanel } from "./flow-panel.tsx";
import { GroupsPanel } from "./groups-panel.tsx";
import { HoursPanel } from "./hours-panel.tsx";
import { incidentFilters, rangeIn } from "./params.ts";
import type { TabProps } from "./props.ts";
import { RulesPanel } from "./rules-panel.tsx";
import { TookPanel } from "./took-panel.tsx";

/** How incidents went: how many, how long they took, whose they were, and when they come. */
export function IncidentsTab({ search, onChange }: TabProps) {
  const of = { ...incidentFilters(search), ...(search.bucket ? { bucket: search.bucket } : {}) };
  const all = useQuery(incidentStatisticsQuery(of, rangeIn(search)));
  return (
    <>
      <Numbers answer={all.data} />
      <div className="grid items-start gap-4 xl:grid-cols-2">
        <div className="grid min-w-0 gap-4">
          <FlowPanel search={search} onChange={onChange} />
          <GroupsPanel search={search} onChange={onChange} />
        </div>
        <div className="grid min-w-0 gap-4">
          <TookPanel search={search} onChange={onChange} query={all} of={of} />
          <HoursPanel search={search} onChange={onChange} />
          <RulesPanel search={search} onChange={onChange} />
        </div>
      </div>
    </>
  );
}

/** The four numbers of the span. */
function Numbers({ answer }: { answer: Schemas["IncidentStatistics"] | undefined }) {
  const { t, i18n } = useTranslation("analytics");
  const [all] = answer?.data ?? [];
  const count = (value: number | undefined) =>
    value === undefined ? undefined : <Big>{whole(value, i18n.language)}</Big>;
  return (
    <section aria-label={t("numbers.title")} className="rounded-lg border bg-surface">
      <dl className="grid grid-cols-2 gap-x-4 gap-y-4 p-4 lg:grid-cols-[auto_auto_1fr_1fr] lg:gap-x-12">
        <Fact name={t("numbers.opened")} value={count(answer?.meta.opened)} />
        <Fact name={t("numbers.closed")} value={count(answer?.meta.closed)} />
        <Fact name={t("numbers.mtta")} value={answer && <Took took={all?.mtta} />} />
        <Fact name={t("numbers.mttr")} value={answer && <Took took={all?.mttr} />} />
      </dl>
    </section>
  );
}

function Fact({ name, value }: { name: string; value: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-ink-2 text-sm">{name}</dt>
      <dd>{value ?? <Skeleton className="mt-1 h-8 w-24" />}</dd>
    </div>
  );
}

function Big({ children }: { children: React.ReactNode }) {
  return <span className="tabular block font-semibold text-2xl leading-tight">{children}</span>;
}

function Took({ took }: { took: Schemas["DurationsBody"] | null | undefined }) {
  const { t, i18n } = useTranslation("analytics");
  const text = (seconds: number) => duration(seconds * SECOND, i18n.language);
  if (!took) return <span className="text-ink-3 text-sm">{t("numbers.none")}</span>;
  return (
    <>
      <Big>{text(took.mean_seconds)}</Big>
      <span className="tabular block text-ink-3 text-xs">{t("numbers.of", { count: took.count })}</span>
      <span className="tabular block text-ink-3 text-xs">
        {t("numbers.spread", { p50: text(took.p50_seconds), p95: text(took.p95_seconds) })}
      </span>
    </>
  );
}
