import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { isLive, type Preset, type Range, spanParams } from "~/lib/range.ts";
import { api, body, type Schemas } from "../client.ts";
import type { paths } from "../schema.d.ts";

type OverviewParams = NonNullable<paths["/services/overview"]["get"]["parameters"]["query"]>;

/** How a service stands. */
export type ServiceOverview = Schemas["ServiceOverview"];

/** How one metric type of a service stands. */
export type MetricOverview = Schemas["MetricOverview"];

/** How services stand, worst first, with sparklines of a span; of the last hour when no range is given. */
export const overviewQuery = (
  params: Omit<OverviewParams, "from" | "to">,
  range?: Range,
  fallback: Preset = "1h",
) =>
  queryOptions({
    queryKey: ["services", "overview", params, range, fallback],
    queryFn: async ({ signal }) => {
      const span = range ? spanParams(range, fallback) : {};
      const query = { ...params, ...span };
      return body(await api.GET("/services/overview", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    staleTime: range && !isLive(range) ? 60_000 : 5_000,
  });
