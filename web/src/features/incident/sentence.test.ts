import i18next, { type TFunction } from "i18next";
import { beforeAll, describe, expect, test } from "vitest";
import { texts as en } from "~/i18n/en/index.ts";
import { texts as tr } from "~/i18n/tr/index.ts";
import { sentence, shortSentence } from "./sentence.ts";

type Texts = TFunction<["incident", "common"]>;
let english: Texts;
let turkish: Texts;

beforeAll(async () => {
  const instance = i18next.createInstance();
  await instance.init({ lng: "en", resources: { en, tr }, interpolation: { escapeValue: false } });
  english = instance.getFixedT("en", ["incident", "common"]) as unknown as Texts;
  turkish = instance.getFixedT("tr", ["incident", "common"]) as unknown as Texts;
});

const at = (clock: string) => new Date(`2026-11-23T${clock}`).toISOString();
const now = Date.parse(at("03:30:00"));
const metric = { name: "Latency", unit: "ms" };
const incident = {
  service_name: "Superonline",
  operator: ">" as const,
  threshold: 150,
  peak_value: 412,
  violation_count: 37,
  opened_at: at("03:02:10"),
  recovered_at: null,
  closed_at: null,
};
// Between number and unit stands a space that does not break.
const plain = (text: string) => text.replaceAll("\u00a0", " ");
const inEnglish = (change: object) =>
  plain(sentence({ ...incident, ...change }, metric, english, "en-GB", now));
const inTurkish = (change: object) => plain(sentence({ ...incident, ...change }, metric, turkish, "tr", now));

describe("what happened, in one sentence", () => {
  test("while it is violated", () => {
    expect(inEnglish({})).toBe("Latency of Superonline above 150 ms since 03:02, peak 412 ms, 37 violations");
    expect(inTurkish({})).toBe(
      "Superonline servisinde Latency 03:02 saatinden beri 150 ms üstünde; en yüksek 412 ms, 37 ihlal",
    );
  });

  test("when it has recovered, also once it is closed", () => {
    const over = { recovered_at: at("03:11:00"), closed_at: at("03:20:00"), violation_count: 1 };
    expect(inEnglish(over)).toBe(
      "Latency of Superonline above 150 ms from 03:02, peak 412 ms, 1 violation, recovered at 03:11",
    );
    expect(inTurkish(over)).toBe(
      "Superonline servisinde Latency 03:02 saatinden itibaren 150 ms üstünde kaldı; en yüksek 412 ms, 1 ihlal; 03:11 saatinde düzeldi",
    );
  });

  test("when it was closed while it was violated", () => {
    expect(inEnglish({ closed_at: at("03:20:00") })).toContain("closed at 03:20 while still violated");
    expect(inTurkish({ closed_at: at("03:20:00") })).toContain("03:20 saatinde düzelmeden kapatıldı");
  });

  test("the worst value is the lowest where low is bad", () => {
    expect(inEnglish({ operator: "<=", peak_value: 3 })).toContain(
      "at or below 150 ms since 03:02, lowest 3 ms",
    );
    expect(inTurkish({ operator: "!=" })).toContain("150 ms değerinden farklı; en kötü 412 ms");
  });

  test("another day is named", () => {
    expect(inEnglish({ opened_at: "2026-11-20T12:00:00Z" })).toMatch(/since 20 Nov/);
  });

  test("a name from right to left is kept apart", () => {
    const foreign = { ...incident, service_name: "شبكة" };
    expect(shortSentence(foreign, metric, english, "en")).toBe(
      "Latency of \u2068شبكة\u2069 above 150\u00a0ms",
    );
  });
});
