import i18next from "i18next";
import { describe, expect, test } from "vitest";
import type { RulePreview } from "~/api/queries/rules.ts";
import { texts as en } from "~/i18n/en/index.ts";
import { texts as tr } from "~/i18n/tr/index.ts";
import { newDraft } from "./draft.ts";
import {
  conditionText,
  piecesOf,
  previewText,
  type RuleT,
  scopeText,
  suggestedKey,
  suggestedName,
} from "./words.ts";

const translation = i18next.createInstance();
await translation.init({ lng: "en", resources: { en, tr }, interpolation: { escapeValue: false } });
const translate = (language: string) => translation.getFixedT(language, ["rule", "common"]) as RuleT;
const english = translate("en");
const turkish = translate("tr");

const latency = { key: "LATENCY_MS", name: "Latency", unit: "ms", min: 0, max: null, built_in: true };
const draft = { ...newDraft({ metricTypes: [latency], departments: [] }), threshold: 150 };
const names = new Map([
  ["a", "Superonline"],
  ["b", "BiP"],
]);
const plain = (text: string) => text.replaceAll("\u00a0", " ");

test("a condition in words, with all digits of the threshold", () => {
  const condition = { operator: "<=" as const, threshold: 99.95 };
  const metric = { name: "Uptime", unit: "%" };
  expect(plain(conditionText(english, "en", metric, condition))).toBe("Uptime at or below 99.95 %");
  expect(plain(conditionText(turkish, "tr", metric, condition))).toBe("Uptime %99,95 ve altında");
});

test("services by name as long as they are few and known", () => {
  expect(scopeText(english, [], names)).toBe("All services");
  expect(scopeText(english, ["a", "b"], names)).toBe("Superonline, BiP");
  expect(scopeText(english, ["a", "c"], names)).toBe("2 services");
  expect(scopeText(turkish, ["a", "b", "c"], names)).toBe("3 servis");
});

describe("the suggested name", () => {
  test("is the condition, with the services when they are chosen", () => {
    expect(suggestedName(english, "en", draft, latency, names)).toBe("Latency above 150 ms");
    expect(suggestedName(english, "en", { ...draft, service_ids: ["a"] }, latency, names)).toBe(
      "Latency of Superonline above 150 ms",
    );
    expect(suggestedName(turkish, "tr", { ...draft, service_ids: ["a"] }, latency, names)).toBe(
      "Superonline: Latency 150 ms üstünde",
    );
  });

  test("waits for the threshold, and is never longer than a name may be", () => {
    expect(suggestedName(english, "en", { ...draft, threshold: null }, latency, names)).toBe("");
    const long = { ...latency, name: "x".repeat(500) };
    expect(suggestedName(english, "en", draft, long, names)).toHaveLength(200);
  });
});

describe("what a rule would have done", () => {
  const episode = (service_id: string) => ({
    service_id,
    service_name: service_id,
    from: "2026-01-01T00:00:00Z",
    to: "2026-01-01T00:10:00Z",
    points: 9,
    peak_value: 412,
  });
  const preview = (fields: Partial<RulePreview>): RulePreview => ({
    points: 1_000,
    violations: 37,
    services: 5,
    episodes: ["a", "b", "a", "a"].map(episode),
    episode_count: 4,
    chart: [],
    from: "2026-01-01T00:00:00Z",
    to: "2026-01-02T00:00:00Z",
    bucket_seconds: 300,
    ...fields,
  });
  const day = (t: RuleT) => t("preview.in.24h");

  test("in English", () => {
    expect(previewText(english, day(english), preview({}))).toBe(
      "In the last 24 hours this rule would have been violated 37 times in 4 episodes on 2 services; it would have opened up to 4 incidents.",
    );
    const once = preview({ violations: 1, episodes: [episode("a")], episode_count: 1 });
    expect(previewText(english, day(english), once)).toBe(
      "In the last 24 hours this rule would have been violated 1 time in 1 episode on 1 service; it would have opened 1 incident.",
    );
  });

  test("in Turkish", () => {
    expect(previewText(turkish, day(turkish), preview({}))).toBe(
      "Son 24 saatte bu kural 2 serviste 4 ayrı dönemde toplam 37 kez ihlal edilirdi; en çok 4 olay açılırdı.",
    );
  });

  test("does not count services when not all episodes are told", () => {
    expect(previewText(english, day(english), preview({ episode_count: 1_200, violations: 12_000 }))).toBe(
      "In the last 24 hours this rule would have been violated 12,000 times in 1,200 episodes; it would have opened up to 1,200 incidents.",
    );
  });

  test("tells a quiet span from one without points", () => {
    const quiet = { violations: 0, episodes: [], episode_count: 0 };
    expect(previewText(english, day(english), preview(quiet))).toContain("would not have been violated");
    expect(previewText(english, day(english), preview({ ...quiet, points: 0 }))).toContain("no point");
  });
});

test("both languages have a place for every control of the sentence", () => {
  const slots = (t: RuleT) =>
    piecesOf(t("form.sentence"))
      .flatMap((piece) => ("slot" in piece ? [piece.slot] : []))
      .sort();
  expect(slots(english)).toEqual(["department", "metric", "operator", "services", "severity", "threshold"]);
  expect(slots(turkish)).toEqual(slots(english));
  expect(piecesOf("When <metric/> is <threshold/>, open")).toEqual([
    { text: "When" },
    { slot: "metric", mark: "" },
    { text: "is" },
    { slot: "threshold", mark: "," },
    { text: "open" },
  ]);
});

test("the key of a metric type is made from its name", () => {
  expect(suggestedKey("CPU load")).toBe("CPU_LOAD");
  expect(suggestedKey("Bağlantı süresi (ms)")).toBe("BAGLANTI_SURESI_MS");
  expect(suggestedKey("95th percentile")).toBe("TH_PERCENTILE");
  expect(suggestedKey("品質")).toBe("");
});
