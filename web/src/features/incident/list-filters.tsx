import { ListFilter } from "lucide-react";
import { type Ref, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDepartmentChoices, useRuleChoices, useServiceChoices } from "~/api/choices.ts";
import { cx } from "~/lib/class.ts";
import { Button } from "~/ui/button.tsx";
import { FilterSelect } from "~/ui/filter.tsx";
import { SearchBox } from "~/ui/search-box.tsx";
import { SeverityIcon, severities } from "~/ui/severity.tsx";
import { statuses } from "~/ui/status.tsx";
import { TimeRange } from "~/ui/time-range.tsx";
import { useAssigneeChoices } from "./choices.ts";
import {
  cleared,
  isFiltered,
  type ListSearch,
  listRange,
  type ManyFilter,
  valuesOf,
  withValues,
} from "./search.ts";

type Props = {
  search: ListSearch;
  /** With `replace` the step is not one that "back" undoes, as typing. */
  onSearch: (search: ListSearch, replace?: boolean) => void;
  searchBox: Ref<HTMLInputElement>;
};

/** Search and filters of the list; on a phone the filters unfold. */
export function ListFilters({ search, onSearch, searchBox }: Props) {
  const { t } = useTranslation(["incident", "common"]);
  const [open, setOpen] = useState(false);
  const many = (filter: ManyFilter) => ({
    values: valuesOf(search, filter),
    onChange: (values: string[]) => onSearch(withValues(search, filter, values)),
  });
  const services = useServiceChoices(valuesOf(search, "service_id"));
  const rules = useRuleChoices(valuesOf(search, "rule_id"));
  const departments = useDepartmentChoices(valuesOf(search, "department_id"));
  const { choices: people, onSearch: findPeople } = useAssigneeChoices(valuesOf(search, "assignee"));
  return (
    <div role="search" aria-label={t("list.filters")} className="flex flex-wrap items-center gap-2">
      <SearchBox
        ref={searchBox}
        label={t("list.search")}
        value={search.search ?? ""}
        onChange={(text) => onSearch({ ...search, search: text || undefined, offset: undefined }, true)}
        className="max-md:min-w-0 max-md:flex-1"
      />
      <Button className="md:hidden" aria-expanded={open} onClick={() => setOpen(!open)}>
        <ListFilter aria-hidden />
        {t("list.filters")}
      </Button>
      <div
        className={cx(
          "min-w-0 flex-wrap items-center gap-2 max-md:flex max-md:w-full md:contents",
          !open && "max-md:hidden!",
        )}
      >
        <FilterSelect
          name={t("common:field.status")}
          choices={statuses.map((status) => ({ value: status, label: t(`common:status.${status}`) }))}
          {...many("status")}
        />
        <FilterSelect
          name={t("common:field.severity")}
          choices={severities.map((severity) => ({
            value: severity,
            label: t(`common:severity.${severity}`),
            icon: <SeverityIcon severity={severity} />,
          }))}
          {...many("severity")}
        />
        <FilterSelect name={t("common:field.service")} {...services} {...many("service_id")} />
        <FilterSelect name={t("common:field.rule")} {...rules} {...many("rule_id")} />
        <FilterSelect name={t("common:field.department")} {...departments} {...many("department_id")} />
        <FilterSelect
          name={t("common:field.assignee")}
          choices={people}
          onSearch={findPeople}
          {...many("assignee")}
        />
        <TimeRange
          value={listRange(search) ?? {}}
          fallback="24h"
          any={t("list.anyTime")}
          onChange={(range) => onSearch({ ...search, ...range, offset: undefined })}
        />
        {isFiltered(search) && (
          <Button look="ghost" onClick={() => onSearch(cleared(search))}>
            {t("common:action.clearFilters")}
          </Button>
        )}
      </div>
    </div>
  );
}
