import {
  type UseQueryOptions,
  type UseQueryResult,
  useQueries,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { ApiError, hasStatus } from "~/api/problem.ts";
import {
  type ChartOf,
  chartBeforeQuery,
  chartQuery,
  lastChart,
  metricTypesQuery,
} from "~/api/queries/metrics.ts";
import { serviceQuery } from "~/api/queries/services.ts";
import { bucketLength, type Statistic } from "~/lib/buckets.ts";
import { useNow } from "~/lib/now.ts";
import { isLive, type Preset, resolveRange, type Span } from "~/lib/range.ts";
import { MINUTE } from "~/lib/time.ts";
import type { ChartSeries } from "~/ui/chart/index.ts";
import { distinctNames, nameOf, toLine, toLineBefore } from "./lines.ts";
import { type Explore, labelFilters, type Query } from "./search.ts";

type Chart = Schemas["ChartAnswer"];

/** The range when the address says nothing. */
export const FALLBACK: Preset = "6h";

/** A series of the address with what is known of it. */
export type Line = {
  query: Query;
  statistic: Statistic;
  name: string;
  service: Schemas["Service"] | undefined;
  series: ChartSeries;
  /** The same line in the span before, when it is compared. */
  before: ChartSeries | undefined;
  answer: Chart | undefined;
  loading: boolean;
  /** What went wrong with this series alone. */
  error: Error | null;
  retry: () => void;
};

/** What the chart shows. */
export type Lines = {
  lines: Line[];
  span: Span;
  /** The distance of points in milliseconds. */
  step: number;
  /** The bucket that the server chose or was told; undefined until it answered. */
  bucket: string | undefined;
  /** The server's word when the chosen bucket is not possible for the span. */
  bucketError: Error | null;
};

/** Follows the series of the address. */
export function useLines(search: Explore): Lines {
  const { t } = useTranslation("metric");
  const client = useQueryClient();
  const now = useNow();
  const types = new Map(useQuery(metricTypesQuery()).data?.map((type) => [type.key, type]));
  const queries = search.q ?? [];
  const services = useDistinct(queries.map((query) => serviceQuery(query.service)));
  const charts = useDistinct(
    queries.map((query, index) => {
      const of = chartOf(query, search);
      return {
        ...chartQuery(of, search, FALLBACK),
        placeholderData: () => lastChart(client, of),
        enabled: !hasStatus(services[index]?.error, 404),
      };
    }),
  );
  const befores = useDistinct(
    search.compare ? queries.map((query) => chartBeforeQuery(chartOf(query, search), search, FALLBACK)) : [],
  );
  const names = distinctNames(
    queries.map((query, index) =>
      nameOf(
        query,
        services[index]?.data?.name ?? query.service,
        types.get(query.metric_type)?.name ?? query.metric_type,
        t(`statistic.${query.statistic ?? "avg"}`),
      ),
    ),
  );
  const lines = queries.map((query, index): Line => {
    const chart = charts[index];
    const before = befores[index]?.data;
    const statistic = query.statistic ?? "avg";
    const name = names[index] ?? "";
    const unit = statistic === "count" ? t("unitOfCount") : (types.get(query.metric_type)?.unit ?? "");
    const own = isBucketError(chart?.error) ? null : (chart?.error ?? null);
    return {
      query,
      statistic,
      name,
      service: services[index]?.data,
      series: toLine(chart?.data, statistic, { name, unit, colour: index }),
      before: before && toLineBefore(before, statistic, { name: t("before", { name }), unit, colour: index }),
      answer: chart?.data,
      loading: chart?.isLoading ?? false,
      error: services[index]?.error ?? own,
      retry: () => {
        services[index]?.refetch();
        chart?.refetch();
      },
    };
  });
  const steps = charts.flatMap((chart) => (chart.data ? [bucketLength(chart.data.meta.bucket)] : []));
  return {
    lines,
    span: spanOf(search, charts, now),
    step: Math.max(0, ...steps) || MINUTE,
    bucket: charts.find((chart) => chart.data && !chart.isPlaceholderData)?.data?.meta.bucket,
    bucketError: charts.map((chart) => chart.error).find(isBucketError) ?? null,
  };
}

function chartOf(query: Query, search: Explore): ChartOf {
  const label = labelFilters(query.labels);
  return {
    service: [query.service],
    metric_type: [query.metric_type],
    ...(label.length > 0 ? { label } : {}),
    bucket: search.bucket ?? "auto",
  };
}

function isBucketError(error: unknown): error is ApiError {
  return error instanceof ApiError && error.fields.has("bucket");
}

/** With a range that ends now the axis goes on from what the server last called now, also while nothing comes in. */
function spanOf(search: Explore, charts: UseQueryResult<Chart>[], now: number): Span {
  const { from, to } = resolveRange(search, FALLBACK, now);
  if (!isLive(search)) return { from, to };
  const ends = charts.flatMap(({ data, isPlaceholderData, dataUpdatedAt }) =>
    data && !isPlaceholderData ? [Date.parse(data.meta.to) + Math.max(0, now - dataUpdatedAt)] : [],
  );
  const end = ends.length > 0 ? Math.max(...ends) : to;
  return { from: end - (to - from), to: end };
}

/** The results of queries in their order; the same query is asked once. */
function useDistinct<T>(queries: UseQueryOptions<T, Error, T, never>[] | unknown[]): UseQueryResult<T>[] {
  const all = queries as { queryKey: readonly unknown[] }[];
  const keys = all.map((query) => JSON.stringify(query.queryKey));
  const distinct = [...new Map(all.map((query, index) => [keys[index], query])).entries()];
  const results = useQueries({ queries: distinct.map(([, query]) => query) }) as UseQueryResult<T>[];
  const byKey = new Map(distinct.map(([key], index) => [key, results[index]]));
  return keys.flatMap((key) => byKey.get(key) ?? []);
}
