import * as v from "valibot";
import { listSchema, text, wordOf } from "~/lib/list-search.ts";
import { type Preset, rangeSchema } from "~/lib/range.ts";
import { ids, someOf, texts } from "~/lib/search.ts";
import { severities } from "~/ui/severity.tsx";

/** How many rules a page has when the URL says nothing. */
export const PAGE_SIZE = 20;
/** For which time the list counts incidents when the URL says nothing. */
export const LIST_RANGE: Preset = "7d";

const sorts = ["created_at", "updated_at", "name", "metric_type", "threshold", "severity"] as const;

/** What the URL of the list of rules holds. */
export const ruleListSchema = v.object({
  severity: someOf(severities),
  metric_type: texts(),
  department_id: ids(),
  enabled: v.optional(v.fallback(v.optional(v.boolean()), undefined)),
  sort_by: wordOf(sorts),
  sort_dir: wordOf(["asc", "desc"]),
  ...listSchema,
  ...rangeSchema,
});

/** The state of the list of rules. */
export type RuleListSearch = v.InferOutput<typeof ruleListSchema>;

/** What the list asks the server for. */
export function listParams(search: RuleListSearch) {
  const { range: _, from: __, to: ___, ...filters } = search;
  return { ...filters, limit: search.limit ?? PAGE_SIZE, offset: search.offset ?? 0 };
}

/** Whether the list is narrowed down. */
export function isFiltered(search: RuleListSearch): boolean {
  return [search.severity, search.metric_type, search.department_id, search.enabled, search.search].some(
    (filter) => filter !== undefined,
  );
}

/** The state without any filter; order, size of the page and time range stay. */
export function withoutFilters(search: RuleListSearch): RuleListSearch {
  const { sort_by, sort_dir, limit, range, from, to } = search;
  return { sort_by, sort_dir, limit, range, from, to };
}

/** The spans that a rule can be tried on. */
export const trialSpans = ["24h", "7d", "30d"] as const;

/** One of them. */
export type TrialSpan = (typeof trialSpans)[number];

/** What the URL of a rule's page holds. */
export const ruleSchema = v.object({ span: wordOf(trialSpans) });

/** What the URL of a new rule holds: the rule it is a copy of, or what it begins with. */
export const newRuleSchema = v.object({
  span: wordOf(trialSpans),
  from: v.optional(v.fallback(v.optional(v.pipe(v.string(), v.uuid())), undefined)),
  service_id: v.optional(v.fallback(v.optional(v.pipe(v.string(), v.uuid())), undefined)),
  metric_type: text,
});
