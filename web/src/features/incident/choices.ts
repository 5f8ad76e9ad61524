import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Found, together } from "~/api/choices.ts";
import { assigneesQuery } from "~/api/queries/incidents.ts";
import type { Choice } from "~/ui/filter.tsx";
import { useMe } from "./known.ts";

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
