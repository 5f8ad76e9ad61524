import type { Schemas } from "~/api/client.ts";
import { toCsv } from "~/lib/csv.ts";
import type { ChartSeries } from "~/ui/chart/index.ts";

type Point = Schemas["PointBody"];
type Page = { data: Point[]; meta: { total: number } };

/** The most rows of an export. */
export const MOST_ROWS = 50_000;
const PAGE = 100;
/** How many pages are asked for at once. */
const ABREAST = 4;

/** The lines of a chart as CSV: a row for each instant, a column for each line. */
export function linesCsv(series: readonly ChartSeries[]): string {
  const columns = series.map((line) => new Map(line.points));
  const instants = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort((a, b) => a - b);
  const header = series.map((line) => (line.unit ? `${line.name} (${line.unit})` : line.name));
  return toCsv(
    ["time", ...header],
    instants.map((at) => [new Date(at).toISOString(), ...columns.map((column) => column.get(at))]),
  );
}

/** Points as CSV, each label in a column of its own. */
export function pointsCsv(points: readonly Point[]): string {
  const labels = [...new Set(points.flatMap((point) => Object.keys(point.labels)))].sort();
  return toCsv(
    ["recorded_at", "service", "metric_type", "value", "unit", ...labels.map((name) => `label ${name}`)],
    points.map((point) => [
      point.recorded_at,
      point.service_name,
      point.metric_type,
      point.value,
      point.unit,
      ...labels.map((name) => point.labels[name]),
    ]),
  );
}

/** Reads all points page by page, at most `MOST_ROWS`, and tells how far it is. */
export async function readAll(
  read: (page: { limit: number; offset: number }) => Promise<Page>,
  progress: (done: number, total: number) => void,
): Promise<{ points: Point[]; total: number }> {
  const first = await read({ limit: PAGE, offset: 0 });
  const { total } = first.meta;
  const points = [...first.data];
  const wanted = Math.min(total, MOST_ROWS);
  progress(points.length, wanted);
  for (let offset = PAGE; offset < wanted; offset += PAGE * ABREAST) {
    const offsets = Array.from({ length: ABREAST }, (_, index) => offset + index * PAGE);
    const pages = await Promise.all(
      offsets.filter((each) => each < wanted).map((each) => read({ limit: PAGE, offset: each })),
    );
    for (const page of pages) points.push(...page.data);
    progress(Math.min(points.length, wanted), wanted);
  }
  return { points: points.slice(0, MOST_ROWS), total };
}
