import { keepPreviousData, type QueryClient, queryOptions } from "@tanstack/react-query";
import { isLive, type Preset, previous, type Range, rangeOf, resolveRange } from "~/lib/range.ts";
import { api, body, type Schemas } from "../client.ts";
import type { paths } from "../schema.d.ts";

type ChartParams = NonNullable<paths["/metrics/chart"]["get"]["parameters"]["query"]>;
type PointParams = NonNullable<paths["/metrics"]["get"]["parameters"]["query"]>;
type LatestParams = NonNullable<paths["/metrics/latest"]["get"]["parameters"]["query"]>;

/** What a chart is of, without its span. */
export type ChartOf = Omit<ChartParams, "from" | "to">;

/** Every metric type. */
export const metricTypesQuery = () =>
  queryOptions({
    queryKey: ["metric-types"],
    queryFn: async ({ signal }) => body(await api.GET("/metric-types", { signal })).data,
    staleTime: 60_000,
  });

/**
 * Points summed up by buckets of time. A range that ends now is resolved at each fetch, so that the chart moves on
 * while its key stays.
 */
export const chartQuery = (of: ChartOf, range: Range, fallback: Preset) =>
  queryOptions({
    queryKey: ["charts", of, range, fallback],
    queryFn: async ({ signal }) => {
      const span = rangeOf(resolveRange(range, fallback, Date.now()));
      return body(await api.GET("/metrics/chart", { params: { query: { ...of, ...span } }, signal }));
    },
    placeholderData: keepPreviousData,
    staleTime: isLive(range) ? 5_000 : 60_000,
  });

/** The newest point of each series; what a service measures, and with which labels. */
export const latestQuery = (params: LatestParams) =>
  queryOptions({
    queryKey: ["points", "latest", params],
    queryFn: async ({ signal }) =>
      body(await api.GET("/metrics/latest", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/**
 * The chart of the span before, of the same length; for a comparison. With a range that ends now it moves on as
 * `chartQuery` does.
 */
export const chartBeforeQuery = (of: ChartOf, range: Range, fallback: Preset) =>
  queryOptions({
    queryKey: ["charts", of, range, fallback, "before"],
    queryFn: async ({ signal }) => {
      const span = rangeOf(previous(resolveRange(range, fallback, Date.now())));
      return body(await api.GET("/metrics/chart", { params: { query: { ...of, ...span } }, signal }));
    },
    staleTime: isLive(range) ? 5_000 : 60_000,
  });

/** The chart that was fetched last for the same series, whatever its span and bucket; shown until the new one is there. */
export function lastChart(client: QueryClient, of: ChartOf): Chart | undefined {
  const identity = ({ service, metric_type, label }: ChartOf) =>
    JSON.stringify([service, metric_type, label]);
  const charts = client
    .getQueryCache()
    .findAll({ queryKey: ["charts"] })
    .filter(({ queryKey, state }) => {
      const [, shown, , , before] = queryKey;
      return state.data && !before && identity(shown as ChartOf) === identity(of);
    });
  charts.sort((a, b) => b.state.dataUpdatedAt - a.state.dataUpdatedAt);
  return charts[0]?.state.data as Chart | undefined;
}

type Chart = Schemas["ChartAnswer"];

/** Every series of a service with its newest point: what can be chosen of it. Not live: series come and go slowly. */
export const seriesOfQuery = (service: string) =>
  queryOptions({
    queryKey: ["series", service],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/metrics/latest", { params: { query: { service: [service], limit: 100 } }, signal }),
      ).data,
    staleTime: 60_000,
  });

/** A page of the points of a range. A range that ends now is resolved at each fetch; `until` holds it still. */
export const rangePointsQuery = (
  params: Omit<PointParams, "from" | "to">,
  range: Range,
  fallback: Preset,
  until?: string,
) =>
  queryOptions({
    queryKey: ["points", "range", params, range, fallback, until],
    queryFn: async ({ signal }) => {
      const span = rangeOf(resolveRange(range, fallback, until ? Date.parse(until) : Date.now()));
      return body(await api.GET("/metrics", { params: { query: { ...params, ...span } }, signal }));
    },
    placeholderData: keepPreviousData,
  });

/** A page of points, past the cache; for an export. */
export async function readPoints(
  params: PointParams,
  signal: AbortSignal,
): Promise<Schemas["Many_PointBody"]> {
  return body(await api.GET("/metrics", { params: { query: params }, signal }));
}
