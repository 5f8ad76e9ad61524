import { createFileRoute } from "@tanstack/react-router";
import { incidentListQuery } from "~/api/queries/incidents.ts";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import { ListPage } from "~/features/incident/list-page.tsx";
import { listParams, listRange, listSchema } from "~/features/incident/search.ts";

export const Route = createFileRoute("/incidents/")({
  validateSearch: listSchema,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => {
    context.queryClient.prefetchQuery(metricTypesQuery());
    context.queryClient.prefetchQuery(incidentListQuery(listParams(deps), listRange(deps)));
  },
  component: IncidentsPage,
});

function IncidentsPage() {
  return <ListPage search={Route.useSearch()} />;
}
