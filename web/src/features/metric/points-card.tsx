import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { hasStatus } from "~/api/problem.ts";
import { rangePointsQuery } from "~/api/queries/metrics.ts";
import { withUnit } from "~/lib/number.ts";
import { isLive } from "~/lib/range.ts";
import { exactTime, pointTime, SECOND, utcTime } from "~/lib/time.ts";
import { Button } from "~/ui/button.tsx";
import { Card } from "~/ui/card.tsx";
import { type Column, DataTable } from "~/ui/data-table.tsx";
import { inputClass, Select } from "~/ui/field.tsx";
import { Pagination } from "~/ui/pagination.tsx";
import { Empty, Failure } from "~/ui/state.tsx";
import { ExportPoints } from "./export-points.tsx";
import { type Explore, firstPage, labelFilters } from "./search.ts";
import { FALLBACK, type Line } from "./use-lines.ts";

type Point = Schemas["PointBody"];

type Props = { search: Explore; lines: Line[]; onChange: (part: Partial<Explore>) => void };

/** The points of one of the series as they came in, turned, sorted and filtered by the server. */
export function PointsCard({ search, lines, onChange }: Props) {
  const { t, i18n } = useTranslation(["metric", "common"]);
  const chosen = Math.min(search.table ?? 0, lines.length - 1);
  const line = lines[chosen];
  const limit = search.limit ?? 20;
  const offset = search.offset ?? 0;
  const label = labelFilters(line?.query.labels);
  const filter = {
    service: [line?.query.service ?? ""],
    metric_type: [line?.query.metric_type ?? ""],
    ...(label.length > 0 ? { label } : {}),
    ...(search.min_value === undefined ? {} : { min_value: search.min_value }),
    ...(search.max_value === undefined ? {} : { max_value: search.max_value }),
  };
  const sort = { sort_by: search.sort_by ?? "recorded_at", sort_dir: search.sort_dir ?? "desc" } as const;
  const page = useQuery(
    rangePointsQuery({ ...filter, ...sort, limit, offset }, search, FALLBACK, search.until),
  );
  const columns: Column<Point>[] = [
    {
      id: "time",
      header: t("common:field.time"),
      sort: "recorded_at",
      width: 200,
      cell: ({ recorded_at }) => {
        const at = Date.parse(recorded_at);
        return (
          <time
            dateTime={recorded_at}
            title={`${exactTime(at, i18n.language)}\n${utcTime(at)}`}
            className="tabular"
          >
            {pointTime(at, SECOND, i18n.language)}
          </time>
        );
      },
    },
    {
      id: "value",
      header: t("common:field.value"),
      sort: "value",
      numeric: true,
      width: 120,
      cell: (point) => (
        <span title={String(point.value)}>{withUnit(point.value, point.unit, i18n.language)}</span>
      ),
    },
    {
      id: "labels",
      header: t("common:field.labels"),
      width: 300,
      cell: (point) => {
        const text = labelFilters(point.labels).join(", ");
        return (
          <span className="foreign text-ink-2" title={text}>
            {text || "–"}
          </span>
        );
      },
    },
  ];
  const turn = (next: { limit: number; offset: number }) =>
    onChange({
      limit: next.limit === 50 || next.limit === 100 ? next.limit : undefined,
      offset: next.offset || undefined,
      // New points would push the rows along while somebody turns the pages.
      until:
        next.offset > 0 && isLive(search)
          ? (search.until ?? new Date(page.dataUpdatedAt).toISOString())
          : undefined,
    });
  if (!line) return null;
  return (
    <Card
      title={t("points")}
      flush
      aside={
        <>
          {lines.length > 1 && (
            <div className="w-64 max-w-full">
              <Select
                label={t("whichSeries")}
                value={String(chosen)}
                choices={lines.map((each, index) => [String(index), each.name] as const)}
                onChange={(index) => onChange({ ...firstPage, table: Number(index) || undefined })}
              />
            </div>
          )}
          <ValueInput
            name={t("minValue")}
            value={search.min_value}
            onChange={(min_value) => onChange({ ...firstPage, min_value })}
          />
          <ValueInput
            name={t("maxValue")}
            value={search.max_value}
            onChange={(max_value) => onChange({ ...firstPage, max_value })}
          />
          <ExportPoints filter={filter} range={search} name={line.name} />
        </>
      }
    >
      {hasStatus(line.error, 404) ? (
        <Empty title={t("noPointsTitle")}>{t("gone", { key: line.query.service })}</Empty>
      ) : page.error ? (
        <Failure error={page.error} onRetry={page.refetch} />
      ) : (
        <DataTable
          label={t("pointsOf", { name: line.name })}
          columns={columns}
          rows={page.data?.data}
          rowId={(point) => `${point.recorded_at} ${JSON.stringify(point.labels)} ${point.value}`}
          sort={{
            ...sort,
            onChange: ({ sort_by, sort_dir }) =>
              onChange({
                ...firstPage,
                sort_by: sort_by === "value" ? "value" : undefined,
                sort_dir: sort_dir === "asc" ? "asc" : undefined,
              }),
          }}
          empty={
            <Empty
              title={t("noPointsTitle")}
              action={
                (search.min_value !== undefined || search.max_value !== undefined) && (
                  <Button
                    onClick={() => onChange({ ...firstPage, min_value: undefined, max_value: undefined })}
                  >
                    {t("common:action.clearFilters")}
                  </Button>
                )
              }
            >
              {t("noPointsHint")}
            </Empty>
          }
        />
      )}
      {page.data && <Pagination total={page.data.meta.total} limit={limit} offset={offset} onChange={turn} />}
    </Card>
  );
}

/** A limit of the value; it holds once it is left or Enter is pressed. */
function ValueInput({
  name,
  value,
  onChange,
}: {
  name: string;
  value: number | undefined;
  onChange: (value: number | undefined) => void;
}) {
  const tell = (input: HTMLInputElement) => {
    const next =
      input.value === "" || !Number.isFinite(input.valueAsNumber) ? undefined : input.valueAsNumber;
    if (next !== value) onChange(next);
  };
  return (
    <div className="w-32">
      <input
        key={value}
        type="number"
        step="any"
        aria-label={name}
        placeholder={name}
        defaultValue={value}
        onBlur={(event) => tell(event.currentTarget)}
        onKeyDown={(event) => event.key === "Enter" && tell(event.currentTarget)}
        className={inputClass}
      />
    </div>
  );
}
