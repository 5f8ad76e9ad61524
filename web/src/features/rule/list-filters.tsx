import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import { useHotkeys } from "~/lib/hotkeys.ts";
import { Button } from "~/ui/button.tsx";
import { FilterSelect } from "~/ui/filter.tsx";
import { SearchBox } from "~/ui/search-box.tsx";
import { SeverityIcon, severities } from "~/ui/severity.tsx";
import { useDepartments } from "./names.ts";
import { isFiltered, type RuleListSearch, withoutFilters } from "./search.ts";

/** Narrows the list of rules down. */
export function RuleFilters({
  search,
  onChange,
}: {
  search: RuleListSearch;
  onChange: (search: RuleListSearch) => void;
}) {
  const { t } = useTranslation(["rule", "common"]);
  const box = useRef<HTMLInputElement>(null);
  const metricTypes = useQuery(metricTypesQuery()).data ?? [];
  const departments = useDepartments();
  const filter = (filters: Partial<RuleListSearch>) => onChange({ ...search, ...filters, offset: undefined });
  const some = <T extends string>(values: string[]) => (values.length > 0 ? (values as T[]) : undefined);
  useHotkeys({
    "/": (event) => {
      event.preventDefault();
      box.current?.focus();
    },
  });
  return (
    <div className="flex flex-wrap items-center gap-2">
      <SearchBox
        ref={box}
        label={t("list.search")}
        value={search.search ?? ""}
        onChange={(text) => filter({ search: text.trim() || undefined })}
      />
      <FilterSelect
        name={t("common:field.severity")}
        choices={severities.map((severity) => ({
          value: severity,
          label: t(`common:severity.${severity}`),
          icon: <SeverityIcon severity={severity} />,
        }))}
        values={search.severity ?? []}
        onChange={(values) => filter({ severity: some(values) })}
      />
      <FilterSelect
        name={t("common:field.metricType")}
        choices={metricTypes.map(({ key, name }) => ({ value: key, label: name }))}
        values={search.metric_type ?? []}
        onChange={(values) => filter({ metric_type: some(values) })}
      />
      <FilterSelect
        name={t("common:field.department")}
        choices={departments.map(({ id, name }) => ({ value: id, label: name }))}
        values={search.department_id ?? []}
        onChange={(values) => filter({ department_id: some(values) })}
      />
      <FilterSelect
        name={t("list.state")}
        choices={[
          { value: "on", label: t("list.on") },
          { value: "off", label: t("list.off") },
        ]}
        values={search.enabled === undefined ? [] : [search.enabled ? "on" : "off"]}
        onChange={(values) => {
          // A rule is one or the other: the last choice counts.
          const last = values.at(-1);
          filter({ enabled: last === undefined ? undefined : last === "on" });
        }}
      />
      {isFiltered(search) && (
        <Button look="ghost" onClick={() => onChange(withoutFilters(search))}>
          {t("common:action.clearFilters")}
        </Button>
      )}
    </div>
  );
}
