import * as v from "valibot";

/** A search parameter that may hold several of the words, or one alone. Unknown words are left out. */
export function someOf<const T extends string>(words: readonly T[]) {
  return several((value): value is T => words.some((word) => word === value));
}

/** A search parameter that may hold several texts, e.g. keys, or one alone. */
export function texts() {
  return several(
    (value): value is string => typeof value === "string" && value !== "" && value.length <= 200,
  );
}

/** A search parameter that may hold several identifiers, or one alone. */
export function ids() {
  return several((value): value is string => v.is(v.pipe(v.string(), v.uuid()), value));
}

function several<T extends string>(fits: (value: unknown) => value is T) {
  return v.optional(
    v.pipe(
      v.custom<T[] | T | undefined>(() => true),
      v.transform((value): T[] | undefined => {
        const kept = [...new Set([value].flat().filter(fits))];
        return kept.length > 0 ? kept : undefined;
      }),
    ),
  );
}
