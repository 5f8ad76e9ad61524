import { Dialog } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CloudOff, Minimize } from "lucide-react";
import { useEffect, useEffectEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLiveState } from "~/api/live/index.ts";
import { overviewQuery, type ServiceOverview } from "~/api/queries/overview.ts";
import type { Range } from "~/lib/range.ts";
import { IconButton } from "~/ui/button.tsx";
import { Counts } from "./counts-card.tsx";
import { Headline } from "./headline.tsx";
import { MetricCell } from "./metric-cell.tsx";
import { countsQuery, FALLBACK } from "./queries.ts";
import { State } from "./service-row.tsx";
import { useMetricNames } from "./services-card.tsx";

/** As many as a wall can show; the worst come first. */
const SHOWN = 24;

/** Fills the screen with the page, where the browser allows it. */
export async function fillScreen(): Promise<void> {
  try {
    await document.documentElement.requestFullscreen();
  } catch {
    // Some browsers forbid it; the wall then fills the window.
  }
}

/** The dashboard for a screen on the wall: the sentence, the numbers, the services, and nothing else. */
export function Wall({ range, onLeave }: { range: Range; onLeave: () => void }) {
  const { t } = useTranslation("dashboard");
  const overview = useQuery(overviewQuery({ limit: SHOWN }, range, FALLBACK)).data;
  const summary = useQuery(countsQuery(range)).data;
  const metricNames = useMetricNames();
  const lost = useLiveState().kind === "lost";
  const popup = useRef<HTMLDivElement>(null);
  const leave = useEffectEvent(onLeave);
  const more = overview ? overview.meta.total - overview.data.length : 0;

  // Escape in full screen is the browser's; it tells only that the full screen ended.
  useEffect(() => {
    const changed = () => {
      if (!document.fullscreenElement) leave();
    };
    document.addEventListener("fullscreenchange", changed);
    return () => {
      document.removeEventListener("fullscreenchange", changed);
      if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    };
  }, []);

  return (
    <Dialog.Root open onOpenChange={(open) => !open && onLeave()}>
      <Dialog.Portal>
        <Dialog.Popup
          ref={popup}
          initialFocus={popup}
          className="fixed inset-0 z-30 flex flex-col gap-[2vw] overflow-y-auto bg-page p-[2vw] outline-none"
        >
          <title>{`${t("name")} · Tracely`}</title>
          <div className="flex items-start justify-between gap-[3vw] max-lg:flex-col">
            <Dialog.Title className="min-w-0 flex-1 font-semibold">
              <Headline wall />
            </Dialog.Title>
            <div className="w-[max(24rem,28vw)] max-w-full shrink-0">
              {summary && <Counts summary={summary} wall />}
            </div>
          </div>
          {lost && (
            <p role="alert" className="flex items-center gap-2 text-high text-lg">
              <CloudOff aria-hidden className="size-6" />
              {t("wall.lost")}
            </p>
          )}
          <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(20rem,100%),1fr))] gap-4 2xl:[zoom:1.25]">
            {overview?.data.map((each) => (
              <WallService key={each.service.id} overview={each} metricNames={metricNames} range={range} />
            ))}
          </ul>
          {more > 0 && <p className="text-ink-2 text-lg">{t("wall.more", { count: more })}</p>}
          <IconButton
            label={t("wall.leave")}
            onClick={onLeave}
            className="fixed right-3 bottom-3 bg-raised opacity-40 hover:opacity-100 focus-visible:opacity-100"
          >
            <Minimize aria-hidden />
          </IconButton>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function WallService({
  overview,
  metricNames,
  range,
}: {
  overview: ServiceOverview;
  metricNames: ReadonlyMap<string, string>;
  range: Range;
}) {
  const { service, metrics } = overview;
  return (
    <li className="flex min-w-0 flex-col gap-2 rounded-lg border bg-surface p-4">
      <div className="flex flex-wrap items-start justify-between gap-2">
        <Link
          to="/services/$key"
          params={{ key: service.key }}
          className="foreign line-clamp-2 min-w-0 font-semibold text-xl hover:underline"
        >
          {service.name}
        </Link>
        <State overview={overview} />
      </div>
      <div className="-mx-2 grid grid-cols-2 gap-2">
        {metrics.slice(0, 4).map((metric) => (
          <MetricCell
            key={metric.metric_type}
            service={service}
            metric={metric}
            name={metricNames.get(metric.metric_type) ?? metric.metric_type}
            range={range}
            wall
          />
        ))}
      </div>
    </li>
  );
}
