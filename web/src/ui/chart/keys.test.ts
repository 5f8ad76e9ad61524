import { expect, test } from "vitest";
import { indexAfter } from "./keys.ts";
import { align, type ChartSeries } from "./model.ts";

const series: ChartSeries[] = [
  {
    name: "line",
    unit: "",
    points: [
      [0, 1],
      [1_000, 2],
      [2_000, 3],
      [60_000, 4],
      [61_000, 5],
    ],
  },
];
// The axis is 0, 1, 2, a gap at 31, 60, 61 seconds.
const scene = {
  series,
  aligned: align(series, 1_000),
  hidden: new Set<string>(),
  span: { from: 0, to: 60_500 },
};

test("the crosshair begins at the latest point within the span", () => {
  expect(indexAfter("ArrowLeft", scene, undefined)).toBe(4);
  expect(indexAfter("ArrowRight", scene, undefined)).toBe(4);
});

test("arrows go from point to point over gaps, and stop at the ends", () => {
  expect(indexAfter("ArrowRight", scene, 2)).toBe(4);
  expect(indexAfter("ArrowLeft", scene, 4)).toBe(2);
  expect(indexAfter("ArrowRight", scene, 4)).toBe(4);
  expect(indexAfter("ArrowLeft", scene, 0)).toBe(0);
});

test("from within a gap they go to its ends", () => {
  expect(indexAfter("ArrowRight", scene, 3)).toBe(4);
  expect(indexAfter("ArrowLeft", scene, 3)).toBe(2);
});

test("home, end and whole pages", () => {
  expect(indexAfter("Home", scene, 2)).toBe(0);
  expect(indexAfter("End", scene, 0)).toBe(4);
  expect(indexAfter("PageUp", scene, 4)).toBe(0);
  expect(indexAfter("PageDown", scene, 0)).toBe(4);
});

test("other keys, hidden lines and empty charts lead nowhere", () => {
  expect(indexAfter("a", scene, 0)).toBeUndefined();
  expect(indexAfter("Home", { ...scene, hidden: new Set(["line"]) }, 0)).toBeUndefined();
});
