import * as v from "valibot";
import { expect, test } from "vitest";
import { inboxParams, inboxSchema, isFiltered, selectedWithout, stepFrom } from "./search.ts";

const parse = (search: object) => v.parse(inboxSchema, search);
const id = "0199d5a0-0000-7000-8000-000000000001";

test("an address that makes no sense is an address without state", () => {
  const search = parse({ kind: "MELTED", unread: "maybe", limit: 3, selected: "x", department_id: [1] });
  expect(inboxParams(search)).toEqual({ limit: 20, offset: 0 });
  expect(isFiltered(search)).toBe(false);
});

test("unread only asks for what is not read; the selection is no filter", () => {
  const search = parse({ unread: true, selected: id, kind: "OPENED", severity: ["HIGH", "LOW"] });
  expect(inboxParams(search)).toEqual({
    is_read: false,
    kind: ["OPENED"],
    severity: ["HIGH", "LOW"],
    limit: 20,
    offset: 0,
  });
  expect(isFiltered(parse({ selected: id }))).toBe(false);
});

test("j and k go on from the selected one and stop at the ends", () => {
  const ids = ["a", "b", "c"];
  expect(stepFrom(ids, undefined, 1)).toBe("a");
  expect(stepFrom(ids, "a", 1)).toBe("b");
  expect(stepFrom(ids, "c", 1)).toBe("c");
  expect(stepFrom(ids, "a", -1)).toBe("a");
  expect(stepFrom([], "a", 1)).toBeUndefined();
});

test("what leaves the list hands the selection to the next, or to the one before", () => {
  expect(selectedWithout(["a", "b", "c"], "b")).toBe("c");
  expect(selectedWithout(["a", "b", "c"], "c")).toBe("b");
  expect(selectedWithout(["a"], "a")).toBeUndefined();
});
