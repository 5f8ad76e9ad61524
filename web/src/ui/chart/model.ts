/** One value at one instant, in milliseconds since the epoch. */
export type ChartPoint = readonly [at: number, value: number];

/** A line of a chart. */
export type ChartSeries = {
  name: string;
  unit: string;
  points: readonly ChartPoint[];
  /** Drawn thin and dashed behind the others, e.g. the period before. */
  faint?: boolean;
};

/** A labelled horizontal line. */
export type ChartThreshold = {
  label: string;
  value: number;
  unit: string;
  severity?: "CRITICAL" | "HIGH" | "MEDIUM" | "LOW";
};

/** A span that is shaded, e.g. of a violation. */
export type ChartBand = { from: number; to: number; label: string };

/** An instant with something to tell, e.g. an event of an incident. */
export type ChartMarker = { at: number; label: string };

/** What uPlot draws: one shared axis of instants in seconds, and the values of each line there. */
export type Aligned = { xs: number[]; ys: (number | null | undefined)[][] };

/**
 * Puts lines on one shared axis. `null` is a gap that breaks a line; `undefined` is an instant of another line, over
 * which a line is drawn. A line has a gap where it says nothing for more than three times its usual step.
 */
export function align(series: readonly ChartSeries[], step: number): Aligned {
  const instants = new Set<number>();
  const lines = series.map((line) => {
    const limit = 3.01 * Math.max(step, usualStep(line.points));
    const values = new Map<number, number | null>();
    let before: number | undefined;
    for (const [at, value] of line.points) {
      if (before !== undefined && at - before > limit) values.set(before + (at - before) / 2, null);
      values.set(at, value);
      before = at;
    }
    for (const at of values.keys()) instants.add(at);
    return values;
  });
  const axis = [...instants].sort((a, b) => a - b);
  return { xs: axis.map((at) => at / 1_000), ys: lines.map((values) => axis.map((at) => values.get(at))) };
}

/** The median distance between neighbours. */
function usualStep(points: readonly ChartPoint[]): number {
  const steps = points.slice(1).map(([at], index) => at - (points[index]?.[0] ?? at));
  steps.sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 0;
}

/** What a legend says of a line. */
export type Figures = { latest: number; min: number; max: number; avg: number; count: number };

/** Sums up a line; undefined when it has no point. */
export function figures(points: readonly ChartPoint[]): Figures | undefined {
  const last = points.at(-1);
  if (!last) return undefined;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const [, value] of points) {
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  return { latest: last[1], min, max, avg: sum / points.length, count: points.length };
}

/** The units of the lines in order of appearance; each has an axis of its own, the first two are shown. */
export function unitsOf(series: readonly ChartSeries[], thresholds: readonly ChartThreshold[]): string[] {
  return [...new Set([...series.map((line) => line.unit), ...thresholds.map((each) => each.unit)])];
}
