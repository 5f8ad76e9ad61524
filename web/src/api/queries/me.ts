import { queryOptions } from "@tanstack/react-query";
import { api, body } from "../client.ts";

/** Who looks at this page, and in which organization. */
export const meQuery = () =>
  queryOptions({
    queryKey: ["me"],
    queryFn: async ({ signal }) => body(await api.GET("/me", { signal })).data,
    staleTime: Number.POSITIVE_INFINITY,
  });
