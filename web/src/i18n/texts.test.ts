import { expect, test } from "vitest";
import enAnalytics from "./en/analytics.json";
import { texts as enFirst } from "./en/index.ts";
import enSystem from "./en/system.json";
import trAnalytics from "./tr/analytics.json";
import { texts as trFirst } from "./tr/index.ts";
import trSystem from "./tr/system.json";

const en = { ...enFirst, analytics: enAnalytics, system: enSystem };
const tr = { ...trFirst, analytics: trAnalytics, system: trSystem };

/** Every text with its path; the plural forms of one text count once, since languages differ in how many they have. */
function flatten(value: unknown, path = ""): [string, string][] {
  if (typeof value === "string") return [[path.replace(/_(zero|one|two|few|many|other)$/, ""), value]];
  return Object.entries(value as object).flatMap(([key, inner]) =>
    flatten(inner, path ? `${path}.${key}` : key),
  );
}

const keys = (texts: unknown) => [...new Set(flatten(texts).map(([key]) => key))].sort();
const placeholders = (text: string) => [...text.matchAll(/{{\s*([\w.]+)/g)].map((match) => match[1]).sort();

test("both languages have the same texts", () => {
  expect(keys(tr)).toEqual(keys(en));
});

test("no text is empty", () => {
  expect([...flatten(en), ...flatten(tr)].filter(([, text]) => text.trim() === "")).toEqual([]);
});

test("the placeholders of a text are the same in both languages", () => {
  const english = new Map(flatten(en));
  const different = flatten(tr).filter(
    ([key, text]) => String(placeholders(text)) !== String(placeholders(english.get(key) ?? "")),
  );
  expect(different).toEqual([]);
});
