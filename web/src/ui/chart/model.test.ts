import { describe, expect, test } from "vitest";
import {
  type Aligned,
  align,
  type ChartPoint,
  type ChartSeries,
  figures,
  nearest,
  outline,
  padded,
  unitsOf,
} from "./model.ts";

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

  test("a gap stays a gap over the instants of another line", () => {
    const every = Array.from({ length: 7 }, (_, index): ChartPoint => [index * 1_000, 5]);
    const { xs, ys } = align(
      [
        line([
          [0, 1],
          [1_000, 1],
          [6_000, 2],
        ]),
        line(every),
      ],
      1_000,
    );
    expect(xs).toEqual([0, 1, 2, 3, 3.5, 4, 5, 6]);
    expect(ys[0]).toEqual([1, 1, null, null, null, null, null, 2]);
  });

  test("a point between gaps is told, since no stroke shows it", () => {
    const { alone } = align(
      [
        line([
          [0, 1],
          [1_000, 1],
          [2_000, 1],
          [30_000, 2],
          [60_000, 3],
          [61_000, 3],
          [62_000, 3],
        ]),
        line([[1_500, 9]]),
      ],
      1_000,
    );
    const { xs } = align([line([[1_500, 9]])], 1_000);
    expect(alone).toEqual([[5], [2]]);
    expect(xs).toEqual([1.5]);
  });

  test("no line, no axis", () => {
    expect(align([], 1_000)).toEqual({ xs: [], ys: [], alone: [], reach: [] });
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

describe("the value that speaks for an instant", () => {
  const aligned: Aligned = {
    xs: [0, 1, 2, 3, 4, 5, 6],
    ys: [[1, undefined, undefined, undefined, 2, null, 3]],
    alone: [[]],
    reach: [2],
  };

  test("is the line's own there", () => expect(nearest(aligned, 0, 4)).toBe(4));
  test("or the nearest within reach", () => {
    expect(nearest(aligned, 0, 1)).toBe(0);
    expect(nearest(aligned, 0, 3)).toBe(4);
    expect(nearest({ ...aligned, reach: [0.5] }, 0, 2)).toBeUndefined();
  });
  test("in a gap there is none", () => {
    expect(nearest(aligned, 0, 5)).toBeUndefined();
    expect(nearest(aligned, 0, 99)).toBeUndefined();
    expect(nearest(aligned, 7, 0)).toBeUndefined();
  });
});

test("the outline sums up each part of the span", () => {
  const parts = outline(
    [
      line([
        [0, 1],
        [9, 3],
        [25, 7],
      ]),
    ],
    { from: 0, to: 30 },
    3,
  );
  expect(parts.map(({ from, figures: [sums] }) => [from, sums?.avg])).toEqual([
    [0, 2],
    [10, undefined],
    [20, 7],
  ]);
});

test("units come in the order of the lines, those of thresholds after them", () => {
  expect(unitsOf([{ unit: "ms" }, { unit: "%" }, { unit: "ms" }], [{ unit: "%" }, { unit: "" }])).toEqual([
    "ms",
    "%",
    "",
  ]);
});

describe("the scale of an axis", () => {
  const rounded = (low: number | null, high: number | null, marks: number[] = []) =>
    padded(low, high, marks).map((value) => Number(value.toPrecision(6)));

  test("begins at zero where that is near", () => expect(rounded(50, 100)).toEqual([0, 104]));
  test("and does not where it is far", () => expect(rounded(1_000, 1_100)).toEqual([992, 1_108]));
  test("holds the thresholds", () => expect(rounded(50, 100, [200])).toEqual([0, 212]));
  test("has room around one value", () => {
    expect(rounded(5, 5)).toEqual([0, 5.5]);
    expect(rounded(0, 0)).toEqual([0, 1]);
    expect(rounded(-5, -5)).toEqual([-5.5, 0]);
    expect(rounded(0.1 + 0.2, 0.3)).toEqual([0, 0.33]);
  });
  test("goes below zero, and ends there where that is near", () => {
    expect(rounded(-100, -50)).toEqual([-104, 0]);
    expect(rounded(-10, 10)).toEqual([-11.6, 11.6]);
  });
  test("of nothing is zero to one", () => expect(rounded(null, null)).toEqual([0, 1]));
  test("of huge values has a length that is a number", () => {
    const [least, most] = padded(-1e308, 1e308, []);
    expect(Number.isFinite(most - least)).toBe(true);
  });
});
