import type { pointFilters } from "./params.ts";
import type { AnalyticsSearch } from "./search.ts";

/** What every part of the page is given. */
export type TabProps = {
  search: AnalyticsSearch;
  /** Changes parts of the address. */
  onChange: (part: Partial<AnalyticsSearch>) => void;
};

/** The statistics to choose from. */
export const statistics = ["avg", "p50", "p90", "p95", "p99", "min", "max", "sum", "count", "last"] as const;

/** One of the statistics. */
export type PointStatistic = (typeof statistics)[number];

/** What the panels of points share. */
export type PointsProps = TabProps & {
  /** Which points. */
  of: ReturnType<typeof pointFilters>;
  group: string;
  statistic: PointStatistic;
  /** What is measured, and in which unit its values are. */
  type: { name: string; unit: string };
};
