import { type ChartSeries, figures } from "./model.ts";
import { colourOf, isDashed, legendText, pageStyle } from "./plot.ts";

type Words = { latest: string; min: string; max: string };

/** Draws a chart as a PNG with background, title, subtitle and legend, in the theme and at the sharpness of the screen. */
export async function chartPicture({
  canvas,
  title,
  subtitle,
  series,
  words,
  language,
}: {
  /** The canvas that `onReady` of the chart gave. */
  canvas: HTMLCanvasElement;
  title: string;
  /** E.g. the span in words. */
  subtitle: string;
  /** The lines that are shown. Each needs its `colour`, unless none is hidden. */
  series: readonly ChartSeries[];
  /** The names of the figures in the legend. */
  words: Words;
  language: string;
}): Promise<Blob> {
  await document.fonts.ready;
  const { colour, font } = pageStyle();
  const ratio = devicePixelRatio;
  const margin = 16 * ratio;
  const row = 18 * ratio;
  const head = 46 * ratio;
  const lines = series.filter((line) => line.points.length > 0);
  const picture = document.createElement("canvas");
  picture.width = canvas.width + 2 * margin;
  picture.height = head + canvas.height + row * (lines.length + 0.5) + margin;
  const ctx = picture.getContext("2d");
  if (!ctx) throw new Error("the browser draws no canvas");
  ctx.fillStyle = colour("--surface");
  ctx.fillRect(0, 0, picture.width, picture.height);
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  const write = (text: string, x: number, y: number, size: number, name: string, weight = 400) => {
    ctx.font = `${weight} ${font(size * ratio)}`;
    ctx.fillStyle = colour(name);
    ctx.fillText(shortened(ctx, text, picture.width - margin - x), x, y);
  };
  write(title, margin, 18 * ratio, 14, "--ink", 600);
  write(subtitle, margin, 36 * ratio, 11, "--ink-3");
  ctx.drawImage(canvas, margin, head);
  for (const [place, line] of lines.entries()) {
    const y = head + canvas.height + row * (place + 0.75);
    const index = line.colour ?? series.indexOf(line);
    ctx.strokeStyle = colour(colourOf(line, index));
    ctx.lineWidth = 2 * ratio;
    ctx.setLineDash(isDashed(line, index) ? [3 * ratio, 2 * ratio] : []);
    ctx.beginPath();
    ctx.moveTo(margin, y);
    ctx.lineTo(margin + 14 * ratio, y);
    ctx.stroke();
    const sums = figures(line.points);
    const facts = sums
      ? (["latest", "min", "max"] as const).map(
          (figure) => `${words[figure]} ${legendText(sums[figure], line.unit, language)}`,
        )
      : [];
    write(`${line.name}   ${facts.join("   ")}`, margin + 22 * ratio, y, 11, "--ink-2");
  }
  return new Promise((resolve, reject) => {
    picture.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("the picture is too large"))),
      "image/png",
    );
  });
}

/** As much of the text as has room. */
function shortened(ctx: CanvasRenderingContext2D, text: string, room: number): string {
  let rest = text.slice(0, 500);
  if (rest === text && ctx.measureText(text).width <= room) return text;
  while (rest.length > 1 && ctx.measureText(`${rest}…`).width > room) rest = rest.slice(0, -1);
  return `${rest.trimEnd()}…`;
}
