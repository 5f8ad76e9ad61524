import { useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { useHotkeys } from "~/lib/hotkeys.ts";
import { Button } from "~/ui/button.tsx";
import { Switch } from "~/ui/field.tsx";
import { FilterSelect } from "~/ui/filter.tsx";
import { SearchBox } from "~/ui/search-box.tsx";
import { SeverityIcon, severities } from "~/ui/severity.tsx";
import { KindIcon } from "./kind.tsx";
import { type InboxSearch, isFiltered, kinds } from "./search.ts";

/** Narrows the inbox down. */
export function InboxFilters({
  search,
  departments,
  onChange,
}: {
  search: InboxSearch;
  departments: readonly Schemas["Department"][];
  onChange: (search: InboxSearch) => void;
}) {
  const { t } = useTranslation(["notification", "common"]);
  const box = useRef<HTMLInputElement>(null);
  const filter = (filters: Partial<InboxSearch>) => onChange({ ...search, ...filters, offset: undefined });
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
        label={t("search")}
        value={search.search ?? ""}
        onChange={(text) => filter({ search: text.trim() || undefined })}
      />
      <FilterSelect
        name={t("common:field.department")}
        choices={departments.map(({ id, name }) => ({ value: id, label: name }))}
        values={search.department_id ?? []}
        onChange={(values) => filter({ department_id: some(values) })}
      />
      <FilterSelect
        name={t("kindFilter")}
        choices={kinds.map((kind) => ({
          value: kind,
          label: t(`kind.${kind}`),
          icon: <KindIcon kind={kind} />,
        }))}
        values={search.kind ?? []}
        onChange={(values) => filter({ kind: some(values) })}
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
      <span className="px-1">
        <Switch
          label={t("unreadOnly")}
          checked={search.unread === true}
          onChange={(unread) => filter({ unread: unread || undefined })}
        />
      </span>
      {isFiltered(search) && (
        <Button look="ghost" onClick={() => onChange({ limit: search.limit })}>
          {t("common:action.clearFilters")}
        </Button>
      )}
    </div>
  );
}
