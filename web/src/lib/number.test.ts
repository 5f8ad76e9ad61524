import { describe, expect, test } from "vitest";
import { byteSize, compact, tickTexts, whole, withUnit } from "./number.ts";

/** With plain spaces, so that the tests can be read. */
const plain = (text: string) => text.replaceAll("\u00a0", " ");
const en = (value: number) => plain(compact(value, "en"));
const tr = (value: number) => plain(compact(value, "tr"));

describe("compact", () => {
  test.each([
    [0, "0"],
    [145.5, "145.5"],
    [145.56, "145.6"],
    [64.825, "64.8"],
    [0.02134, "0.0213"],
    [1_234.5, "1,235"],
    [-3.25, "-3.25"],
    [12_345, "12.3 k"],
    [-12_345, "-12.3 k"],
    [4_560_000, "4.6 M"],
    [1.234e20, "1.23E20"],
    [3.1e-9, "3.1E-9"],
  ])("%f in English is %s", (value, text) => expect(en(value)).toBe(text));

  test.each([
    [145.5, "145,5"],
    [1_234.5, "1.235"],
    [12_345, "12,3 bin"],
    [4_560_000, "4,6 Mn"],
    [1.234e20, "1,23E20"],
  ])("%f in Turkish is %s", (value, text) => expect(tr(value)).toBe(text));
});

test("the unit follows the number, and the percent sign leads in Turkish", () => {
  expect(withUnit(145.5, "ms", "en")).toBe("145.5\u00a0ms");
  expect(withUnit(2.1, "%", "en")).toBe("2.1\u00a0%");
  expect(withUnit(145.5, "ms", "tr")).toBe("145,5\u00a0ms");
  expect(withUnit(2.1, "%", "tr")).toBe("%2,1");
  expect(withUnit(-2.1, "%", "tr")).toBe("-%2,1");
  expect(withUnit(3, "", "en")).toBe("3");
});

test("whole numbers have separators", () => {
  expect(whole(1_234_567.8, "en")).toBe("1,234,568");
  expect(whole(1_234_567.8, "tr")).toBe("1.234.568");
});

describe("the numbers of an axis", () => {
  const ticks = (values: number[], unit = "", language = "en") =>
    tickTexts(values, unit, language).map(plain);

  test("have the digits of their step", () => {
    expect(ticks([0, 0.5, 1])).toEqual(["0.0", "0.5", "1.0"]);
    expect(ticks([1_000, 1_000.5, 1_001])).toEqual(["1,000.0", "1,000.5", "1,001.0"]);
    expect(ticks([0, 0.02, 0.04], "%")).toEqual(["0.00 %", "0.02 %", "0.04 %"]);
  });

  test("are shortened when large, and still told apart", () => {
    expect(ticks([0, 5_000, 10_000, 15_000])).toEqual(["0", "5 k", "10 k", "15 k"]);
    expect(ticks([10_000, 12_500, 15_000])).toEqual(["10 k", "12.5 k", "15 k"]);
    expect(ticks([0, 500_000, 1_000_000])).toEqual(["0", "500 k", "1 M"]);
    expect(ticks([1_000_000, 1_000_500])).toEqual(["1,000,000", "1,000,500"]);
    expect(ticks([0, 5_000, 10_000], "ms", "tr")).toEqual(["0 ms", "5 bin ms", "10 bin ms"]);
  });

  test("may be huge, negative, tiny or alone", () => {
    expect(ticks([0, 1e20, 2e20])).toEqual(["0", "1E20", "2E20"]);
    expect(ticks([-20, 0, 20], "%", "tr")).toEqual(["-%20", "%0", "%20"]);
    expect(ticks([0, 1e-9])).toEqual(["0", "1E-9"]);
    expect(ticks([7])).toEqual(["7"]);
    expect(ticks([])).toEqual([]);
    expect(ticks([-0])).toEqual(["0"]);
  });
});

test("bytes are written with the unit that fits", () => {
  expect([0, 999, 1_000, 12_345_678, 3.5e13].map((bytes) => plain(byteSize(bytes, "en")))).toEqual([
    "0 B",
    "999 B",
    "1 kB",
    "12.3 MB",
    "35 TB",
  ]);
});
