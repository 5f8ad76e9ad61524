import { DAY, HOUR, MINUTE, SECOND } from "./time.ts";

/** The widths of buckets that can be asked for, with their length in milliseconds. */
const lengths = {
  ten_seconds: 10 * SECOND,
  minute: MINUTE,
  five_minutes: 5 * MINUTE,
  fifteen_minutes: 15 * MINUTE,
  hour: HOUR,
  six_hours: 6 * HOUR,
  day: DAY,
} as const;

/** The name of a width. */
export type BucketWidth = keyof typeof lengths;

/** The widths, the narrowest first. */
export const bucketWidths = Object.keys(lengths) as [BucketWidth, ...BucketWidth[]];

/** The length of a bucket in milliseconds by the name that an answer gives it; a minute when the name is new. */
export function bucketLength(name: string): number {
  return (lengths as Record<string, number>)[name] ?? MINUTE;
}

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
