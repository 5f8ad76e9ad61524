import { nearest } from "./model.ts";
import type { Scene } from "./plot.ts";

const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };

/** The indices on the axis where a line that is shown has a value within the span. */
function stops({
  aligned,
  series,
  hidden,
  span,
}: Pick<Scene, "aligned" | "series" | "hidden" | "span">): number[] {
  return aligned.xs.flatMap((seconds, index) => {
    if (seconds * 1_000 < span.from || seconds * 1_000 > span.to) return [];
    const speaks = series.some(
      (line, place) => !hidden.has(line.name) && nearest(aligned, place, index) !== undefined,
    );
    return speaks ? [index] : [];
  });
}

/** Where a key leads the crosshair; undefined when the key does not move it. It begins at the latest point. */
export function indexAfter(
  key: string,
  scene: Pick<Scene, "aligned" | "series" | "hidden" | "span">,
  current: number | undefined,
): number | undefined {
  const step = steps[key];
  if (step === undefined && key !== "Home" && key !== "End") return undefined;
  const all = stops(scene);
  if (key === "Home") return all[0];
  if (key === "End" || current === undefined || step === undefined) return all.at(-1);
  // The pointer may have left the crosshair between two stops.
  const after = all.findIndex((index) => index >= current);
  const exact = all[after] === current;
  const place = after === -1 ? all.length : after;
  const target = step > 0 && !exact ? place + step - 1 : place + step;
  return all[Math.max(0, Math.min(all.length - 1, target))];
}
