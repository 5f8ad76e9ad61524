import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "../client.ts";
import type { paths } from "../schema.d.ts";

type ListParams = NonNullable<paths["/departments"]["get"]["parameters"]["query"]>;

/** A page of departments. */
export const departmentsQuery = (params: ListParams) =>
  queryOptions({
    queryKey: ["departments", "list", params],
    queryFn: async ({ signal }) => body(await api.GET("/departments", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** One department. */
export const departmentQuery = (id: string) =>
  queryOptions({
    queryKey: ["departments", "detail", id],
    queryFn: async ({ signal }) =>
      body(await api.GET("/departments/{id}", { params: { path: { id } }, signal })).data,
  });
