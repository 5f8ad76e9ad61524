import { useTranslation } from "react-i18next";
import { pointTime } from "~/lib/time.ts";
import { Swatch } from "./legend.tsx";
import { type ChartSeries, nearest } from "./model.ts";
import { type Scene, valueText } from "./plot.ts";

/** What the chart says at one instant. */
export type Reading = {
  at: number;
  values: { line: ChartSeries; index: number; value: number | undefined }[];
  /** The labels of the bands and of the markers that are near. */
  notes: { key: string; text: string }[];
};

/** Reads the chart at an index of its axis; markers within `near` milliseconds are told. */
export function readAt(scene: Scene, index: number, near: number): Reading | undefined {
  const { aligned, series, hidden, bands } = scene;
  const seconds = aligned.xs[index];
  if (seconds === undefined) return undefined;
  const at = seconds * 1_000;
  const values = series.flatMap((line, place) => {
    if (hidden.has(line.name) || line.points.length === 0) return [];
    const found = nearest(aligned, place, index);
    const value = found === undefined ? undefined : (aligned.ys[place]?.[found] ?? undefined);
    return [{ line, index: place, value }];
  });
  const inside = bands.filter((band) => band.from <= at && at <= band.to);
  const notes = [...inside.map((band) => band.label), ...markersNear(scene, at, near)].map((text, place) => ({
    key: `${place} ${text}`,
    text,
  }));
  return { at, values, notes };
}

function markersNear({ markers }: Scene, at: number, near: number): string[] {
  return markers.filter((marker) => Math.abs(marker.at - at) <= near).map((marker) => marker.label);
}

/** Beside the crosshair, on the side where there is more room, so that it never hides the point. */
export function HoverBox({
  reading,
  left,
  width,
  offset,
  step,
}: {
  reading: Reading;
  /** Where the crosshair stands, from the left of the lines. */
  left: number;
  /** The width of the whole chart. */
  width: number;
  /** How far the lines begin from the left of the chart. */
  offset: number;
  step: number;
}) {
  const { i18n } = useTranslation();
  const language = i18n.language;
  const x = offset + left;
  const gap = 14;
  const onLeft = x > width / 2;
  const room = (onLeft ? x : width - x) - gap;
  return (
    <div
      aria-hidden
      style={{ maxWidth: Math.min(320, room), ...(onLeft ? { right: width - x + gap } : { left: x + gap }) }}
      className="pointer-events-none absolute top-2 z-10 w-max rounded-md border bg-raised p-2 text-xs shadow-pop"
    >
      <p className="tabular mb-1 text-ink-3">{pointTime(reading.at, step, language)}</p>
      {reading.values.map(({ line, index, value }) => (
        <p key={line.name} className="flex items-center gap-2">
          <Swatch line={line} index={index} />
          <span className="foreign min-w-0 flex-1 truncate">{line.name}</span>
          <span className="tabular whitespace-nowrap font-medium">
            {valueText(value, line.unit, language)}
          </span>
        </p>
      ))}
      {reading.notes.map(({ key, text }) => (
        <p key={key} className="foreign mt-1 border-t pt-1 text-ink-2">
          {text}
        </p>
      ))}
    </div>
  );
}

/** A reading in one sentence, to be read aloud. */
export function readingText(reading: Reading, step: number, language: string): string {
  const values = reading.values
    .filter(({ value }) => value !== undefined)
    .map(({ line, value }) => `${line.name} ${valueText(value, line.unit, language)}`);
  return [pointTime(reading.at, step, language), ...values, ...reading.notes.map((note) => note.text)].join(
    "; ",
  );
}
