import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { departmentQuery, departmentsQuery } from "~/api/queries/departments.ts";
import { assigneesQuery } from "~/api/queries/incidents.ts";
import { ruleQuery, rulesQuery } from "~/api/queries/rules.ts";
import { serviceQuery, servicesQuery } from "~/api/queries/services.ts";
import type { Choice } from "~/ui/filter.tsx";
import { useMe } from "./known.ts";

const FOUND = 30;
/** So many chosen things are looked up by name; more are shown by number only. */
const NAMED = 10;

type Found = { choices: Choice[]; onSearch: (text: string) => void };

const choiceOf = ({ id, name }: { id: string; name: string }): Choice => ({ value: id, label: name });

/** The found choices, and those that are chosen though they are not among them. */
function together(found: readonly Choice[] | undefined, chosen: readonly (Choice | undefined)[]): Choice[] {
  const all = [...(found ?? []), ...chosen.filter((choice) => choice !== undefined)];
  return [...new Map(all.map((choice) => [choice.value, choice])).values()];
}

/** Services to filter by, found by the server. */
export function useServiceChoices(values: readonly string[]): Found {
  const [search, onSearch] = useState("");
  const found = useQuery(servicesQuery({ search, sort_by: "name", sort_dir: "asc", limit: FOUND })).data;
  const chosen = useQueries({ queries: values.slice(0, NAMED).map((id) => serviceQuery(id)) });
  const named = chosen.map(({ data }) => data && choiceOf(data));
  return { choices: together(found?.data.map(choiceOf), named), onSearch };
}

/** Rules to filter by, found by the server. */
export function useRuleChoices(values: readonly string[]): Found {
  const [search, onSearch] = useState("");
  const found = useQuery(rulesQuery({ search, sort_by: "name", sort_dir: "asc", limit: FOUND })).data;
  const chosen = useQueries({ queries: values.slice(0, NAMED).map((id) => ruleQuery(id)) });
  const named = chosen.map(({ data }) => data && choiceOf(data));
  return { choices: together(found?.data.map(choiceOf), named), onSearch };
}

/** Departments to filter by or to hand over to, found by the server. */
export function useDepartmentChoices(values: readonly string[]): Found {
  const [search, onSearch] = useState("");
  const found = useQuery(departmentsQuery({ search, sort_by: "name", sort_dir: "asc", limit: FOUND })).data;
  const chosen = useQueries({ queries: values.slice(0, NAMED).map((id) => departmentQuery(id)) });
  const named = chosen.map(({ data }) => data && choiceOf(data));
  return { choices: together(found?.data.map(choiceOf), named), onSearch };
}

/** People to filter by or to assign to: nobody (the empty text), me, and who the server knows. */
export function useAssigneeChoices(values: readonly string[]): Found & { search: string } {
  const { t } = useTranslation(["incident", "common"]);
  const [search, onSearch] = useState("");
  const me = useMe();
  const names = useQuery(assigneesQuery(search)).data ?? [];
  const fits = (choice: Choice) => choice.label.toLowerCase().includes(search.toLowerCase());
  const first = [
    { value: "", label: t("common:word.nobody") },
    ...(me === undefined ? [] : [{ value: me, label: t("list.me", { name: me }) }]),
  ].filter(fits);
  const others = names.filter((name) => name !== me).map((name) => ({ value: name, label: name }));
  const chosen = values.map((value) => ({
    value,
    label: value === "" ? t("common:word.nobody") : value === me ? t("list.me", { name: me }) : value,
  }));
  return { choices: together([...first, ...others], chosen), onSearch, search };
}
