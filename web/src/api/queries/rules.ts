import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type Preset, type Range, spanParams } from "~/lib/range.ts";
import { api, body, type Schemas } from "../client.ts";
import type { paths } from "../schema.d.ts";

type ListParams = NonNullable<paths["/rules"]["get"]["parameters"]["query"]>;

/** A page of rules. */
export const rulesQuery = (params: ListParams) =>
  queryOptions({
    queryKey: ["rules", "list", params],
    queryFn: async ({ signal }) => body(await api.GET("/rules", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** One rule. */
export const ruleQuery = (id: string) =>
  queryOptions({
    queryKey: ["rules", "detail", id],
    queryFn: async ({ signal }) =>
      body(await api.GET("/rules/{id}", { params: { path: { id } }, signal })).data,
  });

/** How often each of the rules opened an incident within a range. A rule that opened none is not among them. */
export const triggersQuery = (ruleIds: readonly string[], range: Range, fallback: Preset) =>
  queryOptions({
    queryKey: ["rules", "top", "of", ruleIds, range, fallback],
    queryFn: async ({ signal }) => {
      const span = spanParams(range, fallback);
      const query = { ...span, rule_id: [...ruleIds], limit: Math.max(1, ruleIds.length) };
      return body(await api.GET("/rules/stats/top-triggered", { params: { query }, signal })).data;
    },
    placeholderData: keepPreviousData,
    enabled: ruleIds.length > 0,
  });

type TopParams = NonNullable<paths["/rules/stats/top-triggered"]["get"]["parameters"]["query"]>;

/** The rules that opened most incidents in a range, most first. */
export const topTriggeredQuery = (params: Omit<TopParams, "from" | "to">, range: Range, fallback: Preset) =>
  queryOptions({
    queryKey: ["rules", "top", "list", params, range, fallback],
    queryFn: async ({ signal }) => {
      const query = { ...params, ...spanParams(range, fallback) };
      return body(await api.GET("/rules/stats/top-triggered", { params: { query }, signal })).data;
    },
    placeholderData: keepPreviousData,
  });

/** A rule to try, as far as it is known. */
export type RuleTrial = Partial<Schemas["RuleRequest"]>;

/** What a rule would have made of the points of a span. */
export type RulePreview = Schemas["RulePreview"];

/** While somebody types, each draft is asked for only when the typing rests this long. */
const REST = 300;

/**
 * Tries a rule on the points of a span that ends now. The next draft cancels this one, so a draft that is typed over
 * within the rest is never sent. `edited` is the rule that is being changed.
 */
export const previewQuery = (rule: RuleTrial, edited: string | undefined, span: Preset) =>
  queryOptions({
    queryKey: ["rules", "preview", edited, span, rule],
    queryFn: async ({ signal }) => {
      await rest(signal);
      // What is missing is for the server to say.
      const request = { rule: rule as Schemas["RuleDraft"], rule_id: edited, ...spanParams({}, span) };
      return body(await api.POST("/rules/preview", { body: request, signal })).data;
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
  });

function rest(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, REST);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
