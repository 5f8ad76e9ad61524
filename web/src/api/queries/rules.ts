import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "../client.ts";
import type { paths } from "../schema.d.ts";

type ListParams = NonNullable<paths["/rules"]["get"]["parameters"]["query"]>;
type TopParams = NonNullable<paths["/rules/stats/top-triggered"]["get"]["parameters"]["query"]>;

/** A page of rules. */
export const rulesQuery = (params: ListParams) =>
  queryOptions({
    queryKey: ["rules", "list", params],
    queryFn: async ({ signal }) => body(await api.GET("/rules", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** One rule. */
export const ruleQuery = (id: string) =>
  queryOptions({
    queryKey: ["rules", "detail", id],
    queryFn: async ({ signal }) =>
      body(await api.GET("/rules/{id}", { params: { path: { id } }, signal })).data,
  });

/** The rules that opened most incidents. */
export const topRulesQuery = (params: TopParams) =>
  queryOptions({
    queryKey: ["rules", "top", params],
    queryFn: async ({ signal }) =>
      body(await api.GET("/rules/stats/top-triggered", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });
