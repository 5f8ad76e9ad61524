/** The statistics that a bucket of a chart has. */
export const statistics = ["avg", "min", "max", "p50", "p95", "p99", "count"] as const;

/** One of the statistics of a bucket. */
export type Statistic = (typeof statistics)[number];

/** A bucket as the API answers it, with what a line needs of it. */
type Bucket = { start: string } & Partial<Record<Statistic, number>>;

/** The line of one statistic through the buckets, instants in milliseconds. */
export function lineOf(buckets: readonly Bucket[], statistic: Statistic): [at: number, value: number][] {
  return buckets.flatMap((bucket): [number, number][] => {
    const value = bucket[statistic];
    return value === undefined ? [] : [[Date.parse(bucket.start), value]];
  });
}
