import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ListChecks, Plus, SearchX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { rulesQuery, triggersQuery } from "~/api/queries/rules.ts";
import { pageSearch } from "~/lib/list-search.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Card } from "~/ui/card.tsx";
import { DataTable } from "~/ui/data-table.tsx";
import { Page } from "~/ui/page.tsx";
import { Pagination } from "~/ui/pagination.tsx";
import { Empty, Failure } from "~/ui/state.tsx";
import { TimeRange } from "~/ui/time-range.tsx";
import { DeleteRule } from "./delete-rule.tsx";
import { RuleCard, useColumns } from "./list-columns.tsx";
import { RuleFilters } from "./list-filters.tsx";
import {
  isFiltered,
  LIST_RANGE,
  listParams,
  PAGE_SIZE,
  type RuleListSearch,
  withoutFilters,
} from "./search.ts";

/** All rules: what they judge, whether they are on, how often they triggered. */
export function RuleList({
  search,
  onChange,
}: {
  search: RuleListSearch;
  onChange: (search: RuleListSearch) => void;
}) {
  const { t } = useTranslation(["rule", "common"]);
  const navigate = useNavigate();
  const [doomed, setDoomed] = useState<Schemas["Rule"] | null>(null);
  const { data, error, refetch } = useQuery(rulesQuery(listParams(search)));
  const rules = data?.data;
  const ids = (rules ?? []).map((rule) => rule.id);
  const { range, from, to } = search;
  const triggers = useQuery(triggersQuery(ids, { range, from, to }, LIST_RANGE)).data;
  const columns = useColumns(rules ?? [], triggers, setDoomed);
  const add = (
    <Link to="/rules/new" className={buttonClass("primary")}>
      <Plus aria-hidden />
      {t("list.new")}
    </Link>
  );
  const none = isFiltered(search) ? (
    <Empty
      icon={<SearchX />}
      title={t("common:state.noResult")}
      action={
        <Button onClick={() => onChange(withoutFilters(search))}>{t("common:action.clearFilters")}</Button>
      }
    >
      {t("common:state.noResultHint")}
    </Empty>
  ) : (
    <Empty icon={<ListChecks />} title={t("empty.title")} action={add}>
      {t("empty.text")}
    </Empty>
  );
  return (
    <Page
      name={t("list.name")}
      actions={
        <>
          <TimeRange
            value={{ range, from, to }}
            fallback={LIST_RANGE}
            onChange={(next) => onChange({ ...search, ...next })}
          />
          {add}
        </>
      }
    >
      <RuleFilters search={search} onChange={onChange} />
      <Card flush>
        {error && !data ? (
          <Failure error={error} onRetry={refetch} />
        ) : (
          <DataTable
            label={t("list.label")}
            name="rules"
            columns={columns}
            rows={rules}
            rowId={(rule) => rule.id}
            onOpen={(rule) => navigate({ to: "/rules/$id", params: { id: rule.id } })}
            sort={{
              sort_by: search.sort_by ?? "created_at",
              sort_dir: search.sort_dir ?? "desc",
              onChange: (sort) => onChange({ ...search, ...(sort as RuleListSearch), offset: undefined }),
            }}
            card={(rule) => <RuleCard rule={rule} columns={columns} />}
            empty={none}
          />
        )}
        {data && (
          <Pagination
            total={data.meta.total}
            limit={search.limit ?? PAGE_SIZE}
            offset={search.offset ?? 0}
            onChange={(page) => onChange({ ...search, ...pageSearch(page) })}
          />
        )}
      </Card>
      <DeleteRule rule={doomed} onClose={() => setDoomed(null)} />
    </Page>
  );
}
