import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { commentsQuery, eventsQuery, incidentChartQuery } from "~/api/queries/incidents.ts";
import { ruleQuery } from "~/api/queries/rules.ts";
import { serviceQuery } from "~/api/queries/services.ts";
import { bucketLength, lineOf } from "~/lib/buckets.ts";
import { cx } from "~/lib/class.ts";
import { useNow } from "~/lib/now.ts";
import { rangeOf } from "~/lib/range.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Card } from "~/ui/card.tsx";
import { Chart, type ChartMarker } from "~/ui/chart/index.ts";
import { Failure, Skeleton } from "~/ui/state.tsx";
import { useEventText } from "./event-text.ts";
import { extremeOf, type Metric } from "./sentence.ts";
import { chartSpan, type Stretch, violated, violationSpan, type Zoom } from "./spans.ts";

const HEIGHT = 260;
const statisticOf = { high: "max", low: "min", other: "p50" } as const;

type Props = { id: string; incident: Schemas["Incident"]; metric: Metric; zoom: Zoom };

/** The offending series with threshold, violation and what people did; dragging zooms, the address keeps the zoom. */
export default function OffendingChart({ id, incident, metric, zoom }: Props) {
  const { t } = useTranslation(["incident", "common"]);
  const navigate = useNavigate();
  const now = useNow();
  const rule = useQuery(ruleQuery(incident.rule_id));
  const events = useInfiniteQuery(eventsQuery(id)).data;
  const comments = useInfiniteQuery(commentsQuery(id)).data;
  const eventText = useEventText(incident, metric);

  const whole = chartSpan(incident, now);
  const zoomed = zoom.from !== undefined && zoom.to !== undefined && zoom.from < zoom.to;
  const live = !zoomed && !incident.closed_at;
  const wanted = zoomed ? { from: zoom.from ?? "", to: zoom.to } : openSpan(whole, live);
  const labels = equalLabels(rule.data);
  const chart = useQuery({
    ...incidentChartQuery(incident, labels, wanted),
    // The labels of the rule decide what is asked for; a deleted rule has none.
    enabled: !rule.isPending,
  });
  const data = chart.data;
  const lines = useMemo(() => {
    const statistic = statisticOf[extremeOf(incident.operator)];
    const line = (name: typeof statistic | "avg", faint: boolean) => ({
      name: t("chart.line", { metric: metric.name, statistic: t(`chart.statistic.${name}`) }),
      unit: metric.unit,
      points: lineOf(data?.data ?? [], name),
      faint,
    });
    return [line(statistic, false), line("avg", true)];
  }, [data, incident.operator, metric.name, metric.unit, t]);
  const thresholds = useMemo(
    () => [
      {
        label: t("common:chart.threshold"),
        value: incident.threshold,
        unit: metric.unit,
        severity: incident.severity,
      },
    ],
    [incident.threshold, incident.severity, metric.unit, t],
  );
  const to = data ? Date.parse(data.meta.to) : now;
  const bands = useMemo(() => {
    const history = events?.pages.flatMap((page) => page.data) ?? [];
    const buckets = data?.data ?? [];
    const step = bucketLength(data?.meta.bucket ?? "");
    return violated(incident, history, buckets, step, to).map((span) => ({
      ...span,
      label: t("common:chart.violated"),
    }));
  }, [incident, events, data, to, t]);
  const markers = useMemo((): ChartMarker[] => {
    const history = events?.pages.flatMap((page) => page.data) ?? [];
    const said = comments?.pages.flatMap((page) => page.data) ?? [];
    return [
      ...history
        .filter((event) => event.actor != null && !event.kind.startsWith("COMMENT_"))
        .map((event) => ({
          at: Date.parse(event.created_at),
          label: `${event.actor} ${eventText(event)}`,
          onOpen: () => showEntry(event.id),
        })),
      ...said.map((comment) => ({
        at: Date.parse(comment.created_at),
        label: t("chart.comment", { name: comment.author }),
        onOpen: () => showEntry(comment.id),
      })),
    ];
  }, [events, comments, eventText, t]);

  const show = (next: Zoom) =>
    navigate({
      to: "/incidents/$key",
      params: { key: id },
      search: next,
      // The way back to the list stays one step.
      state: true,
      replace: true,
      resetScroll: false,
    });
  const around = () => {
    const span = violationSpan(incident, Date.now());
    show(rangeOf(span));
  };
  const explore = zoomed ? { from: wanted.from, to: wanted.to } : rangeOf({ from: whole.from, to: whole.to });
  return (
    <Card
      title={t("chart.title")}
      aside={
        <>
          {zoomed ? (
            <Button size="sm" onClick={() => show({})}>
              {t("chart.whole")}
            </Button>
          ) : (
            <Button size="sm" onClick={around}>
              {t("chart.violation")}
            </Button>
          )}
          <ExploreLink incident={incident} labels={labels} span={explore} />
        </>
      }
    >
      {!data && chart.isError && <Failure error={chart.error} onRetry={chart.refetch} />}
      {!data && !chart.isError && <Skeleton className="h-[284px] w-full" />}
      {data && (
        <div className={cx("transition-opacity", chart.isPlaceholderData && "opacity-60")}>
          <Chart
            name={t("chart.name", { metric: metric.name, service: incident.service_name })}
            series={lines}
            span={{ from: Date.parse(data.meta.from), to }}
            step={bucketLength(data.meta.bucket)}
            thresholds={thresholds}
            bands={bands}
            markers={markers}
            height={HEIGHT}
            onZoom={(from, until) => show(rangeOf({ from, to: until }))}
            {...(zoomed ? { onZoomOut: () => show({}) } : {})}
          />
        </div>
      )}
    </Card>
  );
}

/** Leads to the same series in the page where it can be compared and taken apart. */
function ExploreLink({ incident, labels, span }: Pick<Props, "incident"> & { labels: string[]; span: Zoom }) {
  const { t } = useTranslation("incident");
  const service = useQuery(serviceQuery(incident.service_id)).data;
  if (!service) return null;
  const query = {
    service: service.key,
    metric_type: incident.metric_type,
    statistic: statisticOf[extremeOf(incident.operator)],
    labels: Object.fromEntries(labels.map((label) => label.split(/=(.*)/s, 2))),
  };
  return (
    <Link to="/explore" search={{ q: [query], ...span }} className={buttonClass("ghost", "sm")}>
      {t("chart.explore")}
    </Link>
  );
}

/** The span as the query has it. Its beginning stays the same while time goes by, so that the answer is kept. */
function openSpan(whole: Stretch, live: boolean): { from: string; to: string | undefined } {
  const coarse = Math.floor(whole.from / 60_000) * 60_000;
  return { from: new Date(coarse).toISOString(), to: live ? undefined : new Date(whole.to).toISOString() };
}

/** The labels that the rule demands; those with other operators cannot be asked for. */
function equalLabels(rule: Schemas["Rule"] | undefined): string[] {
  return (rule?.labels ?? [])
    .filter(({ operator, value }) => operator === "=" && value !== "")
    .map(({ name, value }) => `${name}=${value}`);
}

/** Leads from a marker to what it marks in the stream. */
function showEntry(id: string): void {
  document.getElementById(`entry-${id}`)?.scrollIntoView({ block: "center", behavior: "smooth" });
}
