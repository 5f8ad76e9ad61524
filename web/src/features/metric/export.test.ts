import { describe, expect, test } from "vitest";
import { linesCsv, MOST_ROWS, pointsCsv, readAll } from "./export.ts";

const point = (value: number, labels: Record<string, string> = {}) => ({
  service_id: "0",
  service_name: "BiP",
  metric_type: "LATENCY_MS",
  unit: "ms",
  value,
  labels,
  recorded_at: "2026-11-23T12:00:00Z",
});

test("the lines of a chart share the column of instants", () => {
  const csv = linesCsv([
    {
      name: "a",
      unit: "ms",
      points: [
        [0, 1],
        [60_000, 2],
      ],
    },
    { name: "b", unit: "", points: [[60_000, 3]] },
  ]);
  expect(csv.split("\r\n")).toEqual([
    "time,a (ms),b",
    "1970-01-01T00:00:00.000Z,1,",
    "1970-01-01T00:01:00.000Z,2,3",
    "",
  ]);
});

test("each label of points has a column", () => {
  expect(pointsCsv([point(1.5, { region: "eu" }), point(2, { host: "a,b" })]).split("\r\n")).toEqual([
    "recorded_at,service,metric_type,value,unit,label host,label region",
    "2026-11-23T12:00:00Z,BiP,LATENCY_MS,1.5,ms,,eu",
    '2026-11-23T12:00:00Z,BiP,LATENCY_MS,2,ms,"a,b",',
    "",
  ]);
});

describe("reading all points", () => {
  /** A server with so many points, the value of each being its place. */
  const server = (total: number) => (page: { limit: number; offset: number }) =>
    Promise.resolve({
      data: Array.from({ length: Math.max(0, Math.min(page.limit, total - page.offset)) }, (_, index) =>
        point(page.offset + index),
      ),
      meta: { total },
    });

  test.each([0, 1, 100, 101, 999])("%i points come in their order, each once", async (total) => {
    const told: number[] = [];
    const { points } = await readAll(server(total), (done) => told.push(done));
    expect(points.map((each) => each.value)).toEqual(Array.from({ length: total }, (_, index) => index));
    expect(told.at(-1)).toBe(total);
  });

  test("ends at the most rows", async () => {
    const { points, total } = await readAll(server(MOST_ROWS + 250), () => {});
    expect(points).toHaveLength(MOST_ROWS);
    expect(total).toBe(MOST_ROWS + 250);
  });

  test("fails when a page does", async () => {
    await expect(
      readAll(
        () => Promise.reject(new Error("gone")),
        () => {},
      ),
    ).rejects.toThrow("gone");
  });
});
