import type { TFunction } from "i18next";
import type { Schemas } from "~/api/client.ts";
import type { RulePreview } from "~/api/queries/rules.ts";
import { exactWithUnit } from "~/lib/number.ts";
import type { Draft } from "./draft.ts";

/** The translation that the texts of rules need. */
export type RuleT = TFunction<["rule", "common"]>;

type Condition = { operator: Schemas["Operator"]; threshold: number };
type Metric = Pick<Schemas["MetricType"], "name" | "unit">;

/** A condition in words: "Latency above 150 ms". */
export function conditionText(t: RuleT, language: string, metric: Metric, condition: Condition): string {
  return t("condition", conditionWords(t, language, metric, condition));
}

function conditionWords(t: RuleT, language: string, metric: Metric, condition: Condition) {
  return {
    metric: metric.name,
    operator: t(`operator.${condition.operator}`),
    threshold: exactWithUnit(condition.threshold, metric.unit, language),
  };
}

/** The services of a rule in words: "All services", two names, or how many. Null while the names are unknown. */
export function scopeText(
  t: RuleT,
  serviceIds: readonly string[],
  names: ReadonlyMap<string, string>,
): string {
  if (serviceIds.length === 0) return t("scope.all");
  const known = serviceIds.map((id) => names.get(id));
  if (known.length <= 2 && known.every((name) => name !== undefined)) return known.join(", ");
  return t("scope.some", { count: serviceIds.length });
}

/** The name that a rule gets from its sentence until somebody writes one. */
export function suggestedName(
  t: RuleT,
  language: string,
  draft: Draft,
  metric: Metric | undefined,
  names: ReadonlyMap<string, string>,
): string {
  const { threshold, operator, service_ids } = draft;
  if (threshold === null || !metric) return "";
  const words = conditionWords(t, language, metric, { operator, threshold });
  const name =
    service_ids.length === 0
      ? t("condition", words)
      : t("suggestedName", { ...words, services: scopeText(t, service_ids, names) });
  // It becomes a text that people search and type, where a space that does not break is another letter.
  return name.replace(/[\u00a0\u202f]/g, " ").slice(0, 200);
}

/** What a rule would have done, in one sentence. */
export function previewText(t: RuleT, span: string, preview: RulePreview): string {
  if (preview.points === 0) return t("preview.nothingToJudge", { span });
  if (preview.violations === 0) return t("preview.quiet", { span });
  const { episodes, episode_count } = preview;
  // Of more episodes than are told one by one it is not known on how many services they were.
  const services =
    episodes.length === episode_count
      ? new Set(episodes.map((episode) => episode.service_id)).size
      : undefined;
  const words = {
    span,
    times: t("preview.times", { count: preview.violations }),
    episodes: t("preview.episodes", { count: episode_count }),
    incidents: t("preview.incidents", { count: episode_count }),
  };
  return services === undefined
    ? t("preview.sentence", words)
    : t("preview.sentenceOn", { ...words, services: t("preview.services", { count: services }) });
}

/** A piece of the sentence that is filled in: words, or the place of a control with the mark that follows it. */
export type Piece = { text: string } | { slot: string; mark: string };

/** Cuts "When <metric/> is …" into words and controls, in the order of the language. */
export function piecesOf(sentence: string): Piece[] {
  const parts = sentence.matchAll(/<(\w+)\/>([,.]?)|[^<]+/g);
  return [...parts].flatMap(([text, slot, mark]): Piece[] => {
    if (slot) return [{ slot, mark: mark ?? "" }];
    return text.trim() ? [{ text: text.trim() }] : [];
  });
}

/** The key of a metric type that its name suggests: "CPU load" is CPU_LOAD. */
export function suggestedKey(name: string): string {
  return name
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replaceAll("ı", "i")
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "_")
    .replace(/^[^A-Z]+|_+$/g, "")
    .slice(0, 64);
}
