import { memo } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";
import { type ChartSeries, figures } from "./model.ts";
import { colourOf, isDashed, legendText } from "./plot.ts";

type Props = {
  series: readonly ChartSeries[];
  hidden: ReadonlySet<string>;
  onToggle: (name: string) => void;
};

/** The lines of a chart with their figures; a click hides or shows one. */
export const Legend = memo(function Legend({ series, hidden, onToggle }: Props) {
  const { t, i18n } = useTranslation();
  return (
    <ul className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-xs">
      {series.map((line, index) => {
        const sums = line.faint ? undefined : figures(line.points);
        const off = hidden.has(line.name);
        return (
          <li key={line.name} className="flex min-w-0 max-w-full flex-wrap items-center gap-x-2">
            <button
              type="button"
              aria-pressed={!off}
              title={t(off ? "chart.show" : "chart.hide", { name: line.name })}
              onClick={() => onToggle(line.name)}
              className="flex min-h-6 min-w-0 max-w-full items-center gap-2 rounded-sm hover:text-accent"
            >
              <Swatch line={line} index={index} off={off} />
              <span className={cx("foreign truncate font-medium", off && "text-ink-3 line-through")}>
                {line.name}
              </span>
            </button>
            {sums && !off && (
              <span className="tabular text-ink-3">
                {(["latest", "min", "max"] as const).map((figure) => (
                  <span key={figure} className="mr-2 whitespace-nowrap">
                    {t(`chart.${figure}`)} {legendText(sums[figure], line.unit, i18n.language)}
                  </span>
                ))}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
});

/** A short stroke that looks like the line. */
export function Swatch({ line, index, off }: { line: ChartSeries; index: number; off?: boolean }) {
  const colour = `var(${colourOf(line, index)})`;
  const dashes = `repeating-linear-gradient(90deg, ${colour} 0 3px, transparent 3px 5px)`;
  return (
    <span
      aria-hidden
      className={cx("h-0.5 w-3.5 shrink-0 rounded-full", off && "opacity-40")}
      style={{ background: isDashed(line, index) ? dashes : colour }}
    />
  );
}
