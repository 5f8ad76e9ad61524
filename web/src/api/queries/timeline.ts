import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type Preset, type Range, spanParams } from "~/lib/range.ts";
import { api, body } from "../client.ts";

/** What happened to incidents in a range, newest first. */
export const timelineQuery = (limit: number, range: Range, fallback: Preset) =>
  queryOptions({
    queryKey: ["timeline", limit, range, fallback],
    queryFn: async ({ signal }) => {
      const query = { limit, ...spanParams(range, fallback) };
      return body(await api.GET("/timeline", { params: { query }, signal })).data;
    },
    placeholderData: keepPreviousData,
  });
