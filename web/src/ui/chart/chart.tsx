import "uplot/dist/uPlot.min.css";
import "./chart.css";
import { type KeyboardEvent, useCallback, useId, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useShownTheme } from "~/lib/theme.ts";
import { HoverBox, readAt, readingText } from "./hover.tsx";
import { indexAfter } from "./keys.ts";
import { Legend } from "./legend.tsx";
import { align, type ChartBand, type ChartMarker, type ChartSeries, type ChartThreshold } from "./model.ts";
import { type Scene, shownUnits } from "./plot.ts";
import { usePlot } from "./use-plot.ts";
import { OutlineTable, Summary } from "./words.tsx";

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
  /** Given when Shift and drag, or Shift and an arrow key, move the span. */
  onPan?: (from: number, to: number) => void;
  /** Takes the canvas of the lines, for `chartPicture`. */
  onReady?: (canvas: HTMLCanvasElement) => void;
  /** The names of hidden lines when the page keeps them; without it the chart does. */
  hidden?: ReadonlySet<string>;
  /** Called when a line is to be hidden or shown; belongs to `hidden`. */
  onToggle?: (name: string) => void;
};

/** A chart of lines over time, drawn by uPlot on a canvas, with legend, crosshair and a summary in words. */
export function Chart(props: Props) {
  const { name, series, step, span, height = 260, sync, onZoom, onZoomOut, onPan, onToggle } = props;
  const { thresholds = none, bands = none, markers = none } = props;
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const theme = useShownTheme();
  const box = useRef<HTMLDivElement>(null);
  const [ownHidden, setOwnHidden] = useState<ReadonlySet<string>>(new Set());
  const hidden = props.hidden ?? ownHidden;
  const [hover, setHover] = useState<{ index: number; left: number } | null>(null);
  const [byKey, setByKey] = useState(false);
  const aligned = useMemo(() => align(series, step), [series, step]);
  const scene: Scene = { series, aligned, hidden, thresholds, bands, markers, span, language };
  const { plot, width } = usePlot(box, {
    scene,
    height,
    sync,
    theme,
    zooms: onZoom !== undefined,
    pans: onPan !== undefined,
    hover: (index, left) => setHover(index === null ? null : { index, left }),
    zoom: (from, to) => onZoom?.(from, to),
    pan: (from, to) => onPan?.(from, to),
    click: (left) => openNear(plot.current?.posToVal(left, "x")),
    ready: (canvas) => props.onReady?.(canvas),
  });
  const perPixel = (span.to - span.from) / Math.max(1, plot.current?.over.clientWidth ?? width);
  const near = 8 * perPixel;
  const openNear = (seconds: number | undefined) => {
    if (seconds === undefined) return;
    const distance = (marker: ChartMarker) => Math.abs(marker.at - seconds * 1_000);
    const close = markers.filter((marker) => marker.onOpen && distance(marker) <= near);
    close.sort((a, b) => distance(a) - distance(b))[0]?.onOpen?.();
  };
  const toggle = useCallback(
    (line: string) => (onToggle ? onToggle(line) : setOwnHidden((before) => toggled(before, line))),
    [onToggle],
  );

  const onKeyDown = (event: KeyboardEvent) => {
    const made = plot.current;
    if (!made || event.ctrlKey || event.metaKey || event.altKey) return;
    const length = span.to - span.from;
    const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const middle = hover ? (aligned.xs[hover.index] ?? 0) * 1_000 : (span.from + span.to) / 2;
    if (event.shiftKey && direction && onPan) {
      onPan(span.from + (direction * length) / 4, span.to + (direction * length) / 4);
    } else if (event.key === "+" && onZoom) {
      onZoom(middle - length / 4, middle + length / 4);
    } else if (event.key === "-" && onZoomOut) {
      onZoomOut();
    } else if (event.key === "Enter" && hover) {
      openNear(aligned.xs[hover.index]);
    } else if (event.key === "Escape" && hover) {
      made.setCursor({ left: -10, top: -10 });
    } else {
      const index = indexAfter(event.key, scene, hover?.index);
      if (index === undefined) return;
      setByKey(true);
      const left = made.valToPos(aligned.xs[index] ?? 0, "x");
      made.setCursor({ left, top: made.over.clientHeight / 2 });
    }
    event.preventDefault();
  };

  const reading = hover ? readAt(scene, hover.index, near) : undefined;
  const empty = series.every((line) => line.points.length === 0);
  const units = shownUnits(scene);
  const id = useId();
  const words = { name, series, span, thresholds, bands, markers };
  return (
    <figure aria-labelledby={`${id}-summary`} className="relative min-w-0">
      <figcaption id={`${id}-summary`} className="sr-only">
        <Summary {...words} />
      </figcaption>
      <div className="relative" style={{ height }}>
        <div
          role="application"
          aria-label={name}
          aria-describedby={`${id}-keys`}
          tabIndex={0}
          ref={box}
          onKeyDown={onKeyDown}
          onBlur={() => byKey && plot.current?.setCursor({ left: -10, top: -10 })}
          onPointerMove={() => setByKey(false)}
          onDoubleClick={onZoomOut}
          className="rounded-md"
        />
        {empty && (
          <p className="pointer-events-none absolute inset-x-0 top-2/5 text-center text-ink-3 text-sm">
            {t("chart.noData")}
          </p>
        )}
        {reading && hover && !empty && (
          <HoverBox
            reading={reading}
            left={hover.left}
            width={width}
            offset={plot.current?.over.offsetLeft ?? 0}
            step={step}
          />
        )}
      </div>
      <p id={`${id}-keys`} className="sr-only">
        {t("chart.keys")}
      </p>
      <p aria-live="polite" className="sr-only">
        {byKey && reading ? readingText(reading, step, language) : ""}
      </p>
      <Legend series={series} hidden={hidden} onToggle={toggle} />
      {units.length > 2 && (
        <p className="mt-1 text-ink-2 text-xs">
          {t("chart.moreUnits", {
            units: units
              .slice(2)
              .map((unit) => unit || "1")
              .join(", "),
          })}
        </p>
      )}
      <OutlineTable name={name} series={series} span={span} />
    </figure>
  );
}

function toggled(set: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(name)) next.add(name);
  return next;
}
