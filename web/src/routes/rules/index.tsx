import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { MOST } from "~/api/client.ts";
import { departmentsQuery } from "~/api/queries/departments.ts";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import { rulesQuery } from "~/api/queries/rules.ts";
import { servicesQuery } from "~/api/queries/services.ts";
import { RuleList } from "~/features/rule/list.tsx";
import { listParams, ruleListSchema } from "~/features/rule/search.ts";

export const Route = createFileRoute("/rules/")({
  validateSearch: ruleListSchema,
  loaderDeps: ({ search }) => listParams(search),
  loader: ({ context: { queryClient }, deps }) => {
    queryClient.prefetchQuery(rulesQuery(deps));
    queryClient.prefetchQuery(metricTypesQuery());
    queryClient.prefetchQuery(servicesQuery({ limit: MOST }));
    queryClient.prefetchQuery(departmentsQuery({ limit: MOST }));
  },
  component: Rules,
});

function Rules() {
  const search = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  return <RuleList search={search} onChange={(next) => navigate({ search: next, resetScroll: false })} />;
}
