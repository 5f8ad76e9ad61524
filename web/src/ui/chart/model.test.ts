import { describe, expect, test } from "vitest";
import { align, type ChartPoint, type ChartSeries, figures } from "./model.ts";

const line = (points: ChartPoint[]): ChartSeries => ({ name: "line", unit: "ms", points });

describe("align", () => {
  test("leaves a gap where a line says nothing for long", () => {
    const { xs, ys } = align(
      [
        line([
          [0, 1],
          [1_000, 2],
          [2_000, 3],
          [60_000, 4],
        ]),
      ],
      1_000,
    );
    expect(xs).toEqual([0, 1, 2, 31, 60]);
    expect(ys).toEqual([[1, 2, 3, null, 4]]);
  });

  test("a line that comes less often than the buckets is not torn apart", () => {
    const { ys } = align(
      [
        line([
          [0, 1],
          [30_000, 2],
          [60_000, 3],
        ]),
      ],
      10_000,
    );
    expect(ys).toEqual([[1, 2, 3]]);
  });

  test("lines share the axis, and one goes on over the instants of the other", () => {
    const { xs, ys } = align(
      [
        line([
          [0, 1],
          [2_000, 2],
        ]),
        line([[1_000, 5]]),
      ],
      1_000,
    );
    expect(xs).toEqual([0, 1, 2]);
    expect(ys).toEqual([
      [1, undefined, 2],
      [undefined, 5, undefined],
    ]);
  });

  test("no line, no axis", () => {
    expect(align([], 1_000)).toEqual({ xs: [], ys: [] });
  });
});

test("figures of a line", () => {
  expect(
    figures([
      [0, 3],
      [1, 1],
      [2, 5],
    ]),
  ).toEqual({ latest: 5, min: 1, max: 5, avg: 3, count: 3 });
  expect(figures([])).toBeUndefined();
});
