import { useQuery } from "@tanstack/react-query";
import { CircleAlert, Copy, Eye, EyeOff, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { hasStatus } from "~/api/problem.ts";
import { metricTypesQuery, seriesOfQuery } from "~/api/queries/metrics.ts";
import { statistics } from "~/lib/buckets.ts";
import { cx } from "~/lib/class.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { Swatch } from "~/ui/chart/index.ts";
import { Select } from "~/ui/field.tsx";
import { FilterSelect } from "~/ui/filter.tsx";
import { labelFilters, labelsOf, type Query } from "./search.ts";
import { ServicePicker } from "./service-picker.tsx";
import type { Line } from "./use-lines.ts";

/** One series: its service, metric type, labels and statistic, and what is wrong with it. */
export function QueryRow({
  line,
  number,
  onChange,
  onDuplicate,
  onRemove,
  duplicateHint,
}: {
  line: Line;
  number: number;
  onChange: (query: Query) => void;
  onDuplicate: () => void;
  onRemove: () => void;
  /** Why the series cannot be doubled. */
  duplicateHint: string | undefined;
}) {
  const { t } = useTranslation(["metric", "common"]);
  const { query } = line;
  const set = (part: Partial<Query>) => onChange({ ...query, ...part });
  return (
    <li aria-label={t("seriesOf", { number })} className="px-4 py-2.5">
      <div className="grid grid-cols-[auto_1fr_1fr] items-center gap-2 lg:grid-cols-[auto_minmax(0,3fr)_minmax(0,3fr)_minmax(0,3fr)_minmax(0,2fr)_auto]">
        <Swatch line={line.series} index={number - 1} off={query.hidden === true} />
        <div className="max-lg:col-span-2">
          <ServicePicker
            value={{ value: query.service, label: line.service?.name ?? query.service }}
            onChange={(service) => set({ service, labels: undefined })}
          />
        </div>
        <div className="max-lg:col-span-2 max-lg:col-start-2">
          <TypeSelect query={query} onChange={(metric_type) => set({ metric_type, labels: undefined })} />
        </div>
        <div className="min-w-0 max-lg:col-start-2">
          <LabelSelect query={query} onChange={(labels) => set({ labels })} />
        </div>
        <Select
          label={t("statistic.label")}
          value={line.statistic}
          choices={statistics.map((each) => [each, t(`statistic.${each}`)] as const)}
          onChange={(statistic) => set({ statistic })}
        />
        <div className="flex justify-end max-lg:col-span-2 max-lg:col-start-2">
          <IconButton
            size="sm"
            label={t(query.hidden ? "show" : "hide", { number })}
            aria-pressed={query.hidden === true}
            onClick={() => set({ hidden: query.hidden ? undefined : true })}
          >
            {query.hidden ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
          </IconButton>
          <IconButton
            size="sm"
            label={duplicateHint ?? t("duplicate", { number })}
            disabled={duplicateHint !== undefined}
            focusableWhenDisabled
            onClick={onDuplicate}
          >
            <Copy aria-hidden />
          </IconButton>
          <IconButton size="sm" label={t("remove", { number })} onClick={onRemove}>
            <X aria-hidden />
          </IconButton>
        </div>
      </div>
      <Trouble line={line} />
    </li>
  );
}

/** What is wrong with a series, while the others go on. */
function Trouble({ line }: { line: Line }) {
  const { t } = useTranslation(["metric", "common"]);
  const { error, query } = line;
  if (!error) {
    if (!line.answer || line.series.points.length > 0) return null;
    return <p className="mt-1.5 ml-5.5 text-ink-3 text-xs">{t("noPoints")}</p>;
  }
  const gone = hasStatus(error, 404);
  const reason = error.message || t("common:state.offline");
  return (
    <p
      role="alert"
      className={cx("foreign mt-1.5 ml-5.5 flex flex-wrap items-center gap-2 text-sm", "text-critical")}
    >
      <CircleAlert aria-hidden className="size-4 shrink-0" />
      {gone ? t("gone", { key: query.service }) : t("seriesFailed", { reason })}
      {!gone && (
        <Button size="sm" onClick={line.retry}>
          {t("common:action.retry")}
        </Button>
      )}
    </p>
  );
}

function TypeSelect({ query, onChange }: { query: Query; onChange: (key: string) => void }) {
  const { t } = useTranslation(["metric", "common"]);
  const types = useQuery(metricTypesQuery()).data ?? [];
  const series = useQuery(seriesOfQuery(query.service)).data;
  const measured = new Set(series?.map((each) => each.metric_type));
  const known = types.map((type) => ({ ...type, quiet: series !== undefined && !measured.has(type.key) }));
  known.sort((a, b) => Number(a.quiet) - Number(b.quiet));
  const choices = known.map(({ key, name, quiet }): [string, React.ReactNode] => [
    key,
    <span key={key} className="foreign">
      {name}
      {quiet && <span className="ml-2 text-ink-3 text-xs">{t("notMeasured")}</span>}
    </span>,
  ]);
  if (!types.some((type) => type.key === query.metric_type))
    choices.push([query.metric_type, query.metric_type]);
  return (
    <Select
      label={t("common:field.metricType")}
      value={query.metric_type}
      choices={choices}
      onChange={onChange}
    />
  );
}

/** Chooses among the labels that the series of the service have. */
function LabelSelect({
  query,
  onChange,
}: {
  query: Query;
  onChange: (labels: Record<string, string>) => void;
}) {
  const { t } = useTranslation("metric");
  const series = useQuery(seriesOfQuery(query.service)).data ?? [];
  const existing = series
    .filter((each) => each.metric_type === query.metric_type)
    .flatMap((each) => labelFilters(each.labels));
  const chosen = labelFilters(query.labels);
  const choices = [...new Set([...existing, ...chosen])].sort();
  if (choices.length === 0) return <span className="text-ink-3 text-sm">{t("noLabels")}</span>;
  return (
    <FilterSelect
      name={t("labels")}
      choices={choices.map((label) => ({ value: label, label }))}
      values={chosen}
      onChange={(labels) => onChange(labelsOf(labels))}
    />
  );
}
