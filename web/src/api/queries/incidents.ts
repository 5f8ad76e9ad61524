import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { isLive, type Preset, presets, type Range } from "~/lib/range.ts";
import { api, body, type Schemas } from "../client.ts";
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

/** The comments of an incident, newest first. */
export const commentsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["incidents", "detail", id, "comments"],
    queryFn: async ({ signal, pageParam }) =>
      body(
        await api.GET("/incidents/{id}/comments", {
          params: { path: { id }, query: { sort_dir: "desc", limit: PAGE, offset: pageParam } },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: ({ meta }) =>
      meta.offset + meta.limit < meta.total ? meta.offset + meta.limit : undefined,
  });

/** The timeline of an incident, newest first. */
export const eventsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["incidents", "detail", id, "events"],
    queryFn: async ({ signal, pageParam }) =>
      body(
        await api.GET("/incidents/{id}/events", {
          params: { path: { id }, query: { sort_dir: "desc", limit: PAGE, offset: pageParam } },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: ({ meta }) =>
      meta.offset + meta.limit < meta.total ? meta.offset + meta.limit : undefined,
  });

/** A page of incidents that opened in a range, or ever. A range that ends now is resolved at each fetch. */
export const incidentListQuery = (params: ListParams, range?: Range) =>
  queryOptions({
    queryKey: ["incidents", "list", params, range],
    queryFn: ({ signal }) => fetchIncidents({ ...params, ...openedIn(range) }, signal),
    placeholderData: keepPreviousData,
  });

/** Asks for one page of incidents, e.g. of an export. */
export async function fetchIncidents(params: ListParams, signal: AbortSignal) {
  return body(await api.GET("/incidents", { params: { query: params }, signal }));
}

/** The limits of `opened_at` for a range that may be absent. A range that ends now has no end. */
export function openedIn(range: Range | undefined): { from?: string; to?: string } {
  if (!range) return {};
  if (!isLive(range)) return { from: range.from, to: range.to };
  return range.range ? { from: new Date(Date.now() - presets[range.range as Preset]).toISOString() } : {};
}

/** The chart of what an incident is about: its metric type, of its service, with the labels of its rule. */
export const incidentChartQuery = (
  incident: Pick<Schemas["Incident"], "service_id" | "metric_type">,
  labels: string[],
  span: { from: string; to: string | undefined },
) =>
  queryOptions({
    queryKey: ["charts", "incident", incident.service_id, incident.metric_type, labels, span],
    queryFn: async ({ signal }) => {
      const query = {
        service_id: [incident.service_id],
        metric_type: [incident.metric_type],
        label: labels,
        from: span.from,
        to: span.to ?? new Date().toISOString(),
      };
      return body(await api.GET("/metrics/chart", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    staleTime: 5_000,
  });

/** The names of people who work or worked on incidents. */
export const assigneesQuery = (search: string) =>
  queryOptions({
    queryKey: ["incidents", "assignees", search],
    queryFn: async ({ signal }) => {
      const query = { limit: 50, ...(search ? { search } : {}) };
      return body(await api.GET("/incidents/assignees", { params: { query }, signal })).data;
    },
    placeholderData: keepPreviousData,
  });

/** Changes an incident of which this version is known; the server refuses with 412 when it is not the newest. */
export async function changeIncident(
  id: string,
  version: number,
  patch: Schemas["IncidentPatch"],
): Promise<Schemas["Incident"]> {
  const params = { path: { id }, header: { "If-Match": `"${version}"` } };
  return body(await api.PATCH("/incidents/{id}", { params, body: patch })).data;
}

/** Writes a comment under an incident. */
export async function addComment(id: string, text: string): Promise<Schemas["Comment"]> {
  const params = { path: { id } };
  return body(await api.POST("/incidents/{id}/comments", { params, body: { body: text } })).data;
}

/** Removes a comment; the history keeps that it was there. */
export async function deleteComment(id: string, commentId: string): Promise<void> {
  const params = { path: { id, comment_id: commentId } };
  await api.DELETE("/incidents/{id}/comments/{comment_id}", { params });
}
