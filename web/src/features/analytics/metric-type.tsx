import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { latestQuery, metricTypesQuery } from "~/api/queries/metrics.ts";
import { Select } from "~/ui/field.tsx";
import type { TabProps } from "./props.ts";
import type { AnalyticsSearch } from "./search.ts";

type Known = { key: string; name: string; unit: string };

/**
 * The metric type that the address names, else the one of the first series that there is: values of different types
 * have nothing in common. Undefined until that is known, and when nothing was ever measured.
 */
export function useMetricType({ metric_type }: AnalyticsSearch): Known | undefined {
  const types = useQuery(metricTypesQuery()).data;
  const latest = useQuery({ ...latestQuery({ limit: 1 }), enabled: metric_type === undefined }).data;
  const key = metric_type ?? latest?.data[0]?.metric_type ?? (latest ? types?.[0]?.key : undefined);
  if (key === undefined) return undefined;
  return types?.find((type) => type.key === key) ?? { key, name: key, unit: "" };
}

/** Chooses the metric type. */
export function MetricTypeSelect({ search, onChange }: TabProps) {
  const { t } = useTranslation();
  const types = useQuery(metricTypesQuery()).data ?? [];
  const shown = useMetricType(search);
  const choices = types.map(({ key, name }) => [key, name] as const);
  if (shown && !types.some(({ key }) => key === shown.key)) choices.push([shown.key, shown.name] as const);
  return (
    <div className="w-44">
      <Select
        label={t("field.metricType")}
        placeholder={t("field.metricType")}
        value={shown?.key ?? null}
        choices={choices}
        onChange={(metric_type) => onChange({ metric_type, offset: undefined })}
      />
    </div>
  );
}
