import { expect, test } from "vitest";
import { slug } from "./slug.ts";

test.each([
  ["Superonline", "superonline"],
  ["TV+ Canlı Yayın", "tv-canli-yayin"],
  ["İŞ  ÇÖZÜM", "is-cozum"],
  ["日本", ""],
  ["  --a--  ", "a"],
  ["x".repeat(80), "x".repeat(50)],
])("%s becomes %s", (name, key) => {
  expect(slug(name)).toBe(key);
});
