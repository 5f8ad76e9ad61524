import type { Schemas } from "~/api/client.ts";
import { lineOf, type Statistic } from "~/lib/buckets.ts";
import type { ChartSeries, ChartThreshold } from "~/ui/chart/index.ts";
import { labelFilters, type Query } from "./search.ts";

type Rule = Schemas["Rule"];
type Chart = Schemas["ChartAnswer"];

/** What a series of the chart is called: its service, metric type, labels and statistic, as far as they tell. */
export function nameOf(query: Query, service: string, metricType: string, statistic: string): string {
  const labels = labelFilters(query.labels);
  return [
    `${service} · ${metricType}`,
    ...(labels.length > 0 ? [labels.join(", ")] : []),
    ...(query.statistic && query.statistic !== "avg" ? [statistic] : []),
  ].join(" · ");
}

/** Numbers names that come again, since a chart tells its lines apart by name. */
export function distinctNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}

/** The line of a chart's answer. */
export function toLine(
  answer: Chart | undefined,
  statistic: Statistic,
  of: Omit<ChartSeries, "points">,
): ChartSeries {
  return { ...of, points: lineOf(answer?.data ?? [], statistic) };
}

/** The line of the span before, moved onto the axis of this one. */
export function toLineBefore(
  answer: Chart,
  statistic: Statistic,
  of: Omit<ChartSeries, "points" | "faint">,
): ChartSeries {
  const shift = Date.parse(answer.meta.to) - Date.parse(answer.meta.from);
  const points = lineOf(answer.data, statistic).map(([at, value]) => [at + shift, value] as const);
  return { ...of, faint: true, points };
}

/** Whether a rule can judge points of a series with these labels; a label that is not chosen may have any value. */
export function mayJudge(rule: Pick<Rule, "labels">, labels: Record<string, string> | undefined): boolean {
  return rule.labels.every((matcher) => {
    const chosen = labels?.[matcher.name];
    return chosen === undefined || holds(chosen, matcher);
  });
}

function holds(chosen: string, { operator, value }: Rule["labels"][number]): boolean {
  switch (operator) {
    case "=":
      return chosen === value;
    case "!=":
      return chosen !== value;
    case "=~":
      return matches(chosen, value) ?? true;
    case "!~":
      return !(matches(chosen, value) ?? false);
  }
}

/** Undefined when the browser does not know the server's expression. */
function matches(text: string, expression: string): boolean | undefined {
  try {
    return new RegExp(`^(?:${expression})$`, "u").test(text);
  } catch {
    return undefined;
  }
}

/** The line of a rule in the chart. */
export function thresholdOf(rule: Rule, unit: string): ChartThreshold {
  return {
    label: `${rule.name} ${rule.operator}`,
    value: rule.threshold,
    unit,
    severity: rule.severity,
  };
}

/** The next series to look at: of the same service a metric type that is not shown yet, else of any. */
export function nextQuery(
  queries: readonly Query[],
  measured: readonly string[],
  metricTypes: readonly string[],
): Query | undefined {
  const last = queries.at(-1);
  if (!last) return undefined;
  const used = new Set(
    queries.filter((each) => each.service === last.service).map((each) => each.metric_type),
  );
  const fresh = [...measured, ...metricTypes].find((each) => !used.has(each));
  return { service: last.service, metric_type: fresh ?? last.metric_type };
}
