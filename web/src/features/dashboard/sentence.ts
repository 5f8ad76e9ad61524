import type { TFunction } from "i18next";
import { clockTime } from "~/lib/time.ts";
import type { Severity } from "~/ui/severity.tsx";

/** How everything stands, as far as one sentence tells it. */
export type Standing = {
  /** How many services there are. */
  services: number;
  /** How many rules judge them. */
  rules: number;
  /** How many services have a live incident. */
  troubled: number;
  /** The worst of those. */
  worst?: { name: string; severity: Severity; since: string } | undefined;
};

/** Answers "is anything wrong?" in words. */
export function sentence(
  standing: Standing,
  t: TFunction<"dashboard">,
  now: number,
  language: string,
): string {
  const { services, rules, troubled, worst } = standing;
  if (troubled === 0 || !worst) {
    return services === 0 || rules === 0 ? t("sentence.nothing") : t("sentence.fine", { count: services });
  }
  const words = t(`sentence.${worst.severity}`, {
    name: isolated(worst.name),
    since: clockTime(Date.parse(worst.since), now, language),
  });
  if (troubled > 1) return t("sentence.trouble", { count: troubled, worst: words });
  const rest = services - troubled;
  return rest > 0 ? `${words} ${t("sentence.rest", { count: rest })}` : words;
}

/** Letters that are written from right to left, and marks that change the direction. */
const turning = /[\u0590-\u08ff\ufb1d-\ufefc\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** A name of any direction and length, as part of a sentence that it must not turn around. */
function isolated(name: string): string {
  const short = name.length > 80 ? `${name.slice(0, 79)}…` : name;
  return turning.test(short) ? `\u2068${short}\u2069` : short;
}
