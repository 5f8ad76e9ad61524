import { expect, test } from "vitest";
import { fileName, toCsv } from "./csv.ts";

test("the header comes first, and lines end as RFC 4180 has it", () => {
  expect(toCsv(["a", "b"], [[1, "x"]])).toBe("a,b\r\n1,x\r\n");
});

test("commas, quotes and line breaks are quoted", () => {
  expect(toCsv(["a"], [["x, y"], ['say "hi"'], ["two\nlines"]])).toBe(
    'a\r\n"x, y"\r\n"say ""hi"""\r\n"two\nlines"\r\n',
  );
});

test("what a spreadsheet would run is made harmless, numbers stay numbers", () => {
  expect(toCsv(["a"], [["=1+1"], ["@SUM(A1)"], ["+1"], ["-1"], ["\t=1"], [-1.5]])).toBe(
    "a\r\n'=1+1\r\n'@SUM(A1)\r\n'+1\r\n'-1\r\n'\t=1\r\n-1.5\r\n",
  );
});

test("what is not there is an empty cell", () => {
  expect(toCsv(["a", "b", "c"], [[null, undefined, ""]])).toBe("a,b,c\r\n,,\r\n");
});

test("a file name holds no character that a file system refuses", () => {
  expect(fileName("Süper/Online: “p95”", "csv")).toBe("süper-online-p95.csv");
  expect(fileName("../..", "png")).toBe("tracely.png");
  expect(fileName("x".repeat(500), "csv")).toHaveLength(84);
});
