import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { useNow } from "~/lib/now.ts";
import { clockTime, duration } from "~/lib/time.ts";
import { gapsIn } from "./gaps.ts";

type Row = Schemas["AvailabilityBody"];

/** The span as a strip in which gaps are dark, and the gaps in words to unfold. */
export function GapStrip({ row, span }: { row: Row; span: { from: string; to: string } }) {
  const { t, i18n } = useTranslation("analytics");
  const now = useNow();
  const time = (instant: string) => clockTime(Date.parse(instant), now, i18n.language);
  return (
    <>
      <div
        aria-hidden
        className={`relative mt-2 h-3 overflow-hidden rounded-[3px] ring-1 ring-line ${row.points > 0 ? "bg-accent/70" : "bg-hover"}`}
      >
        {gapsIn(row.gaps, span).map(({ left, width }) => (
          <span
            key={left}
            className="absolute inset-y-0 min-w-0.5 bg-hover"
            style={{ left: `${left}%`, width: `${width}%` }}
          />
        ))}
      </div>
      {row.gaps.length > 0 && (
        <details className="mt-1 text-sm">
          <summary className="w-fit text-ink-2 hover:text-ink">
            {t("availability.strip", { name: row.group.name })}
          </summary>
          <ul className="tabular mt-1 flex flex-col gap-0.5 text-ink-2">
            {row.gaps.map(({ from, to }) => (
              <li key={from}>
                {time(from)} – {time(to)} ({duration(Date.parse(to) - Date.parse(from), i18n.language)})
              </li>
            ))}
          </ul>
          {row.gap_count > row.gaps.length && (
            <p className="mt-1 text-ink-3 text-xs">{t("availability.listed", { count: row.gaps.length })}</p>
          )}
        </details>
      )}
    </>
  );
}
