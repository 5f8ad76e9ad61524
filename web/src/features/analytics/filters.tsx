import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useDepartmentChoices, useRuleChoices, useServiceChoices } from "~/api/choices.ts";
import { latestQuery } from "~/api/queries/metrics.ts";
import { Button } from "~/ui/button.tsx";
import { FilterSelect } from "~/ui/filter.tsx";
import { SeverityIcon, severities } from "~/ui/severity.tsx";
import { MetricTypeSelect } from "./metric-type.tsx";
import { isFiltered, withoutFilters } from "./params.ts";
import type { TabProps } from "./props.ts";
import type { AnalyticsSearch } from "./search.ts";

type ManyFilter = "severity" | "service_id" | "department_id" | "rule_id" | "label";

/** Narrows the questions of the tab down. Services stay chosen from tab to tab. */
export function Filters({ search, onChange }: TabProps) {
  const { t } = useTranslation(["analytics", "common"]);
  const services = useServiceChoices(search.service_id ?? []);
  const many = (filter: ManyFilter) => ({
    values: search[filter] ?? [],
    onChange: (values: string[]) =>
      onChange({
        [filter]: values.length > 0 ? values : undefined,
        offset: undefined,
      } as Partial<AnalyticsSearch>),
  });
  return (
    <div role="search" aria-label={t("filters")} className="flex min-w-0 flex-wrap items-center gap-2">
      {search.tab === undefined && (
        <FilterSelect
          name={t("common:field.severity")}
          choices={severities.map((severity) => ({
            value: severity,
            label: t(`common:severity.${severity}`),
            icon: <SeverityIcon severity={severity} />,
          }))}
          {...many("severity")}
        />
      )}
      {search.tab !== undefined && <MetricTypeSelect search={search} onChange={onChange} />}
      <FilterSelect name={t("common:field.service")} {...services} {...many("service_id")} />
      {search.tab === undefined ? (
        <IncidentFilters search={search} many={many} />
      ) : (
        <LabelFilter search={search} {...many("label")} />
      )}
      {isFiltered(search) && (
        <Button look="ghost" onClick={() => onChange(withoutFilters)}>
          {t("common:action.clearFilters")}
        </Button>
      )}
    </div>
  );
}

type Many = (filter: ManyFilter) => { values: string[]; onChange: (values: string[]) => void };

function IncidentFilters({ search, many }: { search: AnalyticsSearch; many: Many }) {
  const { t } = useTranslation();
  const departments = useDepartmentChoices(search.department_id ?? []);
  const rules = useRuleChoices(search.rule_id ?? []);
  return (
    <>
      <FilterSelect name={t("field.department")} {...departments} {...many("department_id")} />
      <FilterSelect name={t("field.rule")} {...rules} {...many("rule_id")} />
    </>
  );
}

/** Chooses among the labels that series have; not shown when none has any. */
function LabelFilter({
  search,
  values,
  onChange,
}: {
  search: AnalyticsSearch;
  values: string[];
  onChange: (values: string[]) => void;
}) {
  const { t } = useTranslation();
  const labels = useLabels(search);
  const choices = [...new Set([...labels, ...values])].sort();
  if (choices.length === 0) return null;
  return (
    <FilterSelect
      name={t("field.labels")}
      choices={choices.map((label) => ({ value: label, label }))}
      values={values}
      onChange={onChange}
    />
  );
}

/** The labels of the first hundred series in the choice of services, each written as `name=value`. */
export function useLabels({ service_id }: AnalyticsSearch): string[] {
  const latest = useQuery(latestQuery({ limit: 100, ...(service_id ? { service_id } : {}) })).data;
  const labels = latest?.data.flatMap((point) =>
    Object.entries(point.labels).map(([name, value]) => `${name}=${value}`),
  );
  return [...new Set(labels)].sort();
}
