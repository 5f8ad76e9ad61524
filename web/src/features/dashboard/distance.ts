/** A threshold as far as its distance needs it. */
type Threshold = { operator: string; value: number; violated: boolean };

/** Where a value stands: beyond the threshold, or how far from it and on which side. */
export type Distance =
  | { side: "violated" }
  | { side: "at" }
  | { side: "below"; distance: number }
  | { side: "above"; distance: number };

/** Measures how far a value is from the threshold that it must not pass. */
export function thresholdDistance(value: number, threshold: Threshold): Distance {
  if (threshold.violated) return { side: "violated" };
  const distance = Math.abs(threshold.value - value);
  if (distance === 0) return { side: "at" };
  return { side: value < threshold.value ? "below" : "above", distance };
}

/** Whether a line comes near enough to its threshold that both can be drawn without flattening the line. */
export function isNear(
  values: readonly (number | null)[],
  threshold: { value: number; violated: boolean },
): boolean {
  const known = values.filter((value) => value !== null);
  if (threshold.violated || known.length === 0) return true;
  const low = Math.min(...known);
  const high = Math.max(...known);
  const distance = Math.max(low - threshold.value, threshold.value - high, 0);
  return distance <= 2 * (high - low);
}
