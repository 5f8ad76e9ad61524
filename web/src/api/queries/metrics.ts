import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { isLive, type Preset, type Range, rangeOf, resolveRange } from "~/lib/range.ts";
import { api, body } from "../client.ts";
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

/** A page of points. */
export const pointsQuery = (params: PointParams) =>
  queryOptions({
    queryKey: ["points", "list", params],
    queryFn: async ({ signal }) => body(await api.GET("/metrics", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** The newest point of each series; what a service measures, and with which labels. */
export const latestQuery = (params: LatestParams) =>
  queryOptions({
    queryKey: ["points", "latest", params],
    queryFn: async ({ signal }) =>
      body(await api.GET("/metrics/latest", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });
