import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { availabilityQuery } from "~/api/queries/analytics.ts";
import { duration, SECOND } from "~/lib/time.ts";
import { Select } from "~/ui/field.tsx";
import { Pagination } from "~/ui/pagination.tsx";
import { GapStrip } from "./gap-strip.tsx";
import { useMetricType } from "./metric-type.tsx";
import { Panel } from "./panel.tsx";
import { pointFilters, pointGroupingOf, rangeIn } from "./params.ts";
import type { TabProps } from "./props.ts";
import { spanTicks } from "./ticks.ts";

type Answer = Schemas["AvailabilityAnswer"];
type Row = Answer["data"][number];

const LIMIT = 20;
/** The intervals to choose from, in seconds. */
const intervals = [10, 60, 300, 900, 3_600, 21_600, 86_400] as const;

/** Whether data came: for each service how much of the time it had points, and when it had none. */
export function DataTab({ search, onChange }: TabProps) {
  const { t, i18n } = useTranslation("analytics");
  const range = rangeIn(search);
  const type = useMetricType(search);
  const of = {
    ...pointFilters(search, type?.key),
    group_by: pointGroupingOf(search),
    ...(search.interval ? { interval_seconds: search.interval } : {}),
  };
  const question = { ...of, limit: LIMIT, offset: search.offset ?? 0 };
  const query = useQuery({ ...availabilityQuery(question, range), enabled: type !== undefined });
  const text = (seconds: number) => duration(seconds * SECOND, i18n.language);
  const chosen = intervals.some((each) => each === search.interval) ? [] : [search.interval].filter(Boolean);
  return (
    <Panel
      title={t("availability.title")}
      hint={t("availability.hint")}
      query={query}
      question={{ path: "/analytics/availability", of: question }}
      range={range}
      height="h-96"
      flush
      isEmpty={({ meta }) => meta.total === 0}
      empty={{ title: t("availability.none"), hint: t("availability.noneHint") }}
      onAuto={search.interval === undefined ? undefined : () => onChange({ interval: undefined })}
      onSpan={() => onChange({ range: undefined, from: undefined, to: undefined })}
      aside={
        <div className="w-44">
          <Select
            label={t("availability.interval")}
            value={String(search.interval ?? "")}
            choices={[
              ["", t("availability.inferred")],
              ...[...chosen, ...intervals].map((each) => [String(each), text(each ?? 0)] as const),
            ]}
            onChange={(next) => onChange({ interval: Number(next) || undefined, offset: undefined })}
          />
        </div>
      }
    >
      {(answer) => (
        <>
          <div aria-hidden className="tabular flex justify-between px-4 pt-3 pb-1 text-ink-3 text-xs">
            {spanTicks(Date.parse(answer.meta.from), Date.parse(answer.meta.to), i18n.language).map(
              (tick) => (
                <span key={tick.at}>{tick.text}</span>
              ),
            )}
          </div>
          <ul className="divide-y">
            {answer.data.map((row) => (
              <Service key={row.group.key} row={row} span={answer.meta} />
            ))}
          </ul>
          {answer.meta.total > LIMIT && (
            <Pagination
              total={answer.meta.total}
              limit={LIMIT}
              offset={answer.meta.offset}
              onChange={({ offset }) => onChange({ offset: offset || undefined })}
            />
          )}
        </>
      )}
    </Panel>
  );
}

function Service({ row, span }: { row: Row; span: Answer["meta"] }) {
  const { t, i18n } = useTranslation("analytics");
  const text = (seconds: number) => duration(seconds * SECOND, i18n.language);
  const percent = new Intl.NumberFormat(i18n.language, { style: "percent", maximumFractionDigits: 2 });
  const facts = [
    row.points === 0 ? t("availability.noPoints") : t("availability.points", { count: row.points }),
    row.interval_seconds
      ? t("availability.inferredOf", { duration: text(row.interval_seconds) })
      : t("availability.notInferred"),
    row.gap_count > 0 && t("availability.longest", { duration: text(row.longest_gap_seconds) }),
  ].filter(Boolean);
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <p className="foreign min-w-0 font-medium text-sm">{row.group.name || row.group.key || "–"}</p>
        <p className="tabular text-sm">
          {row.covered_percent !== null && row.covered_percent !== undefined && (
            <span className="font-medium">
              {t("availability.covered", { percent: percent.format(row.covered_percent / 100) })}
            </span>
          )}{" "}
          <span className="text-ink-2">
            {row.gap_count > 0 ? t("availability.gaps", { count: row.gap_count }) : t("availability.noGap")}
          </span>
        </p>
      </div>
      <GapStrip row={row} span={span} />
      <p className="tabular mt-1 text-ink-3 text-xs">{facts.join(" · ")}</p>
    </li>
  );
}
