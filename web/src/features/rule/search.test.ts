import * as v from "valibot";
import { expect, test } from "vitest";
import { isFiltered, listParams, newRuleSchema, ruleListSchema, withoutFilters } from "./search.ts";

const parse = (search: object) => v.parse(ruleListSchema, search);
const id = "0199d5a0-0000-7000-8000-000000000001";

test("an address that makes no sense is an address without state", () => {
  const search = parse({
    severity: ["WORST"],
    department_id: "x",
    enabled: "perhaps",
    sort_by: "luck",
    sort_dir: 1,
    limit: 7,
    offset: -1,
    range: "1y",
    from: "yesterday",
    other: true,
  });
  expect(listParams(search)).toEqual({ limit: 20, offset: 0 });
  expect(isFiltered(search)).toBe(false);
});

test("filters are taken alone or as a list, without what is unknown", () => {
  const search = parse({ severity: "HIGH", metric_type: ["A", "A", 7], department_id: [id, "x"] });
  expect(search).toMatchObject({ severity: ["HIGH"], metric_type: ["A"], department_id: [id] });
});

test("the time range is no matter of the list itself, and off is a filter", () => {
  const search = parse({ range: "30d", enabled: false, search: 42, limit: 50, offset: 50 });
  expect(listParams(search)).toEqual({ enabled: false, search: "42", limit: 50, offset: 50 });
  expect(isFiltered(search)).toBe(true);
  expect(withoutFilters(search)).toEqual({ limit: 50, range: "30d" });
});

test("a new rule begins with a copy only of what can be a rule", () => {
  expect(v.parse(newRuleSchema, { from: "abc", span: "9d" })).toEqual({});
  expect(v.parse(newRuleSchema, { from: id, span: "7d" })).toEqual({ from: id, span: "7d" });
});
