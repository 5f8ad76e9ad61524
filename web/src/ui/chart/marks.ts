import type uPlot from "uplot";
import { withUnit } from "~/lib/number.ts";
import type { ChartBand, ChartMarker, ChartThreshold } from "./model.ts";

type Colour = (name: string) => string;
type Font = (size: number) => string;

/** A part of the canvas that holds a label. */
type Box = { left: number; top: number; width: number; height: number };

const overlap = (a: Box, b: Box) =>
  a.left < b.left + b.width &&
  b.left < a.left + a.width &&
  a.top < b.top + b.height &&
  b.top < a.top + a.height;

/** Shades spans behind the lines, with their labels at the foot where they fit. */
export function drawBands(plot: uPlot, bands: readonly ChartBand[], colour: Colour, font: Font): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = font(10 * ratio);
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  for (const band of bands) {
    const left = Math.max(bbox.left, plot.valToPos(band.from / 1_000, "x", true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(band.to / 1_000, "x", true));
    if (right < bbox.left || left > bbox.left + bbox.width) continue;
    const width = Math.max(right - left, 2 * ratio);
    ctx.fillStyle = colour("--critical-soft");
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.fillStyle = colour("--critical");
    ctx.fillRect(left, bbox.top + bbox.height - 2 * ratio, width, 2 * ratio);
    if (ctx.measureText(band.label).width + 8 * ratio <= width) {
      ctx.fillText(band.label, left + 4 * ratio, bbox.top + bbox.height - 4 * ratio);
    }
  }
  ctx.restore();
}

/**
 * Draws labelled lines over the chart. Labels stand at the left, away from the newest points, make way for each other,
 * and are left out where none has room.
 */
export function drawThresholds(
  plot: uPlot,
  thresholds: readonly ChartThreshold[],
  language: string,
  colour: Colour,
  font: Font,
): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const taken: Box[] = [];
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, 0, bbox.width, bbox.top + bbox.height);
  ctx.clip();
  ctx.font = font(11 * ratio);
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.lineJoin = "round";
  for (const { label, value, unit, severity } of thresholds) {
    const y = plot.valToPos(value, unit || "value", true);
    if (!(y >= bbox.top && y <= bbox.top + bbox.height)) continue;
    ctx.strokeStyle = colour(`--${(severity ?? "CRITICAL").toLowerCase()}`);
    ctx.fillStyle = ctx.strokeStyle;
    ctx.lineWidth = ratio;
    ctx.setLineDash([6 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    const text = shortened(ctx, label, withUnit(value, unit, language), bbox.width * 0.6);
    const width = ctx.measureText(text).width + 8 * ratio;
    const height = 14 * ratio;
    const places = [bbox.left, bbox.left + bbox.width - width].flatMap((left) => [
      { left, top: y - height, width, height },
      { left, top: y + ratio, width, height },
    ]);
    const place = places.find((box) => box.top >= 0 && !taken.some((other) => overlap(box, other)));
    if (!place) continue;
    taken.push(place);
    ctx.setLineDash([]);
    ctx.lineWidth = 3 * ratio;
    ctx.strokeStyle = colour("--surface");
    ctx.strokeText(text, place.left + 4 * ratio, place.top + height / 2);
    ctx.fillText(text, place.left + 4 * ratio, place.top + height / 2);
  }
  ctx.restore();
}

/** The label with its value, the label cut where it would be wider than the space. */
function shortened(ctx: CanvasRenderingContext2D, label: string, value: string, space: number): string {
  let rest = label.slice(0, 80);
  while (rest.length > 4 && ctx.measureText(`${rest}… ${value}`).width > space) rest = rest.slice(0, -2);
  return rest.length < label.length ? `${rest.trimEnd()}… ${value}` : `${label} ${value}`;
}

/** Draws instants with something to tell as a line with a head; their labels appear beside the crosshair. */
export function drawMarkers(plot: uPlot, markers: readonly ChartMarker[], colour: Colour): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const size = 5 * ratio;
  ctx.save();
  ctx.strokeStyle = colour("--ink-3");
  ctx.fillStyle = colour("--ink-2");
  ctx.lineWidth = ratio;
  ctx.setLineDash([2 * ratio, 3 * ratio]);
  for (const { at } of markers) {
    const x = plot.valToPos(at / 1_000, "x", true);
    if (!(x >= bbox.left && x <= bbox.left + bbox.width)) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(x - size, bbox.top - size);
    ctx.lineTo(x + size, bbox.top - size);
    ctx.lineTo(x, bbox.top + size * 0.6);
    ctx.fill();
  }
  ctx.restore();
}
