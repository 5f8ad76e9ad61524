import type uPlot from "uplot";
import { compact, withUnit } from "~/lib/number.ts";
import type { ChartBand, ChartMarker, ChartSeries, ChartThreshold } from "./model.ts";
import { unitsOf } from "./model.ts";

/** The six colours of lines, as CSS variables; a seventh line begins anew, dashed. */
export const colours = [1, 2, 3, 4, 5, 6].map((number) => `--series-${number}`);

/** What is drawn and how. */
export type Drawing = {
  series: readonly ChartSeries[];
  hidden: ReadonlySet<string>;
  thresholds: readonly ChartThreshold[];
  bands: readonly ChartBand[];
  markers: readonly ChartMarker[];
  /** The span of the axis in milliseconds, whether or not there are points at its ends. */
  span: { from: number; to: number };
  width: number;
  height: number;
  language: string;
  /** Charts with the same name share their crosshair. */
  sync: string | undefined;
  zoom: ((from: number, to: number) => void) | undefined;
  /** Called with the index on the axis under the pointer, or null. */
  hover: (index: number | null, left: number) => void;
};

/** Makes the options of uPlot for a drawing. Colours are read from the page, so that the theme decides. */
export function options(drawing: Drawing): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const font = `11px ${style.getPropertyValue("--font-sans") || "system-ui, sans-serif"}`;
  const { series, thresholds, language, span } = drawing;
  const units = unitsOf(series, thresholds);
  const grid = { stroke: colour("--line"), width: 1 };
  const valueAxes = units.slice(0, 2).map(
    (unit, index): uPlot.Axis => ({
      scale: unit || "value",
      side: index === 0 ? 3 : 1,
      stroke: colour("--ink-3"),
      font,
      size: 62,
      grid: index === 0 ? grid : { show: false },
      ticks: { show: false },
      values: (_, ticks) => ticks.map((tick) => withUnit(tick, unit, language)),
    }),
  );
  const scales = Object.fromEntries(
    units.map((unit): [string, uPlot.Scale] => [
      unit || "value",
      {
        range: (_, low, high) =>
          padded(
            low,
            high,
            thresholds.filter((each) => each.unit === unit),
          ),
      },
    ]),
  );
  return {
    width: drawing.width,
    height: drawing.height,
    padding: [10, 8, 0, 0],
    legend: { show: false },
    scales: { x: { time: true, range: () => [span.from / 1_000, span.to / 1_000] }, ...scales },
    axes: [
      {
        stroke: colour("--ink-3"),
        font,
        grid: { show: false },
        ticks: { show: false },
        size: 28,
        values: times(language),
      },
      ...valueAxes,
    ],
    series: [
      {},
      ...series.map(
        (line, index): uPlot.Series => ({
          label: line.name,
          scale: line.unit || "value",
          show: !drawing.hidden.has(line.name),
          stroke: colour(line.faint ? "--ink-3" : (colours[index % colours.length] ?? "--series-1")),
          width: line.faint ? 1 : 1.75,
          ...(line.faint || index >= colours.length ? { dash: [4, 4] } : {}),
          points: { show: line.points.length <= 2, size: 5 },
          spanGaps: false,
        }),
      ),
    ],
    cursor: {
      y: false,
      drag: { x: drawing.zoom !== undefined, y: false, setScale: false },
      points: { size: 7, width: 2 },
      ...(drawing.sync ? { sync: { key: drawing.sync } } : {}),
    },
    hooks: {
      drawClear: [(plot) => drawBands(plot, drawing, colour)],
      draw: [
        (plot) => drawThresholds(plot, drawing, colour, font),
        (plot) => drawMarkers(plot, drawing, colour),
      ],
      setCursor: [(plot) => drawing.hover(plot.cursor.idx ?? null, plot.cursor.left ?? 0)],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 4) return;
          const from = plot.posToVal(left, "x") * 1_000;
          const to = plot.posToVal(left + width, "x") * 1_000;
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          drawing.zoom?.(from, to);
        },
      ],
    },
  };
}

/** A scale that holds the values and the thresholds, begins at zero where that is near, and leaves some air. */
function padded(
  low: number | null,
  high: number | null,
  thresholds: readonly ChartThreshold[],
): [number, number] {
  const marks = thresholds.map((each) => each.value);
  const least = Math.min(low ?? Number.POSITIVE_INFINITY, ...marks);
  const most = Math.max(high ?? Number.NEGATIVE_INFINITY, ...marks);
  if (!Number.isFinite(least) || !Number.isFinite(most)) return [0, 1];
  const air = (most - least || Math.abs(most) || 1) * 0.08;
  const floor = least >= 0 && least <= (most - least) * 2 ? 0 : least - air;
  return [floor, most + air];
}

function times(language: string): uPlot.Axis["values"] {
  return (_, ticks, __, ___, step) => {
    const format = new Intl.DateTimeFormat(language, {
      ...(step >= 86_400 ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit" }),
      ...(step < 60 ? { second: "2-digit" } : {}),
    });
    const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
    let before = "";
    return ticks.map((tick) => {
      const date = new Date(tick * 1_000);
      const midnight =
        step < 86_400 && date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
      const text = midnight ? day.format(date) : format.format(date);
      const shown = text === before ? "" : text;
      before = text;
      return shown;
    });
  };
}

type Colour = (name: string) => string;

function drawBands(plot: uPlot, { bands }: Drawing, colour: Colour): void {
  const { ctx, bbox } = plot;
  ctx.save();
  for (const band of bands) {
    const left = Math.max(bbox.left, plot.valToPos(band.from / 1_000, "x", true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(band.to / 1_000, "x", true));
    if (right < bbox.left || left > bbox.left + bbox.width) continue;
    ctx.fillStyle = colour("--critical-soft");
    ctx.fillRect(left, bbox.top, Math.max(right - left, 2), bbox.height);
  }
  ctx.restore();
}

function drawThresholds(plot: uPlot, { thresholds, language }: Drawing, colour: Colour, font: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  for (const { label, value, unit, severity } of thresholds) {
    const y = plot.valToPos(value, unit || "value", true);
    if (!(y >= bbox.top && y <= bbox.top + bbox.height)) continue;
    ctx.strokeStyle = colour(`--${(severity ?? "CRITICAL").toLowerCase()}`);
    ctx.fillStyle = ctx.strokeStyle;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.font = font.replace("11px", `${11 * devicePixelRatio}px`);
    ctx.textAlign = "right";
    ctx.fillText(
      `${label} ${withUnit(value, unit, language)}`,
      bbox.left + bbox.width - 4,
      y - 4 * devicePixelRatio,
    );
  }
  ctx.restore();
}

function drawMarkers(plot: uPlot, { markers }: Drawing, colour: Colour): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour("--ink-3");
  ctx.fillStyle = colour("--ink-2");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  const size = 5 * devicePixelRatio;
  for (const { at } of markers) {
    const x = plot.valToPos(at / 1_000, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(x - size, bbox.top);
    ctx.lineTo(x + size, bbox.top);
    ctx.lineTo(x, bbox.top + size * 1.4);
    ctx.fill();
  }
  ctx.restore();
}

/** What the hover box says of one line. */
export function valueText(value: number | null | undefined, unit: string, language: string): string {
  return value === null || value === undefined ? "–" : withUnit(value, unit, language);
}

/** A number for the legend. */
export function legendText(value: number, unit: string, language: string): string {
  return unit ? withUnit(value, unit, language) : compact(value, language);
}
