import { expect, test } from "vitest";
import { isNear, thresholdDistance } from "./distance.ts";

const threshold = (operator: string, value: number, violated = false) => ({ operator, value, violated });

test("a value under an upper threshold is below it", () => {
  expect(thresholdDistance(138, threshold(">", 150))).toEqual({ side: "below", distance: 12 });
});

test("a value over a lower threshold is above it", () => {
  expect(thresholdDistance(99.5, threshold("<", 99))).toEqual({ side: "above", distance: 0.5 });
});

test("a value on a threshold that it may reach is at it", () => {
  expect(thresholdDistance(150, threshold(">", 150))).toEqual({ side: "at" });
});

test("the server says whether the threshold is violated", () => {
  expect(thresholdDistance(150, threshold(">=", 150, true))).toEqual({ side: "violated" });
});

test("values below zero have a distance too", () => {
  expect(thresholdDistance(-5, threshold(">", 10))).toEqual({ side: "below", distance: 15 });
});

test("a threshold is drawn only where the line comes near it", () => {
  const at = (value: number) => ({ value, violated: false });
  expect(isNear([100, null, 130], at(150))).toBe(true);
  expect(isNear([100, 101], at(150))).toBe(false);
  expect(isNear([100, 101], { value: 150, violated: true })).toBe(true);
  expect(isNear([10, 90], at(50))).toBe(true);
});
