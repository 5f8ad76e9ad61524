import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "../client.ts";
import type { paths } from "../schema.d.ts";

type ListParams = NonNullable<paths["/notifications"]["get"]["parameters"]["query"]>;

/** A page of the inbox. */
export const notificationsQuery = (params: ListParams) =>
  queryOptions({
    queryKey: ["notifications", "list", params],
    queryFn: async ({ signal }) =>
      body(await api.GET("/notifications", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** How many notifications are unread. */
export const unreadQuery = () =>
  queryOptions({
    queryKey: ["notifications", "unread"],
    queryFn: async ({ signal }) => body(await api.GET("/notifications/unread-count", { signal })).data.count,
  });
