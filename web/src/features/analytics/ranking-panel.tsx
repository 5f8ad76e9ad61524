import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { rankingQuery } from "~/api/queries/analytics.ts";
import { whole, withUnit } from "~/lib/number.ts";
import { PlainTable } from "~/ui/plain-table.tsx";
import { Panel } from "./panel.tsx";
import { rangeIn } from "./params.ts";
import type { PointStatistic, PointsProps } from "./props.ts";

type Ranked = Schemas["RankedBody"];

/** Statistics that stand beside the one that is ranked by. */
const beside: readonly PointStatistic[] = ["avg", "p95", "max"];

/** The services, or other groups, with most of something or least. */
export function RankingPanel({ search, onChange, of, group, statistic, type }: PointsProps) {
  const { t, i18n } = useTranslation("analytics");
  const range = rangeIn(search);
  const question = {
    ...of,
    group_by: group,
    sort_by: statistic,
    sort_dir: search.dir ?? ("desc" as const),
    limit: 15,
  };
  const query = useQuery({ ...rankingQuery(question, range), enabled: of.metric_type !== undefined });
  const text = (value: number | undefined, which: PointStatistic) =>
    value === undefined
      ? "–"
      : which === "count"
        ? whole(value, i18n.language)
        : withUnit(value, type.unit, i18n.language);
  return (
    <Panel
      title={t("ranking.title")}
      query={query}
      question={{ path: "/analytics/rankings", of: question }}
      range={range}
      height="h-64"
      flush
      isEmpty={({ data }) => data.length === 0}
      empty={{ title: t("points.none"), hint: t("points.noneHint") }}
      onSpan={() => onChange({ range: undefined, from: undefined, to: undefined })}
    >
      {({ data, meta }) => (
        <>
          <PlainTable<Ranked>
            label={t("ranking.title")}
            rows={data}
            rowId={(row) => row.group.key}
            columns={[
              {
                header: group === "service" || group === "series" ? t(`by.${group}`) : group.slice(6),
                cell: (row) => (
                  <Bar name={row.group.name || row.group.key || "–"} share={shareOf(row, data, statistic)} />
                ),
              },
              {
                header: t(`statistic.${statistic}`),
                numeric: true,
                cell: (row) => <span className="font-medium">{text(row[statistic], statistic)}</span>,
              },
              ...beside
                .filter((each) => each !== statistic)
                .map((each) => ({
                  header: t(`statistic.${each}`),
                  numeric: true,
                  wide: true,
                  cell: (row: Ranked) => text(row[each], each),
                })),
              ...(statistic === "count"
                ? []
                : [
                    {
                      header: t("ranking.points"),
                      numeric: true,
                      wide: true,
                      cell: (row: Ranked) => text(row.count, "count"),
                    },
                  ]),
            ]}
          />
          {meta.cut_off > 0 && (
            <p className="border-t px-4 py-2 text-ink-3 text-xs">
              {t("groups.cutOff", { count: meta.cut_off })}
            </p>
          )}
        </>
      )}
    </Panel>
  );
}

/** How long the bar of a row is, of the greatest one; nothing where a bar from zero would mislead. */
function shareOf(row: Ranked, rows: readonly Ranked[], statistic: PointStatistic): number {
  const values = rows.map((each) => each[statistic] ?? 0);
  const most = Math.max(...values);
  return Math.min(...values) < 0 || most <= 0 ? 0 : (row[statistic] ?? 0) / most;
}

function Bar({ name, share }: { name: string; share: number }) {
  return (
    <span className="block min-w-32">
      <span className="foreign line-clamp-2 font-medium">{name}</span>
      <span aria-hidden className="mt-1 block h-1 rounded-full bg-sunken">
        <span className="block h-1 rounded-full bg-accent" style={{ width: `${share * 100}%` }} />
      </span>
    </span>
  );
}
