import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type Preset, type Range, spanParams } from "~/lib/range.ts";
import { api, body } from "../client.ts";
import type { paths } from "../schema.d.ts";

type SummaryParams = NonNullable<paths["/incidents/summary"]["get"]["parameters"]["query"]>;

/** Counts, trend, and times to acknowledge and to resolve, of a range. */
export const summaryQuery = (params: Omit<SummaryParams, "from" | "to">, range: Range, fallback: Preset) =>
  queryOptions({
    queryKey: ["incidents", "summary", params, range, fallback],
    queryFn: async ({ signal }) => {
      const span = spanParams(range, fallback);
      return body(await api.GET("/incidents/summary", { params: { query: { ...params, ...span } }, signal }))
        .data;
    },
    placeholderData: keepPreviousData,
  });

/** The rules that opened most incidents in a range. */
export const topRulesOfRangeQuery = (limit: number, range: Range, fallback: Preset) =>
  queryOptions({
    queryKey: ["rules", "top", limit, range, fallback],
    queryFn: async ({ signal }) => {
      const query = { limit, ...spanParams(range, fallback) };
      return body(await api.GET("/rules/stats/top-triggered", { params: { query }, signal })).data;
    },
    placeholderData: keepPreviousData,
  });
