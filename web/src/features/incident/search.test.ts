import * as v from "valibot";
import { describe, expect, test } from "vitest";
import {
  isFiltered,
  listParams,
  listRange,
  listSchema,
  tabOf,
  tabSearch,
  valuesOf,
  viewQuery,
  viewSearch,
  withValues,
} from "./search.ts";

const id = "01a207af-f784-7000-863b-225a71649efe";
const parse = (search: unknown) => v.parse(listSchema, search);

describe("the address becomes a query", () => {
  test("nothing said: the newest of all", () => {
    expect(listParams(parse({}))).toEqual({ sort_by: "created_at", sort_dir: "desc", limit: 50, offset: 0 });
    expect(isFiltered(parse({}))).toBe(false);
  });

  test("what is searched comes by relevance until a column is clicked", () => {
    expect(listParams(parse({ search: "tv" }))).toEqual({ search: "tv", limit: 50, offset: 0 });
    const clicked = listParams(parse({ search: "tv", sort_by: "number", sort_dir: "asc" }));
    expect(clicked).toEqual({ search: "tv", sort_by: "number", sort_dir: "asc", limit: 50, offset: 0 });
  });

  test("filters, order and page", () => {
    const search = parse({
      status: "OPEN,IN_PROGRESS",
      severity: ["HIGH"],
      service_id: id,
      search: 42,
      sort_by: "severity",
      limit: 20,
      offset: 40,
    });
    expect(listParams(search)).toEqual({
      status: ["OPEN", "IN_PROGRESS"],
      severity: ["HIGH"],
      service_id: [id],
      search: "42",
      sort_by: "severity",
      sort_dir: "desc",
      limit: 20,
      offset: 40,
    });
  });

  test("an empty assignee is nobody, alone or beside a name", () => {
    expect(listParams(parse({ assignee: "" })).assignee).toEqual([""]);
    expect(listParams(parse({ assignee: ",ayse" })).assignee).toEqual(["", "ayse"]);
    expect(isFiltered(parse({ assignee: "" }))).toBe(true);
  });

  test("what makes no sense is left out", () => {
    const search = parse({
      status: "OPEN,WRONG,OPEN",
      severity: 7,
      service_id: "x",
      sort_by: "price",
      limit: 33,
      offset: -1,
      range: "100y",
      from: "yesterday",
      view: {},
      other: 1,
    });
    expect(Object.entries(search).filter(([, value]) => value !== undefined)).toEqual([["status", "OPEN"]]);
  });
});

test("a range ends now or lies between two instants in order", () => {
  const from = "2026-01-01T00:00:00.000Z";
  const to = "2026-01-02T00:00:00.000Z";
  expect(listRange(parse({ range: "24h" }))).toEqual({ range: "24h" });
  expect(listRange(parse({ from, to }))).toEqual({ from, to });
  expect(listRange(parse({ from: to, to: from }))).toBeUndefined();
});

test("changing a filter leads back to the first page", () => {
  const search = withValues(parse({ offset: 100, severity: "LOW" }), "severity", ["LOW", "HIGH"]);
  expect(valuesOf(search, "severity")).toEqual(["LOW", "HIGH"]);
  expect(search.offset).toBeUndefined();
  expect(withValues(search, "severity", []).severity).toBeUndefined();
});

describe("saved views", () => {
  test("keep filters and order, not the page", () => {
    const search = parse({ status: "OPEN", assignee: "", search: "a&b=c", offset: 50, sort_dir: "asc" });
    const query = viewQuery(search);
    expect(query).toBe("assignee=&search=a%26b%3Dc&sort_dir=asc&status=OPEN");
    expect(viewSearch(query)).toEqual({ ...search, offset: undefined });
    expect(viewQuery(viewSearch(query))).toBe(query);
  });

  test("that hold nonsense show everything", () => {
    expect(isFiltered(viewSearch("?%%%&status=GONE"))).toBe(false);
  });
});

describe("tabs", () => {
  test("keep the other filters", () => {
    const search = tabSearch(parse({ severity: "HIGH", assignee: "ayse", offset: 50 }), "closed", "me");
    expect(search).toMatchObject({ severity: "HIGH", status: "CLOSED" });
    expect(search.assignee).toBeUndefined();
    expect(search.offset).toBeUndefined();
  });

  test("are recognized", () => {
    expect(tabOf(parse({}), "me")).toBe("all");
    expect(tabOf(parse({ status: "OPEN,IN_PROGRESS" }), "me")).toBe("live");
    expect(tabOf(parse({ status: "OPEN,IN_PROGRESS", assignee: "me" }), "me")).toBe("mine");
    expect(tabOf(parse({ status: "OPEN" }), "me")).toBeUndefined();
  });
});
