import { queryOptions } from "@tanstack/react-query";
import { api, body } from "../client.ts";

/** The state of the installation. */
export const systemQuery = () =>
  queryOptions({
    queryKey: ["system"],
    queryFn: async ({ signal }) => body(await api.GET("/system", { signal })).data,
  });
