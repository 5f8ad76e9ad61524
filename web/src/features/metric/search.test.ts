import * as v from "valibot";
import { describe, expect, test } from "vitest";
import {
  emptySearch,
  exploreSchema,
  labelFilters,
  labelsOf,
  MOST_SERIES,
  tidy,
  viewQuery,
  viewSearch,
} from "./search.ts";

const parse = (search: object) => v.parse(exploreSchema, search);
const series = { service: "superonline", metric_type: "LATENCY_MS" };

describe("the address", () => {
  test("holds the whole view", () => {
    const view = {
      q: [{ ...series, labels: { region: "eu" }, statistic: "p95", hidden: true }, series],
      bucket: "minute",
      from: "2026-11-23T08:00:00Z",
      to: "2026-11-23T09:00:00Z",
      compare: true,
      rules: false,
      table: 1,
      sort_by: "value",
      sort_dir: "asc",
      min_value: 1.5,
      limit: 50,
      offset: 100,
      until: "2026-11-23T09:00:00Z",
    };
    expect(parse(view)).toEqual(view);
    expect(parse({})).toEqual({});
  });

  test("that is broken is as if it were not there", () => {
    const broken = {
      q: "hello",
      bucket: "fortnight",
      range: 7,
      compare: "yes",
      rules: "maybe",
      table: -1,
      sort_by: "shoe_size",
      min_value: "much",
      max_value: Number.POSITIVE_INFINITY,
      limit: 7,
      offset: 1.5,
    };
    expect(Object.values(parse(broken)).every((value) => value === undefined)).toBe(true);
  });

  test("keeps the series that can be read", () => {
    const q = [
      null,
      7,
      { service: "" },
      { service: "bip" },
      { ...series, statistic: "mode", labels: 3 },
      series,
    ];
    expect(parse({ q }).q).toEqual([series, series]);
    expect(parse({ q: [null] }).q).toBeUndefined();
  });

  test("holds only so many series", () => {
    expect(parse({ q: Array.from({ length: 50 }, () => series) }).q).toHaveLength(MOST_SERIES);
  });
});

test("what is usual is not written", () => {
  expect(tidy({ ...series, labels: {}, statistic: "avg", hidden: undefined })).toEqual(series);
});

describe("labels", () => {
  test("are filters of name and value, and the value may hold an equals sign", () => {
    const labels = { region: "eu", query: "a=b" };
    expect(labelFilters(labels)).toEqual(["region=eu", "query=a=b"]);
    expect(labelsOf(labelFilters(labels))).toEqual(labels);
    expect(labelFilters(undefined)).toEqual([]);
  });

  test("of two values of one name the later holds", () => {
    expect(labelsOf(["region=eu", "host=a", "region=us"])).toEqual({ region: "us", host: "a" });
  });
});

describe("a saved view", () => {
  const shown = parse({
    q: [{ service: "web", metric_type: "LATENCY_MS", labels: { region: "a&b=c" }, statistic: "p95" }],
    from: "2026-01-01T00:00:00.000Z",
    to: "2026-01-02T00:00:00.000Z",
    compare: true,
    rules: false,
    bucket: "hour",
  });

  test("brings back what was shown, and is written in one way", () => {
    const query = viewQuery({ ...shown, offset: 40, min_value: 3 });
    expect(viewSearch(query)).toEqual(shown);
    expect(viewQuery(viewSearch(query))).toBe(query);
  });

  test("leaves out what is not known any more", () => {
    expect(viewSearch("q=nothing&bucket=century&range=1h&x=%7B")).toEqual({ range: "1h" });
  });

  test("is applied over everything that the address held", () => {
    expect(Object.keys(emptySearch)).toContain("min_value");
    expect({ ...shown, ...emptySearch, range: "1h" }).toEqual({ range: "1h" });
  });
});
