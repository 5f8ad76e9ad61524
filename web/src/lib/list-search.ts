import * as v from "valibot";

/** The sizes of a page that can be chosen. */
const limits = [20, 50, 100] as const;

/** How many rows a page may have. */
export type PageLimit = (typeof limits)[number];

/** One of these words, or nothing when the address says something else. */
export const wordOf = <const T extends readonly [string, ...string[]]>(words: T) =>
  v.optional(v.fallback(v.optional(v.picklist(words)), undefined));

/** A text; an address like `?search=42` is read as a number and means the text. */
export const text = v.optional(
  v.fallback(
    v.optional(
      v.pipe(
        v.union([v.string(), v.number(), v.boolean()]),
        v.transform(String),
        v.transform((words) => words.slice(0, 200)),
      ),
    ),
    undefined,
  ),
);

/** Whether something is on; off is not written. */
export const flag = v.optional(v.fallback(v.optional(v.literal(true)), undefined));

/** The search parameters of a page with a list: what is searched, how much of it is shown, from where. */
export const listSchema = {
  search: text,
  limit: v.optional(v.fallback(v.optional(v.picklist(limits)), undefined)),
  offset: v.optional(
    v.fallback(v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000))), undefined),
  ),
};

/** A page of a list for the address; what is usual is not written. */
export function pageSearch(page: { limit: number; offset: number }) {
  const limit = limits.find((each) => each === page.limit);
  return { limit: limit === 20 ? undefined : limit, offset: page.offset || undefined };
}
