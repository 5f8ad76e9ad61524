import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { busiestHoursQuery } from "~/api/queries/analytics.ts";
import { busiestOf, dayName, hourSpan, ownZone, shade, weekOf } from "./hours.ts";
import { Panel } from "./panel.tsx";
import { incidentFilters, rangeIn } from "./params.ts";
import type { TabProps } from "./props.ts";

type Hour = Schemas["BusyHour"];

/** At which hours of the week incidents open, in the time zone of who looks. */
export function HoursPanel({ search, onChange }: TabProps) {
  const { t } = useTranslation("analytics");
  const range = rangeIn(search);
  const of = { ...incidentFilters(search), time_zone: ownZone() };
  return (
    <Panel
      title={t("hours.title")}
      query={useQuery(busiestHoursQuery(of, range))}
      question={{ path: "/analytics/busiest-hours", of }}
      range={range}
      height="h-56"
      isEmpty={({ data }) => busiestOf(data) === undefined}
      empty={{ title: t("hours.none"), hint: t("flow.noneHint") }}
      onSpan={() => onChange({ range: undefined, from: undefined, to: undefined })}
    >
      {({ data }) => <HeatMap hours={data} />}
    </Panel>
  );
}

/** A table of the week whose cells are the darker the more opened; the pointer reads one out. */
function HeatMap({ hours }: { hours: readonly Hour[] }) {
  const { t, i18n } = useTranslation("analytics");
  const [shown, setShown] = useState<[day: number, hour: number] | null>(null);
  const week = weekOf(hours);
  const busiest = busiestOf(hours);
  const most = busiest?.opened ?? 0;
  const words = (day: number, hour: number, count: number) =>
    t("hours.cell", { day: dayName(day, "long", i18n.language), hours: hourSpan(hour), count });
  const cell = shown && week[shown[0]]?.[shown[1]];
  return (
    <>
      <p className="mb-3 text-sm" aria-hidden={cell ? true : undefined}>
        {cell && shown
          ? words(shown[0], shown[1], cell.opened)
          : busiest &&
            t("hours.busiest", {
              day: dayName(Math.floor(hours.indexOf(busiest) / 24), "long", i18n.language),
              hours: hourSpan(busiest.hour),
              count: busiest.opened,
            })}
      </p>
      <table
        className="w-full table-fixed border-separate border-spacing-px text-xs"
        onPointerLeave={() => setShown(null)}
      >
        <caption className="sr-only">{t("hours.caption")}</caption>
        <thead>
          <tr className="text-ink-3">
            <td className="w-9" />
            {week[0]?.map(({ hour }) => (
              <th
                key={hour}
                scope="col"
                className="tabular overflow-visible whitespace-nowrap text-left font-normal"
              >
                <span aria-hidden>{hour % 6 === 0 ? String(hour).padStart(2, "0") : ""}</span>
                <span className="sr-only">{hourSpan(hour)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {week.map((day, index) => (
            <tr key={day[0]?.weekday}>
              <th scope="row" className="w-9 text-left font-normal text-ink-2">
                {dayName(index, "short", i18n.language)}
              </th>
              {day.map(({ hour, opened }) => (
                <td
                  key={hour}
                  onPointerEnter={() => setShown([index, hour])}
                  className="h-5 rounded-[2px] bg-sunken"
                  style={
                    opened > 0
                      ? {
                          background: `color-mix(in oklch, var(--accent) ${shade(opened, most)}%, var(--sunken))`,
                        }
                      : undefined
                  }
                >
                  <span className="sr-only">{opened}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mt-3 flex flex-wrap items-center justify-between gap-2 text-ink-3 text-xs">
        <span>{t("hours.zone", { zone: ownZone() })}</span>
        <span aria-hidden className="flex items-center gap-1">
          {t("hours.fewer")}
          {[0, 15, 40, 70, 100].map((percent) => (
            <span
              key={percent}
              className="size-3 rounded-[2px]"
              style={{ background: `color-mix(in oklch, var(--accent) ${percent}%, var(--sunken))` }}
            />
          ))}
          {t("hours.more")}
        </span>
      </p>
    </>
  );
}
