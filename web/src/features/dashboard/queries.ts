import { metricTypesQuery } from "~/api/queries/metrics.ts";
import { overviewQuery } from "~/api/queries/overview.ts";
import { rulesQuery } from "~/api/queries/rules.ts";
import { servicesQuery } from "~/api/queries/services.ts";
import { summaryQuery, topRulesOfRangeQuery } from "~/api/queries/summary.ts";
import { timelineQuery } from "~/api/queries/timeline.ts";
import type { PageLimit } from "~/lib/list-search.ts";
import type { Preset, Range } from "~/lib/range.ts";

/** The range when the address says nothing. */
export const FALLBACK: Preset = "24h";

/** What part of the services is shown. */
export type ServicesPage = {
  search?: string | undefined;
  limit?: PageLimit | undefined;
  offset?: number | undefined;
};

/** What the address says of the dashboard. */
export type DashboardSearch = Range & ServicesPage & { wall?: true | undefined };

/** What the first line asks of the server; whatever the list below is narrowed to. */
export const standingQueries = {
  services: servicesQuery({ limit: 1 }),
  rules: rulesQuery({ limit: 1, enabled: true }),
  troubled: overviewQuery({ severity: ["CRITICAL", "HIGH", "MEDIUM", "LOW"], limit: 1 }),
};

/** The services of the page, worst first. */
export const servicesPageQuery = (page: ServicesPage, range: Range) =>
  overviewQuery(
    { ...(page.search ? { search: page.search } : {}), limit: page.limit ?? 20, offset: page.offset ?? 0 },
    rangeIn(range),
    FALLBACK,
  );

/** The rules that fire most. */
export const topRulesQuery = (range: Range) => topRulesOfRangeQuery(5, rangeIn(range), FALLBACK);

/** The latest of all timelines. */
export const latestHappeningsQuery = (range: Range) => timelineQuery(12, rangeIn(range), FALLBACK);

/** The numbers of the range. */
export const countsQuery = (range: Range) => summaryQuery({}, rangeIn(range), FALLBACK);

/** Everything that the dashboard shows at first. */
export const dashboardQueries = (search: DashboardSearch) =>
  [
    standingQueries.services,
    standingQueries.rules,
    standingQueries.troubled,
    servicesPageQuery(search, search),
    metricTypesQuery(),
    countsQuery(search),
    topRulesQuery(search),
    latestHappeningsQuery(search),
  ] as const;

/** Only the range of what the address says. */
function rangeIn({ range, from, to }: Range): Range {
  return { range, from, to };
}
