import { expect, test } from "vitest";
import { fieldOf, messagesOf, touchedMessages } from "./messages.ts";

test("a pointer of a request or of a preview means a field of the form", () => {
  expect(fieldOf("/threshold")).toBe("threshold");
  expect(fieldOf("/rule/threshold")).toBe("threshold");
  expect(fieldOf("/rule/service_ids/3")).toBe("service_ids");
  expect(fieldOf("/labels/1/value")).toBe("labels/1");
  expect(fieldOf("/labels")).toBe("labels");
  expect(fieldOf("/rule")).toBe("");
  expect(fieldOf("")).toBe("");
});

test("messages of one field stand together", () => {
  const fields = new Map([
    ["/rule/labels/0/name", "is required"],
    ["/rule/labels/0/value", "must have at most 256 characters"],
    ["/rule/name", "must have 1 to 200 characters"],
  ]);
  expect([...messagesOf(fields)]).toEqual([
    ["labels/0", "is required; must have at most 256 characters"],
    ["name", "must have 1 to 200 characters"],
  ]);
});

test("only fields that were touched are told what is wrong", () => {
  const messages = new Map([
    ["labels/0", "a"],
    ["threshold", "b"],
    ["", "c"],
  ]);
  expect([...touchedMessages(messages, new Set(["labels"])).keys()]).toEqual(["labels/0"]);
});
