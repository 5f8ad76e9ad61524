import * as v from "valibot";
import type { paths } from "~/api/schema.d.ts";
import { type Range, rangeSchema } from "~/lib/range.ts";
import { type Severity, severities } from "~/ui/severity.tsx";
import { type Status, statuses } from "~/ui/status.tsx";

type ListParams = NonNullable<paths["/incidents"]["get"]["parameters"]["query"]>;

const sorts = [
  "created_at",
  "opened_at",
  "updated_at",
  "number",
  "severity",
  "status",
  "violation_count",
  "last_violation_at",
] as const;

const MOST = 100;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const anyName = /^[^\0,]{0,100}$/;

/** Several words, written with commas in the address: `status=OPEN,IN_PROGRESS`. What does not fit is left out. */
const several = (fits: (word: string) => boolean) =>
  v.optional(
    v.pipe(
      v.custom<string | readonly string[] | undefined>(() => true),
      v.transform((value): string | undefined => {
        if (value === undefined || value === null) return undefined;
        const words = [value].flat().flatMap((word) => String(word).split(","));
        const kept = [...new Set(words)].filter(fits).slice(0, MOST);
        return kept.length > 0 ? kept.join(",") : undefined;
      }),
    ),
  );

const oneOf = <const T extends readonly (string | number)[]>(words: T) =>
  v.optional(v.fallback(v.optional(v.picklist(words)), undefined));

/** A text; `?search=42` is read as a number and means the text. */
const text = v.optional(
  v.fallback(
    v.optional(
      v.pipe(
        v.union([v.string(), v.number(), v.boolean()]),
        v.transform((value) => String(value).slice(0, 200) || undefined),
      ),
    ),
    undefined,
  ),
);

/** The search parameters of the list of incidents. */
export const listSchema = v.object({
  status: several((word) => statuses.some((each) => each === word)),
  severity: several((word) => severities.some((each) => each === word)),
  service_id: several((word) => uuid.test(word)),
  rule_id: several((word) => uuid.test(word)),
  department_id: several((word) => uuid.test(word)),
  /** Names; the empty one means nobody. */
  assignee: several((word) => anyName.test(word)),
  search: text,
  ...rangeSchema,
  sort_by: oneOf(sorts),
  sort_dir: oneOf(["asc", "desc"]),
  limit: oneOf([20, 50, 100]),
  offset: v.optional(
    v.fallback(v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000))), undefined),
  ),
  /** The saved view that was applied last; it decides nothing but what the menu shows. */
  view: v.optional(v.fallback(v.optional(v.pipe(v.string(), v.regex(uuid))), undefined)),
});

/** What the address of the list says. */
export type ListSearch = v.InferOutput<typeof listSchema>;

/** The filters that take several values. */
export type ManyFilter = "status" | "severity" | "service_id" | "rule_id" | "department_id" | "assignee";

/** How many rows are shown unless the address says otherwise. */
export const LIMIT = 50;

/** The values of a filter. */
export function valuesOf(search: ListSearch, filter: ManyFilter): string[] {
  return search[filter]?.split(",") ?? [];
}

/** The search with other values of a filter, from the first page. */
export function withValues(search: ListSearch, filter: ManyFilter, values: readonly string[]): ListSearch {
  return { ...search, [filter]: values.length > 0 ? values.join(",") : undefined, offset: undefined };
}

/** What the server is asked for. The range is apart, since one that ends now is resolved at each fetch. */
export function listParams(search: ListSearch): ListParams {
  const many = <T extends string>(filter: ManyFilter) => {
    const values = valuesOf(search, filter);
    return values.length > 0 ? { [filter]: values as T[] } : {};
  };
  return {
    ...many<Status>("status"),
    ...many<Severity>("severity"),
    ...many("service_id"),
    ...many("rule_id"),
    ...many("department_id"),
    ...many("assignee"),
    ...(search.search ? { search: search.search } : {}),
    // What is searched comes in the order of relevance, unless a column was clicked.
    ...(search.search && search.sort_by === undefined
      ? {}
      : { sort_by: search.sort_by ?? "created_at", sort_dir: search.sort_dir ?? "desc" }),
    limit: search.limit ?? LIMIT,
    offset: search.offset ?? 0,
  };
}

/** The range of the address, or nothing when incidents of all times are shown. */
export function listRange({ range, from, to }: ListSearch): Range | undefined {
  if (from !== undefined && to !== undefined && from < to) return { from, to };
  return range === undefined ? undefined : { range };
}

/** Whether anything narrows the list. */
export function isFiltered(search: ListSearch): boolean {
  const { status, severity, service_id, rule_id, department_id, assignee } = search;
  const values = [status, severity, service_id, rule_id, department_id, assignee, search.search];
  return values.some((value) => value !== undefined) || listRange(search) !== undefined;
}

/** The search without its filters; order and size of the page stay. */
export function cleared({ sort_by, sort_dir, limit }: ListSearch): ListSearch {
  return { sort_by, sort_dir, limit };
}

/** The query that a saved view keeps: filters and order, always written in the same way. */
export function viewQuery(search: ListSearch): string {
  const { limit: _, offset: __, view: ___, ...kept } = search;
  const entries = Object.entries(kept).filter((entry): entry is [string, string] => entry[1] !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return new URLSearchParams(entries).toString();
}

/** What a saved view shows. What it holds that is not known any more is left out. */
export function viewSearch(query: string): ListSearch {
  return v.parse(listSchema, Object.fromEntries(new URLSearchParams(query)));
}

/** The lists that are one click away. */
export const tabs = ["live", "mine", "closed", "all"] as const;

/** The name of such a list. */
export type Tab = (typeof tabs)[number];

/** The search of a tab. The filters that it does not set stay. */
export function tabSearch(search: ListSearch, tab: Tab, me: string): ListSearch {
  const rest = { ...search, status: undefined, assignee: undefined, offset: undefined, view: undefined };
  if (tab === "live") return { ...rest, status: "OPEN,IN_PROGRESS" };
  if (tab === "mine") return { ...rest, status: "OPEN,IN_PROGRESS", assignee: me };
  return tab === "closed" ? { ...rest, status: "CLOSED" } : rest;
}

/** The tab that the search shows, if any. */
export function tabOf(search: ListSearch, me: string | undefined): Tab | undefined {
  return tabs.find((tab) => {
    if (tab === "mine" && me === undefined) return false;
    const of = tabSearch(search, tab, me ?? "");
    return of.status === search.status && of.assignee === search.assignee;
  });
}
