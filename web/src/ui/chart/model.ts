/** One value at one instant, in milliseconds since the epoch. */
export type ChartPoint = readonly [at: number, value: number];

/** A line of a chart. Its name is its identity: two lines of a chart have different names. */
export type ChartSeries = {
  name: string;
  unit: string;
  points: readonly ChartPoint[];
  /** Drawn thin and dashed behind the others, e.g. the period before. */
  faint?: boolean;
  /** Which of the colours it has; by default the one of its place among the lines. */
  colour?: number;
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
export type ChartMarker = {
  at: number;
  label: string;
  /** What a click on it does, or Enter when the crosshair stands there. */
  onOpen?: () => void;
};

/** What uPlot draws: one shared axis of instants in seconds, and the values of each line there. */
export type Aligned = {
  xs: number[];
  ys: (number | null | undefined)[][];
  /** Where a line has a point without neighbours, which no stroke would show. */
  alone: number[][];
  /** How far from an instant, in seconds, a line's value still speaks for it. */
  reach: number[];
};

/**
 * Puts lines on one shared axis. `null` is a gap that breaks a line; `undefined` is an instant of another line, over
 * which a line is drawn. A line has a gap where it says nothing for more than three times its usual step.
 */
export function align(series: readonly ChartSeries[], step: number): Aligned {
  const instants = new Set<number>();
  const steps = series.map((line) => Math.max(step, usualStep(line.points)));
  for (const [index, { points }] of series.entries()) {
    const limit = 3.01 * (steps[index] ?? step);
    let before: number | undefined;
    for (const [at] of points) {
      if (before !== undefined && at - before > limit) instants.add((before + at) / 2);
      instants.add(at);
      before = at;
    }
  }
  const axis = [...instants].sort((a, b) => a - b);
  const ys = series.map(({ points }, index) => along(axis, points, 3.01 * (steps[index] ?? step)));
  return {
    xs: axis.map((at) => at / 1_000),
    ys,
    alone: ys.map(lonely),
    reach: steps.map((each) => each / 2_000),
  };
}

/** The values of one line at every instant of the axis. */
function along(
  axis: readonly number[],
  points: readonly ChartPoint[],
  limit: number,
): (number | null | undefined)[] {
  const values = new Map(points);
  let next = 0;
  return axis.map((at) => {
    while ((points[next]?.[0] ?? Number.POSITIVE_INFINITY) <= at) next += 1;
    const value = values.get(at);
    if (value !== undefined) return value;
    const before = points[next - 1];
    const after = points[next];
    return before && after && after[0] - before[0] > limit ? null : undefined;
  });
}

/** The indices of values whose neighbours, beyond instants of other lines, are gaps or ends. */
function lonely(values: readonly (number | null | undefined)[]): number[] {
  const known = values.flatMap((value, index) =>
    value === undefined ? [] : [{ index, gap: value === null }],
  );
  return known
    .filter(({ gap }, place) => !gap && (known[place - 1]?.gap ?? true) && (known[place + 1]?.gap ?? true))
    .map(({ index }) => index);
}

/** The median distance between neighbours, of two the lesser. */
function usualStep(points: readonly ChartPoint[]): number {
  const steps = points.slice(1).map(([at], index) => at - (points[index]?.[0] ?? at));
  steps.sort((a, b) => a - b);
  return steps[Math.floor((steps.length - 1) / 2)] ?? 0;
}

/**
 * The index of the value of a line that speaks for an instant of the axis: its own, or the nearest within reach.
 * Undefined when the line says nothing there.
 */
export function nearest({ xs, ys, reach }: Aligned, line: number, index: number): number | undefined {
  const values = ys[line] ?? [];
  const at = xs[index];
  if (at === undefined || values[index] === null) return undefined;
  if (values[index] !== undefined) return index;
  const limit = reach[line] ?? 0;
  const near = (candidate: number) => Math.abs((xs[candidate] ?? Number.POSITIVE_INFINITY) - at);
  let found: number | undefined;
  for (const direction of [-1, 1]) {
    let candidate = index + direction;
    while (near(candidate) <= limit && values[candidate] === undefined) candidate += direction;
    if (near(candidate) > limit || typeof values[candidate] !== "number") continue;
    if (found === undefined || near(candidate) < near(found)) found = candidate;
  }
  return found;
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

/** The span in equal parts, each with what every line says in it; for those who cannot see the lines. */
export function outline(
  series: readonly ChartSeries[],
  span: { from: number; to: number },
  parts: number,
): { from: number; figures: (Figures | undefined)[] }[] {
  const length = (span.to - span.from) / parts;
  return Array.from({ length: parts }, (_, part) => {
    const from = span.from + part * length;
    const inside = ([at]: ChartPoint) => at >= from && at < from + length;
    return { from, figures: series.map((line) => figures(line.points.filter(inside))) };
  });
}

/** The units of the lines in order of appearance; each has an axis of its own, the first two are shown. */
export function unitsOf(
  series: readonly { unit: string }[],
  thresholds: readonly { unit: string }[],
): string[] {
  return [...new Set([...series.map((line) => line.unit), ...thresholds.map((each) => each.unit)])];
}

/** A scale that holds the values and the marks, begins at zero where that is near, and leaves some air. */
export function padded(
  low: number | null,
  high: number | null,
  marks: readonly number[],
): [least: number, most: number] {
  const least = Math.min(low ?? Number.POSITIVE_INFINITY, ...marks);
  const most = Math.max(high ?? Number.NEGATIVE_INFINITY, ...marks);
  if (!Number.isFinite(least) || !Number.isFinite(most) || (least === 0 && most === 0)) return [0, 1];
  const extent = Math.min(Number.MAX_VALUE, most - least);
  // Values that differ by no more than their last binary digits are one value.
  const flat = extent <= Math.max(Math.abs(least), Math.abs(most)) * 1e-9;
  const air = flat ? Math.abs(most) * 0.1 : extent * 0.08;
  const floor = least >= 0 && (flat || least <= extent * 2) ? 0 : least - air;
  const ceiling = most <= 0 && (flat || -most <= extent * 2) ? 0 : most + air;
  // Even the length of the scale must be a number.
  return [Math.max(-LARGEST, floor), Math.min(LARGEST, ceiling)];
}

const LARGEST = 8e307;
