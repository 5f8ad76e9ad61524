import type { TFunction } from "i18next";
import type { Schemas } from "~/api/client.ts";
import { withUnit } from "~/lib/number.ts";
import { clockTime } from "~/lib/time.ts";

type Incident = Pick<
  Schemas["Incident"],
  | "service_name"
  | "operator"
  | "threshold"
  | "peak_value"
  | "violation_count"
  | "opened_at"
  | "recovered_at"
  | "closed_at"
>;

/** How a metric type is called and in what it is measured. */
export type Metric = { name: string; unit: string };

type Texts = TFunction<["incident", "common"]>;

/** Says what is wrong in a few words: "Latency of Superonline above 150 ms". */
export function shortSentence(incident: Incident, metric: Metric, t: Texts, language: string): string {
  return t("sentence.short", parts(incident, metric, t, language));
}

/** Says in one sentence what happened, since when, how bad it was, and whether it is over. */
export function sentence(
  incident: Incident,
  metric: Metric,
  t: Texts,
  language: string,
  now: number,
): string {
  const time = (instant: string) => clockTime(Date.parse(instant), now, language);
  const worst = { value: withUnit(incident.peak_value, metric.unit, language) };
  const said = {
    ...parts(incident, metric, t, language),
    since: time(incident.opened_at),
    extreme: t(`sentence.extreme.${extremeOf(incident.operator)}`, worst),
    violations: t("sentence.violations", { count: incident.violation_count }),
  };
  if (incident.recovered_at) return t("sentence.recovered", { ...said, until: time(incident.recovered_at) });
  if (incident.closed_at) return t("sentence.closed", { ...said, until: time(incident.closed_at) });
  return t("sentence.live", said);
}

/** In which direction values of a rule are bad. */
export function extremeOf(operator: Schemas["Operator"]): "high" | "low" | "other" {
  if (operator.startsWith(">")) return "high";
  return operator.startsWith("<") ? "low" : "other";
}

function parts(incident: Incident, metric: Metric, t: Texts, language: string) {
  const threshold = withUnit(incident.threshold, metric.unit, language);
  return {
    metric: isolated(metric.name),
    service: isolated(incident.service_name),
    condition: t(`sentence.condition.${incident.operator}`, { threshold }),
  };
}

/** A name that is written from right to left keeps that to itself (Unicode's first strong isolate). */
function isolated(name: string): string {
  return /[\u0590-\u08ff\ufb1d-\ufefc]/.test(name) ? `\u2068${name}\u2069` : name;
}
