import { expect, test } from "vitest";
import type { Schemas } from "~/api/client.ts";
import { flowOf, merged } from "./flow.ts";
import { gapsIn } from "./gaps.ts";
import { busiestOf, dayName, hourSpan, shade, weekOf } from "./hours.ts";
import { fromGroups } from "./rules.ts";
import { tookOf } from "./took.ts";

const at = (hour: number) => `2026-11-23T${String(hour).padStart(2, "0")}:00:00Z`;
const bucket = (hour: number, opened: number, closed: number) => ({ start: at(hour), opened, closed });
const group = (name: string, ...buckets: Schemas["IncidentBucket"][]) => ({
  group: { key: name, name },
  opened: 0,
  closed: 0,
  buckets,
});
const meta = { from: "2026-11-23T00:30:00Z", to: at(4), bucket_seconds: 3_600 };

test("a chart has every part of the span, also those in which nothing happened", () => {
  const { columns } = flowOf([group("A", bucket(0, 1, 0), bucket(3, 2, 5))], meta, 6);
  expect(columns.map((column) => column.start)).toEqual([0, 1, 2, 3].map((hour) => Date.parse(at(hour))));
  expect(columns.map((column) => [column.opened, column.closed])).toEqual([
    [[1], [0]],
    [[0], [0]],
    [[0], [0]],
    [[2], [5]],
  ]);
});

test("groups beyond those that stand apart are added up behind them", () => {
  const groups = ["A", "B", "C", "D"].map((name, index) => group(name, bucket(1, index + 1, 10)));
  const flow = flowOf(groups, meta, 2);
  expect(flow.groups.map(({ name }) => name)).toEqual(["A", "B"]);
  expect(flow.rest).toBe(2);
  expect(flow.columns[1]).toMatchObject({ opened: [1, 2, 7], closed: [10, 10, 20] });
});

test("columns are merged for a table without losing one", () => {
  const { columns } = flowOf([group("A", bucket(0, 1, 0), bucket(1, 2, 1), bucket(3, 4, 1))], meta, 6);
  expect(merged(columns, 2).map(({ start, opened, closed }) => [start, opened, closed])).toEqual([
    [Date.parse(at(0)), [3], [1]],
    [Date.parse(at(2)), [4], [1]],
  ]);
  expect(merged(columns, 4)).toEqual(columns);
});

test("durations are lines in the unit that fits the longest", () => {
  const took = (seconds: number) => ({
    mean_seconds: seconds / 2,
    p50_seconds: seconds / 4,
    p95_seconds: seconds,
    count: 3,
  });
  const buckets = [
    { ...bucket(0, 0, 0), mtta: took(60), mttr: null },
    { ...bucket(1, 0, 0), mtta: null, mttr: took(7 * 3_600) },
    { ...bucket(2, 0, 0), mtta: took(600), mttr: null },
  ];
  const { unit, lines } = tookOf(buckets, "mtta");
  expect(unit).toBe("minutes");
  expect(lines.mean).toEqual([
    [Date.parse(at(0)), 0.5],
    [Date.parse(at(2)), 5],
  ]);
  expect(lines.p95.map(([, value]) => value)).toEqual([1, 10]);
  expect(tookOf(buckets, "mttr")).toMatchObject({
    unit: "hours",
    lines: { p50: [[Date.parse(at(1)), 1.75]] },
  });
  expect(tookOf([], "mtta")).toEqual({ unit: "seconds", lines: { mean: [], p50: [], p95: [] } });
});

test("a week is seven days of hours, of which the first busiest is told", () => {
  const days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"] as const;
  const hours = days.flatMap((weekday) =>
    Array.from({ length: 24 }, (_, hour) => ({ weekday, hour, opened: 0 })),
  );
  expect(weekOf(hours).map((day) => [day.length, day[0]?.weekday])).toEqual(days.map((day) => [24, day]));
  expect(busiestOf(hours)).toBeUndefined();
  for (const [index, opened] of [
    [30, 2],
    [40, 3],
    [90, 3],
  ] as const) {
    const hour = hours[index];
    if (hour) hour.opened = opened;
  }
  expect(busiestOf(hours)).toEqual({ weekday: "TUESDAY", hour: 16, opened: 3 });
  expect([dayName(0, "long", "en"), dayName(6, "long", "tr")]).toEqual(["Monday", "Pazar"]);
  expect([hourSpan(6), hourSpan(23)]).toEqual(["06:00–07:00", "23:00–00:00"]);
});

test("one incident among hundreds is still told from none", () => {
  expect([shade(0, 300), shade(1, 300), shade(300, 300), shade(0, 0)]).toEqual([0, 15, 100, 0]);
});

test("gaps lie within the span", () => {
  const span = { from: at(0), to: at(10) };
  const gaps = [
    { from: at(9), to: at(12) },
    { from: at(2), to: at(4) },
    { from: "2026-11-22T00:00:00Z", to: at(0) },
  ];
  expect(gapsIn(gaps, span)).toEqual([
    { left: 90, width: 10 },
    { left: 20, width: 20 },
  ]);
});

test("rules by their groups: those that opened most first, without those that opened none", () => {
  const of = (name: string, opened: number) => ({ ...group(name), opened });
  const list = fromGroups({ data: [of("closed much", 0), of("A", 1), of("B", 3)] });
  expect(list.map(({ name, opened }) => [name, opened])).toEqual([
    ["B", 3],
    ["A", 1],
  ]);
});
