import * as v from "valibot";
import { bucketWidths } from "~/lib/buckets.ts";
import { flag, text, wordOf } from "~/lib/list-search.ts";
import { rangeSchema } from "~/lib/range.ts";
import { ids, someOf, texts } from "~/lib/search.ts";

/** A whole number, or nothing when the address says something else. */
const number = (least: number, most: number) =>
  v.optional(
    v.fallback(v.optional(v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))), undefined),
  );

/** What the address says; what is usual is not written. */
export const analyticsSchema = v.object({
  /** Which questions are shown; those about incidents unless it says otherwise. */
  tab: wordOf(["services", "data"]),
  ...rangeSchema,
  severity: someOf(["CRITICAL", "HIGH", "MEDIUM", "LOW"]),
  service_id: ids(),
  rule_id: ids(),
  department_id: ids(),
  /** What incidents are grouped by; their severity unless it says otherwise. */
  by: wordOf(["all", "service", "department", "rule"]),
  bucket: wordOf(bucketWidths),
  /** Which time is charted: to resolve, or else to acknowledge. */
  took: wordOf(["mttr"]),
  metric_type: text,
  label: texts(),
  /** What points are grouped by: `series` or `label.` and a name; services unless it says otherwise. */
  group: text,
  statistic: wordOf(["count", "min", "max", "sum", "p50", "p90", "p95", "p99", "last"]),
  dir: wordOf(["asc"]),
  compare: flag,
  scale: wordOf(["logarithmic"]),
  interval: number(1, 31_622_400),
  offset: number(0, 1_000_000),
});

/** What the address says. */
export type AnalyticsSearch = v.InferOutput<typeof analyticsSchema>;
