import { memo } from "react";
import { useTranslation } from "react-i18next";
import { clockTime } from "~/lib/time.ts";
import {
  type ChartBand,
  type ChartMarker,
  type ChartSeries,
  type ChartThreshold,
  figures,
  outline,
} from "./model.ts";
import { legendText, valueText } from "./plot.ts";

type Props = {
  name: string;
  series: readonly ChartSeries[];
  span: { from: number; to: number };
  thresholds: readonly ChartThreshold[];
  bands: readonly ChartBand[];
  markers: readonly ChartMarker[];
};

const MOST_MARKERS = 12;
const PARTS = 12;

/** The chart in sentences. */
export const Summary = memo(function Summary({ name, series, span, bands, thresholds, markers }: Props) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const time = (instant: number) => clockTime(instant, span.to, language);
  const sentences = series.map((line) => {
    const sums = figures(line.points);
    if (!sums) return t("chart.empty", { name: line.name });
    const text = (value: number) => legendText(value, line.unit, language);
    return t("chart.summary", {
      name: line.name,
      count: sums.count,
      from: time(span.from),
      to: time(span.to),
      latest: text(sums.latest),
      avg: text(sums.avg),
      min: text(sums.min),
      max: text(sums.max),
    });
  });
  const lines = thresholds.map((each) => `${each.label} ${legendText(each.value, each.unit, language)}.`);
  const spans = bands.map((band) => `${band.label}: ${time(band.from)} – ${time(band.to)}.`);
  const marks = markers.slice(0, MOST_MARKERS).map((marker) => `${time(marker.at)}: ${marker.label}.`);
  return <>{[`${name}.`, ...sentences, ...lines, ...spans, ...marks].join(" ")}</>;
});

/** The course of the lines as a table of averages, for those who hear the page. */
export const OutlineTable = memo(function OutlineTable({
  name,
  series,
  span,
}: Pick<Props, "name" | "series" | "span">) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  return (
    // A table does not shrink to the size of "sr-only"; what is around it does.
    <div className="sr-only">
      <table>
        <caption>{t("chart.outline", { name })}</caption>
        <thead>
          <tr>
            <th scope="col">{t("field.time")}</th>
            {series.map((line) => (
              <th key={line.name} scope="col">
                {line.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {outline(series, span, PARTS).map((part) => (
            <tr key={part.from}>
              <th scope="row">{clockTime(part.from, span.to, language)}</th>
              {series.map((line, index) => (
                <td key={line.name}>{valueText(part.figures[index]?.avg, line.unit, language)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
});
