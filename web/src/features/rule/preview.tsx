import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { hasStatus } from "~/api/problem.ts";
import type { RulePreview } from "~/api/queries/rules.ts";
import { cx } from "~/lib/class.ts";
import { withUnit } from "~/lib/number.ts";
import { Card } from "~/ui/card.tsx";
import { DataNotice } from "~/ui/data-notice.tsx";
import { Empty, Failure, Skeleton } from "~/ui/state.tsx";
import type { Draft } from "./draft.ts";
import { Episodes } from "./episodes.tsx";
import { namesOf, useServices } from "./names.ts";
import { ChartSkeleton, PreviewChart } from "./preview-chart.tsx";
import { type TrialSpan, trialSpans } from "./search.ts";
import { previewText, type RuleT, scopeText } from "./words.ts";

type Metric = Pick<Schemas["MetricType"], "key" | "name" | "unit">;

/** What the rule would have done, as it is written. */
export function Preview({
  draft,
  metric,
  query,
  span,
  onSpan,
}: {
  draft: Draft;
  metric: Metric | undefined;
  query: UseQueryResult<RulePreview>;
  span: TrialSpan;
  onSpan: (span: TrialSpan) => void;
}) {
  const { t } = useTranslation("rule");
  const shown = useLast(query.data);
  const wrong = hasStatus(query.error, 422);
  const services = useServices(draft.service_ids.slice(0, 2));
  return (
    <Card title={t("preview.heading")} aside={<SpanSwitch span={span} onSpan={onSpan} />}>
      {!metric ? (
        <Empty title={t("preview.chooseMetric")} />
      ) : query.error && !wrong ? (
        <Failure error={query.error} onRetry={query.refetch} />
      ) : !shown ? (
        <div className="flex flex-col gap-4">
          <Skeleton className="h-5 w-3/4" />
          <ChartSkeleton />
        </div>
      ) : (
        <div
          aria-busy={query.isPlaceholderData}
          className={cx("flex flex-col gap-4 transition-opacity", query.isPlaceholderData && "opacity-70")}
        >
          <p aria-live="polite" className="min-h-10">
            <Sentence draft={draft} metric={metric} preview={shown} span={span} wrong={wrong} />
          </p>
          <DataNotice of={[shown]} />
          <PreviewChart
            preview={shown}
            draft={draft}
            metric={metric}
            name={t("preview.chart", {
              metric: metric.name,
              services: scopeText(t as RuleT, draft.service_ids, namesOf(services.values())),
            })}
          />
          {draft.threshold !== null && shown.episodes.length > 0 && (
            <Episodes preview={shown} metric={metric} />
          )}
        </div>
      )}
    </Card>
  );
}

function Sentence({
  draft,
  metric,
  preview,
  span,
  wrong,
}: {
  draft: Draft;
  metric: Metric;
  preview: RulePreview;
  span: TrialSpan;
  wrong: boolean;
}) {
  const { t, i18n } = useTranslation(["rule", "common"]);
  if (wrong) return <span className="text-ink-2">{t("preview.wrong")}</span>;
  if (draft.threshold === null) {
    const range = valuesOf(preview);
    const text = (value: number) => withUnit(value, metric.unit, i18n.language);
    return range
      ? t("preview.setThreshold", { min: text(range.min), max: text(range.max), avg: text(range.avg) })
      : t("preview.setThresholdEmpty");
  }
  return (
    <>
      <span className="font-medium">{previewText(t, t(`preview.in.${span}`), preview)}</span>{" "}
      {preview.points > 0 && (
        <span className="text-ink-2">
          {t("preview.judged", {
            points: t("preview.points", { count: preview.points }),
            services: t("preview.services", { count: preview.services }),
          })}
        </span>
      )}
    </>
  );
}

/** The least, the mean and the greatest of all values that a preview has seen. */
function valuesOf({ chart }: RulePreview) {
  const count = chart.reduce((sum, bucket) => sum + bucket.count, 0);
  if (count === 0) return undefined;
  return {
    min: chart.reduce((least, bucket) => Math.min(least, bucket.min), Number.POSITIVE_INFINITY),
    max: chart.reduce((most, bucket) => Math.max(most, bucket.max), Number.NEGATIVE_INFINITY),
    avg: chart.reduce((sum, bucket) => sum + (bucket.avg * bucket.count) / count, 0),
  };
}

function SpanSwitch({ span, onSpan }: { span: TrialSpan; onSpan: (span: TrialSpan) => void }) {
  const { t } = useTranslation("rule");
  return (
    <fieldset aria-label={t("preview.span")} className="inline-flex rounded-md border p-0.5">
      {trialSpans.map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === span}
          onClick={() => onSpan(each)}
          className="h-6 rounded-sm px-2 text-ink-2 text-sm hover:text-ink aria-pressed:bg-hover aria-pressed:font-medium aria-pressed:text-ink"
        >
          {t(`preview.${each}`)}
        </button>
      ))}
    </fieldset>
  );
}

/** The value, or the last one that there was: a draft that cannot be tried does not make the chart vanish. */
function useLast<T>(value: T | undefined): T | undefined {
  const [last, setLast] = useState(value);
  if (value !== undefined && value !== last) setLast(value);
  return value ?? last;
}
