import { createFileRoute } from "@tanstack/react-router";
import * as v from "valibot";
import { commentsQuery, eventsQuery, incidentQuery } from "~/api/queries/incidents.ts";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import { DetailPage } from "~/features/incident/detail-page.tsx";
import { rangeSchema } from "~/lib/range.ts";

const searchSchema = v.object({ from: rangeSchema.from, to: rangeSchema.to });

export const Route = createFileRoute("/incidents/$key")({
  validateSearch: searchSchema,
  loader: async ({ context: { queryClient }, params: { key } }) => {
    queryClient.prefetchQuery(metricTypesQuery());
    queryClient.prefetchInfiniteQuery(eventsQuery(key));
    queryClient.prefetchInfiniteQuery(commentsQuery(key));
    const loading = queryClient.fetchQuery(incidentQuery(key)).catch(() => undefined);
    // The readable key is in the address already, unless somebody linked by the identifier.
    if (/^INC-\d+$/.test(key)) return { crumb: key };
    return { crumb: (await loading)?.key ?? key };
  },
  component: IncidentPage,
});

function IncidentPage() {
  const { key } = Route.useParams();
  return <DetailPage id={key} zoom={Route.useSearch()} />;
}
