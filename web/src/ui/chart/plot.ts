import type uPlot from "uplot";
import { compact, tickTexts, withUnit } from "~/lib/number.ts";
import { drawBands, drawMarkers, drawThresholds } from "./marks.ts";
import {
  type Aligned,
  type ChartBand,
  type ChartMarker,
  type ChartSeries,
  type ChartThreshold,
  nearest,
  padded,
  unitsOf,
} from "./model.ts";
import { timeTexts } from "./ticks.ts";

/** The six colours of lines, as CSS variables; a seventh line begins anew, dashed. */
export const colours = [1, 2, 3, 4, 5, 6].map((number) => `--series-${number}`);

/** The colour of a line, as a CSS variable. */
export function colourOf(line: ChartSeries, index: number): string {
  if (line.faint && line.colour === undefined) return "--ink-3";
  return colours[(line.colour ?? index) % colours.length] ?? "--series-1";
}

/** Whether a line is dashed, so that it is told apart from another of its colour. */
export function isDashed(line: ChartSeries, index: number): boolean {
  return line.faint === true || (line.colour ?? index) >= colours.length;
}

/** What is drawn. The plot reads it anew at each drawing, so that it can be changed without a new plot. */
export type Scene = {
  series: readonly ChartSeries[];
  aligned: Aligned;
  hidden: ReadonlySet<string>;
  thresholds: readonly ChartThreshold[];
  bands: readonly ChartBand[];
  markers: readonly ChartMarker[];
  /** The span of the axis in milliseconds, whether or not there are points at its ends. */
  span: { from: number; to: number };
  language: string;
};

/** The units that have an axis: of the lines that are shown, else of all. */
export function shownUnits({ series, hidden, thresholds }: Scene): string[] {
  const shown = series.filter((line) => !hidden.has(line.name));
  return unitsOf(shown.length > 0 ? shown : series, thresholds);
}

/** What the plot tells. */
export type Listeners = {
  /** The index on the axis under the crosshair, or null, and where it stands. */
  hover: (index: number | null, left: number) => void;
  zoom: (from: number, to: number) => void;
};

/** The colours and the font of the page as it is now; a canvas must be told them. */
export function pageStyle() {
  const style = getComputedStyle(document.documentElement);
  return {
    colour: (name: string) => style.getPropertyValue(name).trim(),
    font: (size: number) => `${size}px ${style.getPropertyValue("--font-sans") || "system-ui, sans-serif"}`,
  };
}

/** The data as uPlot takes it. Without any point it still needs an axis to draw. */
export function dataOf({ aligned, span }: Scene): uPlot.AlignedData {
  if (aligned.xs.length === 0) {
    return [[span.from / 1_000, span.to / 1_000], ...aligned.ys.map(() => [null, null])];
  }
  return [aligned.xs, ...aligned.ys];
}

/** Makes the options of uPlot for a scene. */
export function options(
  scene: () => Scene,
  size: { width: number; height: number },
  sync: string | undefined,
  zooms: boolean,
  listeners: Listeners,
): uPlot.Options {
  const { colour, font } = pageStyle();
  const { series, thresholds, language, hidden } = scene();
  const grid = { stroke: colour("--line"), width: 1 };
  const scaleOf = (unit: string): [string, uPlot.Scale] => [
    unit || "value",
    {
      range: (_, low, high) => {
        const marks = scene().thresholds.filter((each) => each.unit === unit);
        return padded(
          low,
          high,
          marks.map((each) => each.value),
        );
      },
    },
  ];
  const valueAxis = (unit: string, index: number): uPlot.Axis => ({
    scale: unit || "value",
    side: index === 0 ? 3 : 1,
    stroke: colour("--ink-3"),
    font: font(11),
    size: (_, texts) => Math.max(46, 14 + 6.2 * Math.max(0, ...(texts ?? []).map((text) => text.length))),
    space: 36,
    grid: index === 0 ? grid : { show: false },
    ticks: { show: false },
    values: (_, ticks) => axisTexts(ticks, unit, language),
  });
  return {
    ...size,
    padding: [14, 8, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true, range: () => [scene().span.from / 1_000, scene().span.to / 1_000] },
      ...Object.fromEntries(unitsOf(series, thresholds).map(scaleOf)),
    },
    axes: [
      {
        stroke: colour("--ink-3"),
        font: font(11),
        grid: { show: false },
        ticks: { stroke: colour("--line"), width: 1, size: 4 },
        gap: 4,
        size: 40,
        space: 64,
        values: (_, ticks, __, ___, step) => timeTexts(ticks, step, Date.now(), language),
      },
      ...shownUnits(scene()).slice(0, 2).map(valueAxis),
    ],
    series: [
      {},
      ...series.map(
        (line, index): uPlot.Series => ({
          label: line.name,
          scale: line.unit || "value",
          show: !hidden.has(line.name),
          stroke: colour(colourOf(line, index)),
          width: line.faint ? 1.25 : 1.75,
          alpha: line.faint ? 0.75 : 1,
          ...(isDashed(line, index) ? { dash: [4, 4] } : {}),
          points: {
            show: () => (scene().aligned.alone[index] ?? []).length > 0,
            filter: () => scene().aligned.alone[index] ?? [],
            fill: colour("--surface"),
            size: 5,
          },
          spanGaps: false,
        }),
      ),
    ],
    cursor: {
      y: false,
      drag: { x: zooms, y: false, setScale: false },
      points: {
        size: 7,
        width: 2,
        fill: (_, index) => {
          const line = series[index - 1];
          return line ? colour(colourOf(line, index - 1)) : "transparent";
        },
      },
      // A line that says nothing at this very instant shows its nearest value.
      dataIdx: (_, line, index) => nearest(scene().aligned, line - 1, index) ?? index,
      ...(sync ? { sync: { key: sync, scales: ["x", null], filters: { pub: isMove } } } : {}),
    },
    hooks: {
      drawClear: [(plot) => drawBands(plot, scene().bands, colour, font)],
      draw: [
        (plot) => drawThresholds(plot, scene().thresholds, language, colour, font),
        (plot) => drawMarkers(plot, scene().markers, colour),
      ],
      setCursor: [
        (plot) => {
          const { idx, left = -1 } = plot.cursor;
          const inside = typeof idx === "number" && left >= 0 && scene().aligned.xs.length > 0;
          listeners.hover(inside ? idx : null, left);
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width === 0) return;
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          if (width < 6) return;
          listeners.zoom(plot.posToVal(left, "x") * 1_000, plot.posToVal(left + width, "x") * 1_000);
        },
      ],
    },
  };
}

/** The texts of a value axis; a long unit stands only at the highest tick. */
function axisTexts(ticks: number[], unit: string, language: string): string[] {
  const texts = tickTexts(ticks, unit, language);
  if (unit.length <= 2) return texts;
  return [...tickTexts(ticks, "", language).slice(0, -1), ...texts.slice(-1)];
}

/** Charts share the crosshair, not the drag: one of them zooms. */
function isMove(type: string): boolean {
  return type === "mousemove" || type === "mouseleave";
}

/** What the hover box says of one line. */
export function valueText(value: number | null | undefined, unit: string, language: string): string {
  return value === null || value === undefined ? "–" : withUnit(value, unit, language);
}

/** A number for the legend. */
export function legendText(value: number, unit: string, language: string): string {
  return unit ? withUnit(value, unit, language) : compact(value, language);
}
