import i18next from "i18next";
import { describe, expect, test } from "vitest";
import { texts as en } from "~/i18n/en/index.ts";
import { texts as tr } from "~/i18n/tr/index.ts";
import { type Standing, sentence } from "./sentence.ts";

const at = (hour: number, minute: number) => new Date(2026, 6, 24, hour, minute);
const worst = { name: "Superonline", severity: "CRITICAL", since: at(3, 2).toISOString() } as const;

async function say(language: "en" | "tr", standing: Standing): Promise<string> {
  const instance = i18next.createInstance();
  await instance.init({
    lng: language,
    resources: { [language]: language === "en" ? en : tr },
    interpolation: { escapeValue: false },
  });
  const t = instance.getFixedT(language, "dashboard");
  return sentence(standing, t, at(3, 12).getTime(), language);
}

describe("in English", () => {
  test.each<[Standing, string]>([
    [{ services: 12, rules: 3, troubled: 0 }, "All 12 services are fine."],
    [{ services: 1, rules: 3, troubled: 0 }, "The one service is fine."],
    [{ services: 0, rules: 0, troubled: 0 }, "Nothing is watched yet."],
    [{ services: 5, rules: 0, troubled: 0 }, "Nothing is watched yet."],
    [
      { services: 12, rules: 3, troubled: 2, worst },
      "2 services are in trouble: Superonline has been critical since 03:02.",
    ],
    [
      { services: 12, rules: 3, troubled: 1, worst },
      "Superonline has been critical since 03:02. The other 11 services are fine.",
    ],
    [{ services: 1, rules: 1, troubled: 1, worst }, "Superonline has been critical since 03:02."],
    [
      { services: 2, rules: 1, troubled: 1, worst: { ...worst, severity: "LOW" } },
      "Superonline has had a low-severity incident since 03:02. The other service is fine.",
    ],
  ])("%o", async (standing, expected) => {
    expect(await say("en", standing)).toBe(expected);
  });
});

describe("in Turkish", () => {
  test.each<[Standing, string]>([
    [{ services: 12, rules: 3, troubled: 0 }, "12 servisin hepsi sorunsuz."],
    [{ services: 1, rules: 3, troubled: 0 }, "1 servis izleniyor, sorunsuz."],
    [{ services: 0, rules: 0, troubled: 0 }, "Henüz hiçbir şey izlenmiyor."],
    [
      { services: 12, rules: 3, troubled: 2, worst },
      "2 serviste sorun var: Superonline kritik durumda, başlangıcı 03:02.",
    ],
    [
      { services: 12, rules: 3, troubled: 1, worst: { ...worst, severity: "HIGH" } },
      "Superonline için önemi yüksek bir olay var, başlangıcı 03:02. Diğer 11 servis sorunsuz.",
    ],
  ])("%o", async (standing, expected) => {
    expect(await say("tr", standing)).toBe(expected);
  });
});

test("since another day is said with the day", async () => {
  const since = new Date(2026, 6, 22, 15, 4).toISOString();
  const words = await say("tr", { services: 1, rules: 1, troubled: 1, worst: { ...worst, since } });
  expect(words).toContain("22 Tem 15:04");
});

test("a name from right to left does not turn the sentence around", async () => {
  const words = await say("en", { services: 1, rules: 1, troubled: 1, worst: { ...worst, name: "خدمة" } });
  expect(words).toBe("\u2068خدمة\u2069 has been critical since 03:02.");
});

test("a name cannot take over the sentence", async () => {
  const name = "<b>x</b>".repeat(40);
  const words = await say("en", { services: 1, rules: 1, troubled: 1, worst: { ...worst, name } });
  expect(words).toMatch(/^<b>x.{75}… has been critical since/);
});
