import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "../client.ts";
import type { paths } from "../schema.d.ts";

type ListParams = NonNullable<paths["/incidents"]["get"]["parameters"]["query"]>;

/** A page of incidents. */
export const incidentsQuery = (params: ListParams) =>
  queryOptions({
    queryKey: ["incidents", "list", params],
    queryFn: async ({ signal }) => body(await api.GET("/incidents", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** One incident, by id or key. */
export const incidentQuery = (id: string) =>
  queryOptions({
    queryKey: ["incidents", "detail", id],
    queryFn: async ({ signal }) =>
      body(await api.GET("/incidents/{id}", { params: { path: { id } }, signal })).data,
  });

const PAGE = 100;

/** The comments of an incident, oldest first. */
export const commentsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["incidents", "detail", id, "comments"],
    queryFn: async ({ signal, pageParam }) =>
      body(
        await api.GET("/incidents/{id}/comments", {
          params: { path: { id }, query: { sort_dir: "asc", limit: PAGE, offset: pageParam } },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: ({ meta }) =>
      meta.offset + meta.limit < meta.total ? meta.offset + meta.limit : undefined,
  });

/** The timeline of an incident, oldest first. */
export const eventsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["incidents", "detail", id, "events"],
    queryFn: async ({ signal, pageParam }) =>
      body(
        await api.GET("/incidents/{id}/events", {
          params: { path: { id }, query: { sort_dir: "asc", limit: PAGE, offset: pageParam } },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: ({ meta }) =>
      meta.offset + meta.limit < meta.total ? meta.offset + meta.limit : undefined,
  });
