import { useQueries } from "@tanstack/react-query";
import type { Schemas } from "~/api/client.ts";
import { rulesQuery } from "~/api/queries/rules.ts";
import type { ChartThreshold } from "~/ui/chart/index.ts";
import { mayJudge, thresholdOf } from "./lines.ts";
import type { Line } from "./use-lines.ts";

/** A rule that judges a line of the chart. */
export type DrawnRule = { rule: Schemas["Rule"]; threshold: ChartThreshold };

/** The enabled rules that judge the lines that are shown, each once. */
export function useRules(lines: readonly Line[], enabled: boolean): DrawnRule[] {
  const judged = lines.filter((line) => !line.query.hidden && line.statistic !== "count" && line.service);
  const pairs = new Map(
    judged.map((line) => [`${line.service?.id} ${line.query.metric_type}`, line] as const),
  );
  const answers = useQueries({
    queries: [...pairs.values()].map(({ query, service }) => ({
      ...rulesQuery({
        metric_type: [query.metric_type],
        ...(service ? { service_id: service.id } : {}),
        enabled: true,
        sort_by: "severity",
        limit: 20,
      }),
      enabled,
    })),
  });
  if (!enabled) return [];
  const drawn = new Map<string, DrawnRule>();
  for (const [index, key] of [...pairs.keys()].entries()) {
    const same = judged.filter((line) => `${line.service?.id} ${line.query.metric_type}` === key);
    for (const rule of answers[index]?.data?.data ?? []) {
      const line = same.find(({ query }) => mayJudge(rule, query.labels));
      if (line) drawn.set(rule.id, { rule, threshold: thresholdOf(rule, line.series.unit) });
    }
  }
  return [...drawn.values()];
}
