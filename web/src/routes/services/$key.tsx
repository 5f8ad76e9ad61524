import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute, useRouter } from "@tanstack/react-router";
import * as v from "valibot";
import { hasStatus } from "~/api/problem.ts";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import { serviceQuery } from "~/api/queries/services.ts";
import {
  closedIncidentsQuery,
  liveIncidentsQuery,
  rulesOfQuery,
  serviceOverviewQuery,
} from "~/features/service/queries.ts";
import { ServicePage } from "~/features/service/service-page.tsx";
import { rangeSchema } from "~/lib/range.ts";

export const Route = createFileRoute("/services/$key")({
  validateSearch: v.object(rangeSchema),
  loader: async ({ context: { queryClient }, params }) => {
    const service = await queryClient.ensureQueryData(serviceQuery(params.key));
    const of = { service_id: service.id };
    queryClient.prefetchQuery(serviceOverviewQuery(service.id));
    queryClient.prefetchQuery(metricTypesQuery());
    queryClient.prefetchQuery(rulesOfQuery(of));
    queryClient.prefetchQuery(liveIncidentsQuery(of));
    queryClient.prefetchQuery(closedIncidentsQuery(of));
    return { crumb: service.name };
  },
  component: Component,
});

function Component() {
  const { key } = Route.useParams();
  const navigate = Route.useNavigate();
  const router = useRouter();
  const client = useQueryClient();
  const { data: service, error } = useSuspenseQuery(serviceQuery(key));
  // Somebody else deleted it while it was shown.
  if (hasStatus(error, 404)) throw error;
  return (
    <ServicePage
      service={service}
      range={Route.useSearch()}
      onRange={(range) => navigate({ search: (before) => ({ ...before, ...range }) })}
      onSaved={async (saved) => {
        // Its address may be another one now, and the breadcrumb says its name.
        if (saved.key !== key) await navigate({ params: { key: saved.key }, replace: true });
        await router.invalidate();
      }}
      onDeleted={async () => {
        await navigate({ to: "/services" });
        client.removeQueries({ queryKey: ["services", "detail", key] });
      }}
    />
  );
}
