import { useTranslation } from "react-i18next";
import { useViews } from "~/api/queries/views.ts";
import { ViewsMenu } from "~/ui/views-menu.tsx";
import { type Explore, emptySearch, viewQuery, viewSearch } from "./search.ts";

/** The saved views of the metrics: series, span and how they are shown. */
export function MetricViews({
  search,
  onChange,
}: {
  search: Explore;
  onChange: (part: Partial<Explore>) => void;
}) {
  const { t } = useTranslation("metric");
  return (
    <ViewsMenu
      store={useViews("explore")}
      query={search.q && viewQuery(search)}
      written={(query) => viewQuery(viewSearch(query))}
      applied={search.view}
      onApply={(view) => onChange({ ...emptySearch, ...viewSearch(view.query), view: view.id })}
      onApplied={(view) => onChange({ view })}
      words={{
        none: t("views.none"),
        manage: t("views.manage"),
        saveHint: t("views.saveHint"),
        deleteHint: t("views.deleteHint"),
      }}
    />
  );
}
