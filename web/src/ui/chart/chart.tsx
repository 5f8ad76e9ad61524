import "uplot/dist/uPlot.min.css";
import { useEffect, useEffectEvent, useId, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import { cx } from "~/lib/class.ts";
import { useShownTheme } from "~/lib/theme.ts";
import { clockTime } from "~/lib/time.ts";
import {
  align,
  type ChartBand,
  type ChartMarker,
  type ChartSeries,
  type ChartThreshold,
  figures,
} from "./model.ts";
import { colours, legendText, options, valueText } from "./plot.ts";

const none: never[] = [];

type Props = {
  /** What the chart shows, in words; it begins the summary for screen readers. */
  name: string;
  series: readonly ChartSeries[];
  /** The span of the axis in milliseconds. */
  span: { from: number; to: number };
  /** The usual distance of points in milliseconds, e.g. the width of a bucket. */
  step: number;
  thresholds?: readonly ChartThreshold[];
  bands?: readonly ChartBand[];
  markers?: readonly ChartMarker[];
  height?: number;
  /** Charts with the same name share their crosshair. */
  sync?: string;
  /** Given when dragging zooms. */
  onZoom?: (from: number, to: number) => void;
  /** Given when a double click leads back. */
  onZoomOut?: () => void;
  /** Takes what writes the chart as a picture, for an export button. */
  onReady?: (canvas: HTMLCanvasElement) => void;
};

/** A chart of lines over time, drawn by uPlot on a canvas, with legend, crosshair and a summary in words. */
export function Chart(props: Props) {
  const { series, step, span, height = 260, sync, onZoomOut } = props;
  const { thresholds = none, bands = none, markers = none } = props;
  const { t, i18n } = useTranslation();
  const theme = useShownTheme();
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [hover, setHover] = useState<{ index: number; left: number } | null>(null);
  const aligned = useMemo(() => align(series, step), [series, step]);
  const zoom = useEffectEvent((from: number, to: number) => props.onZoom?.(from, to));
  const ready = useEffectEvent((canvas: HTMLCanvasElement) => props.onReady?.(canvas));
  const zooms = props.onZoom !== undefined;
  const language = i18n.language;
  const { from, to } = span;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme decides colours that are read from the page
  useEffect(() => {
    if (!box.current || width === 0) return;
    const drawing = {
      series,
      hidden,
      thresholds,
      bands,
      markers,
      span: { from, to },
      width,
      height,
      language,
      sync,
      zoom: zooms ? zoom : undefined,
      hover: (index: number | null, left: number) =>
        setHover(index === null || left < 0 ? null : { index, left }),
    };
    const plot = new uPlot(options(drawing), [aligned.xs, ...aligned.ys] as uPlot.AlignedData, box.current);
    ready(plot.ctx.canvas);
    return () => plot.destroy();
  }, [
    aligned,
    series,
    hidden,
    thresholds,
    bands,
    markers,
    from,
    to,
    width,
    height,
    language,
    sync,
    zooms,
    theme,
  ]);

  const empty = series.every((line) => line.points.length === 0);
  const at = hover ? aligned.xs[hover.index] : undefined;
  const summary = useId();
  return (
    <figure aria-labelledby={summary} className="min-w-0">
      <figcaption id={summary} className="sr-only">
        <Summary {...props} />
      </figcaption>
      <div className="relative" style={{ height }}>
        <div
          ref={box}
          aria-hidden
          onDoubleClick={onZoomOut}
          title={zooms ? t("chart.zoomHint") : undefined}
        />
        {empty && (
          <p className="pointer-events-none absolute inset-0 grid place-items-center text-ink-3 text-sm">
            {t("chart.noData")}
          </p>
        )}
        {hover && at !== undefined && !empty && (
          <HoverBox left={hover.left} width={width}>
            <p className="mb-1 text-ink-3">{clockTime(at * 1_000, from, language)}</p>
            {series.map((line, index) =>
              hidden.has(line.name) ? null : (
                <p key={line.name} className="flex items-center gap-2">
                  <Swatch index={index} faint={line.faint} />
                  <span className="min-w-0 flex-1 truncate">{line.name}</span>
                  <span className="tabular font-medium">
                    {valueText(aligned.ys[index]?.[hover.index], line.unit, language)}
                  </span>
                </p>
              ),
            )}
          </HoverBox>
        )}
      </div>
      <ul className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-xs">
        {series.map((line, index) => {
          const sums = figures(line.points);
          const off = hidden.has(line.name);
          return (
            <li key={line.name} className="flex min-w-0 max-w-full items-center gap-2">
              <button
                type="button"
                aria-pressed={!off}
                title={t(off ? "chart.show" : "chart.hide", { name: line.name })}
                onClick={() => setHidden(toggled(hidden, line.name))}
                className={cx("flex min-w-0 items-center gap-2 rounded-sm", off && "opacity-55")}
              >
                <Swatch index={index} faint={line.faint} />
                <span className="truncate font-medium">{line.name}</span>
              </button>
              {sums && (
                <span className="tabular shrink-0 text-ink-3">
                  {(["latest", "min", "max"] as const).map((figure) => (
                    <span key={figure} className="mr-2">
                      {t(`chart.${figure}`)} {legendText(sums[figure], line.unit, language)}
                    </span>
                  ))}
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </figure>
  );
}

function toggled(set: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(name)) next.add(name);
  return next;
}

/** The chart in words. */
function Summary({ name, series, span, bands = none, thresholds = none }: Props) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const time = (instant: number) => clockTime(instant, span.to, language);
  const sentences = series.map((line) => {
    const sums = figures(line.points);
    if (!sums) return t("chart.empty", { name: line.name });
    const text = (value: number) => legendText(value, line.unit, language);
    return t("chart.summary", {
      name: line.name,
      count: sums.count,
      from: time(span.from),
      to: time(span.to),
      latest: text(sums.latest),
      avg: text(sums.avg),
      min: text(sums.min),
      max: text(sums.max),
    });
  });
  const lines = thresholds.map((each) => `${each.label} ${legendText(each.value, each.unit, language)}.`);
  const spans = bands.map((band) => `${band.label}: ${time(band.from)} – ${time(band.to)}.`);
  return <>{[`${name}.`, ...sentences, ...lines, ...spans].join(" ")}</>;
}

/** Beside the crosshair, on the side where there is room, so that it never hides the point. */
function HoverBox({ left, width, children }: { left: number; width: number; children: React.ReactNode }) {
  const onLeft = left > width / 2 - 60;
  return (
    <div
      aria-hidden
      style={onLeft ? { right: width - left - 62 + 14 } : { left: left + 62 + 14 }}
      className="pointer-events-none absolute top-2 z-10 w-max min-w-40 max-w-72 rounded-md border bg-raised p-2 text-xs shadow-pop"
    >
      {children}
    </div>
  );
}

function Swatch({ index, faint }: { index: number; faint?: boolean | undefined }) {
  const colour = faint ? "--ink-3" : colours[index % colours.length];
  return (
    <span
      aria-hidden
      className="h-0.5 w-3.5 shrink-0 rounded-full"
      style={{ background: `var(${colour})` }}
    />
  );
}

function useWidth(box: React.RefObject<HTMLDivElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return width;
}
