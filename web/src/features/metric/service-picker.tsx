import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { servicesQuery } from "~/api/queries/services.ts";
import { type Choice, Picker } from "~/ui/filter.tsx";

/** Chooses a service by its key; the server searches. */
export function ServicePicker({
  value,
  onChange,
}: {
  value: Choice | null;
  onChange: (key: string) => void;
}) {
  const { t } = useTranslation(["metric", "common"]);
  const [search, setSearch] = useState("");
  const found = useQuery(servicesQuery({ limit: 50, ...(search ? { search } : {}) })).data?.data ?? [];
  return (
    <Picker
      name={t("common:field.service")}
      placeholder={t("chooseService")}
      choices={found.map(({ key, name }) => ({ value: key, label: name }))}
      value={value}
      onChange={(choice) => onChange(choice.value)}
      onSearch={setSearch}
    />
  );
}
