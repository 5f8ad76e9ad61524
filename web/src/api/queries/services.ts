import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "../client.ts";
import type { paths } from "../schema.d.ts";

type ListParams = NonNullable<paths["/services"]["get"]["parameters"]["query"]>;

/** A page of services. */
export const servicesQuery = (params: ListParams) =>
  queryOptions({
    queryKey: ["services", "list", params],
    queryFn: async ({ signal }) => body(await api.GET("/services", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** One service, by id or key. */
export const serviceQuery = (id: string) =>
  queryOptions({
    queryKey: ["services", "detail", id],
    queryFn: async ({ signal }) =>
      body(await api.GET("/services/{id}", { params: { path: { id } }, signal })).data,
  });
