import { useQuery } from "@tanstack/react-query";
import { useLocation, useNavigate, useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { incidentQuery } from "~/api/queries/incidents.ts";
import { useHotkeys } from "~/lib/hotkeys.ts";
import { useNow } from "~/lib/now.ts";
import { Card } from "~/ui/card.tsx";
import { Page } from "~/ui/page.tsx";
import { PageFailure } from "~/ui/page-state.tsx";
import { Skeleton } from "~/ui/state.tsx";
import { ConfirmClose } from "./bulk-bar.tsx";
import { Badges, MainButton, MoreMenu, StickyBar } from "./detail-header.tsx";
import { FactsCard } from "./facts-card.tsx";
import { useMetrics } from "./known.ts";
import { RelatedCard } from "./related-card.tsx";
import { sentence } from "./sentence.ts";
import type { Zoom } from "./spans.ts";
import { StreamCard } from "./stream-card.tsx";
import { ToldCard } from "./told-card.tsx";
import { useChange } from "./use-change.ts";

const OffendingChart = lazy(() => import("./offending-chart.tsx"));

declare module "@tanstack/react-router" {
  interface HistoryState {
    /** Whether one step back is the list of incidents, with its filters. */
    fromList?: boolean;
  }
}

/** An incident: what happened, how it looks, who did and said what, and what is to be done next. */
export function DetailPage({ id, zoom }: { id: string; zoom: Zoom }) {
  const incident = useQuery(incidentQuery(id));
  if (incident.data) return <Detail key={incident.data.id} id={id} incident={incident.data} zoom={zoom} />;
  if (incident.isError) return <PageFailure error={incident.error} reset={() => incident.refetch()} />;
  return <DetailSkeleton id={id} />;
}

function Detail({ id, incident, zoom }: { id: string; incident: Schemas["Incident"]; zoom: Zoom }) {
  const { t, i18n } = useTranslation(["incident", "common"]);
  const now = useNow();
  const metric = useMetrics()(incident.metric_type);
  const { change, pending } = useChange(id);
  const navigate = useNavigate();
  const router = useRouter();
  const fromList = useLocation({ select: (location) => location.state.fromList === true });
  const composer = useRef<HTMLTextAreaElement>(null);
  const [closing, setClosing] = useState(false);
  // Closing what is still violated says something else than "it is over".
  const close = () => (incident.recovered_at ? change({ status: "CLOSED" }) : setClosing(true));
  const actions = {
    pending,
    onAcknowledge: () => change({ status: "IN_PROGRESS" }),
    onClose: close,
    onOpen: () => change({ status: "OPEN" }),
  };
  const back = () => {
    if (fromList) router.history.back();
    else navigate({ to: "/incidents" });
  };
  useHotkeys({
    a: () => incident.status === "OPEN" && actions.onAcknowledge(),
    c: () => incident.status !== "CLOSED" && close(),
    m: (event) => {
      event.preventDefault();
      composer.current?.focus();
    },
    Escape: back,
  });
  return (
    <Page
      name={incident.key}
      title={
        <>
          <span className="tabular mr-1 text-ink-3">{incident.key}</span>{" "}
          {sentence(incident, metric, t, i18n.language, now)}
        </>
      }
      actions={
        <>
          <MainButton incident={incident} {...actions} className="max-md:hidden" />
          <MoreMenu incident={incident} {...actions} />
        </>
      }
    >
      <Badges incident={incident} onChange={change} />
      <div className="grid min-w-0 grid-cols-1 items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <Suspense fallback={<ChartSkeleton />}>
            <OffendingChart id={id} incident={incident} metric={metric} zoom={zoom} />
          </Suspense>
          <StreamCard id={id} incident={incident} metric={metric} composer={composer} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <FactsCard incident={incident} metric={metric} onChange={change} />
          <RelatedCard incident={incident} />
          <ToldCard incident={incident} />
        </div>
      </div>
      <StickyBar incident={incident} {...actions} />
      <ConfirmClose
        incidents={[incident]}
        open={closing}
        onClose={() => setClosing(false)}
        onConfirm={() => change({ status: "CLOSED" })}
      />
    </Page>
  );
}

function ChartSkeleton() {
  const { t } = useTranslation("incident");
  return (
    <Card title={t("chart.title")}>
      <Skeleton className="h-[284px] w-full" />
    </Card>
  );
}

function DetailSkeleton({ id }: { id: string }) {
  const { t } = useTranslation("incident");
  return (
    <Page
      name={id}
      title={
        <span className="flex items-center gap-2">
          <span className="sr-only">{t("loading")}</span>
          <Skeleton className="h-6 w-[min(36rem,80vw)]" />
        </span>
      }
    >
      <Skeleton className="h-8 w-72" />
      <div className="grid grid-cols-1 items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <ChartSkeleton />
        <Card title={t("facts.title")}>
          <Skeleton className="h-80 w-full" />
        </Card>
      </div>
    </Page>
  );
}
