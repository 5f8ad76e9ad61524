import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { isLive, type Preset, type Range, spanParams } from "~/lib/range.ts";
import { api, body } from "../client.ts";
import type { paths } from "../schema.d.ts";

type Path = Extract<keyof paths, `/analytics/${string}`>;
type Query<P extends Path> = NonNullable<paths[P]["get"]["parameters"]["query"]>;
/** What a question is of, without its span and its format. */
type Of<P extends Path> = Omit<Query<P>, "from" | "to" | "format">;

/** The span when the address says nothing. */
export const ANALYTICS_FALLBACK: Preset = "7d";

/** A span that ends now is asked for again this often while it is seen: questions over weeks are not free. */
const EVERY = 60_000;

/** How answers about points are kept: they stay while the next one comes, and move on with the clock. */
const kept = (range: Range) => ({
  placeholderData: keepPreviousData,
  staleTime: EVERY,
  refetchInterval: isLive(range) ? EVERY : (false as const),
});

const span = (range: Range) => spanParams(range, ANALYTICS_FALLBACK);

/** What opened and closed, and how long it took, by buckets and groups. Live: incidents change under a key of theirs. */
export const incidentStatisticsQuery = (of: Of<"/analytics/incidents">, range: Range) =>
  queryOptions({
    queryKey: ["incidents", "statistics", of, range],
    queryFn: async ({ signal }) =>
      body(await api.GET("/analytics/incidents", { params: { query: { ...of, ...span(range) } }, signal })),
    placeholderData: keepPreviousData,
  });

/** How many incidents opened at each hour of the week. */
export const busiestHoursQuery = (of: Of<"/analytics/busiest-hours">, range: Range) =>
  queryOptions({
    queryKey: ["incidents", "statistics", "hours", of, range],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/analytics/busiest-hours", { params: { query: { ...of, ...span(range) } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });

/** Points by buckets and groups, with the span before when it is asked for. */
export const groupedChartQuery = (of: Of<"/analytics/charts">, range: Range) =>
  queryOptions({
    queryKey: ["analytics", "charts", of, range],
    queryFn: async ({ signal }) =>
      body(await api.GET("/analytics/charts", { params: { query: { ...of, ...span(range) } }, signal })),
    ...kept(range),
  });

/** The groups with most of something, or least. */
export const rankingQuery = (of: Of<"/analytics/rankings">, range: Range) =>
  queryOptions({
    queryKey: ["analytics", "rankings", of, range],
    queryFn: async ({ signal }) =>
      body(await api.GET("/analytics/rankings", { params: { query: { ...of, ...span(range) } }, signal })),
    ...kept(range),
  });

/** How many points have which value. */
export const distributionQuery = (of: Of<"/analytics/distributions">, range: Range) =>
  queryOptions({
    queryKey: ["analytics", "distributions", of, range],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/analytics/distributions", { params: { query: { ...of, ...span(range) } }, signal }),
      ),
    ...kept(range),
  });

/** When groups had points and when not. */
export const availabilityQuery = (of: Of<"/analytics/availability">, range: Range) =>
  queryOptions({
    queryKey: ["analytics", "availability", of, range],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/analytics/availability", { params: { query: { ...of, ...span(range) } }, signal }),
      ),
    ...kept(range),
  });

/** A question of the analytics API that can be answered as a table. */
export type TableQuestion = { [P in Path]: { path: P; of: Of<P> } }[Path];

/** The answer to a question as the server's CSV. */
export async function readTable({ path, of }: TableQuestion, range: Range): Promise<string> {
  const query = { ...of, ...span(range), format: "csv" } as Query<"/analytics/charts">;
  // Every one of these paths takes `format`; the type of one of them stands for all.
  const answer = await api.GET(path as "/analytics/charts", { params: { query }, parseAs: "text" });
  return body<string>(answer);
}
