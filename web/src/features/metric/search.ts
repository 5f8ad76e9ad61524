import * as v from "valibot";
import { bucketWidths, type Statistic, statistics } from "~/lib/buckets.ts";
import { rangeSchema } from "~/lib/range.ts";

/** How many series a chart holds. */
export const MOST_SERIES = 8;

/** A series as the URL holds it; `service` is the key of a service. */
export type Query = {
  service: string;
  metric_type: string;
  labels?: Record<string, string> | undefined;
  statistic?: Statistic | undefined;
  hidden?: true | undefined;
};

/** A value that is as if it were not there when it cannot be read. */
const maybe = <In, Out>(schema: v.GenericSchema<In, Out>) =>
  v.optional(v.fallback(v.optional(schema), undefined));

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

const querySchema = v.object({
  service: text,
  metric_type: text,
  labels: maybe(v.record(text, v.pipe(v.string(), v.maxLength(1_000)))),
  statistic: maybe(v.picklist(statistics)),
  hidden: maybe(v.literal(true)),
});

/** Keeps the series that can be read, without what is usual. */
function readQueries(value: unknown): Query[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const queries = value.flatMap((each) => {
    const result = v.safeParse(querySchema, each);
    return result.success ? [tidy(result.output)] : [];
  });
  return queries.length > 0 ? queries.slice(0, MOST_SERIES) : undefined;
}

/** A series without what is usual, so that addresses stay short. */
export function tidy({ service, metric_type, labels, statistic, hidden }: Query): Query {
  return {
    service,
    metric_type,
    ...(labels && Object.keys(labels).length > 0 ? { labels } : {}),
    ...(statistic && statistic !== "avg" ? { statistic } : {}),
    ...(hidden ? { hidden } : {}),
  };
}

/** The search parameters of the page. What cannot be read is as if it were not there. */
export const exploreSchema = v.object({
  q: v.optional(
    v.pipe(
      v.custom<Query[] | undefined>(() => true),
      v.transform((value: Query[] | undefined) => readQueries(value)),
    ),
  ),
  bucket: maybe(v.picklist(bucketWidths)),
  ...rangeSchema,
  compare: maybe(v.literal(true)),
  /** The thresholds of rules are drawn unless this is false. */
  rules: maybe(v.literal(false)),
  /** Which of the series the table of points shows. */
  table: maybe(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MOST_SERIES - 1))),
  sort_by: maybe(v.picklist(["recorded_at", "value"])),
  sort_dir: maybe(v.picklist(["asc", "desc"])),
  min_value: maybe(v.pipe(v.number(), v.finite())),
  max_value: maybe(v.pipe(v.number(), v.finite())),
  limit: maybe(v.picklist([20, 50, 100])),
  offset: maybe(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000))),
  /** Pages after the first are of the points until this instant, so that new ones do not push rows along. */
  until: maybe(v.pipe(v.string(), v.isoTimestamp())),
  /** The saved view that was applied last; it decides nothing but what the menu shows. */
  view: maybe(v.pipe(v.string(), v.uuid())),
});

/** The search parameters of the page, read. */
export type Explore = v.InferOutput<typeof exploreSchema>;

/** The labels of a series as the API filters by them: `name=value`. */
export function labelFilters(labels: Record<string, string> | undefined): string[] {
  return Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value}`);
}

/** The labels for filters that were chosen one after the other: of two values of one name the later holds. */
export function labelsOf(filters: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    filters.map((filter) => {
      const at = filter.indexOf("=");
      return [filter.slice(0, at), filter.slice(at + 1)];
    }),
  );
}

/** Every parameter with nothing in it, to begin anew. */
export const emptySearch = Object.fromEntries(
  Object.keys(exploreSchema.entries).map((name) => [name, undefined]),
) as Explore;

/** The query that a saved view keeps: series, span and how they are shown, always written in the same way. */
export function viewQuery({ q, range, from, to, bucket, compare, rules }: Explore): string {
  const kept = { bucket, compare, from, q, range, rules, to };
  const entries = Object.entries(kept).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return [];
    return [[name, typeof value === "string" ? value : JSON.stringify(value)]];
  });
  return new URLSearchParams(entries).toString();
}

/** What a saved view shows. What it holds that is not known any more is left out. */
export function viewSearch(query: string): Explore {
  const entries = [...new URLSearchParams(query)].map(([name, text]) => [name, read(text)]);
  return v.parse(exploreSchema, Object.fromEntries(entries));
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The search without what belongs to one page of the table; for every change of what is shown. */
export const firstPage = { offset: undefined, until: undefined } as const;
