import { useTranslation } from "react-i18next";
import { useViews } from "~/api/queries/views.ts";
import { ViewsMenu } from "~/ui/views-menu.tsx";
import { type ListSearch, viewQuery, viewSearch } from "./search.ts";

/** The saved views of the list of incidents. */
export function IncidentViews({
  search,
  onSearch,
}: {
  search: ListSearch;
  onSearch: (search: ListSearch) => void;
}) {
  const { t } = useTranslation("incident");
  return (
    <ViewsMenu
      store={useViews("incidents")}
      query={viewQuery(search)}
      written={(query) => viewQuery(viewSearch(query))}
      applied={search.view}
      onApply={(view) => onSearch({ ...viewSearch(view.query), limit: search.limit, view: view.id })}
      onApplied={(view) => onSearch({ ...search, view })}
      words={{
        none: t("views.none"),
        manage: t("views.manage"),
        saveHint: t("views.saveHint"),
        deleteHint: t("views.deleteHint"),
      }}
    />
  );
}
