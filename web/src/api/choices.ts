import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { departmentQuery, departmentsQuery } from "./queries/departments.ts";
import { ruleQuery, rulesQuery } from "./queries/rules.ts";
import { serviceQuery, servicesQuery } from "./queries/services.ts";

const FOUND = 30;
/** So many chosen things are looked up by name; more are shown by number only. */
const NAMED = 10;

/** Something to filter by. */
type Choice = { value: string; label: string };

/** What can be chosen, and what searches for more. */
export type Found = { choices: Choice[]; onSearch: (text: string) => void };

const choiceOf = ({ id, name }: { id: string; name: string }): Choice => ({ value: id, label: name });

/** The found choices, and those that are chosen though they are not among them. */
export function together(
  found: readonly Choice[] | undefined,
  chosen: readonly (Choice | undefined)[],
): Choice[] {
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
