import { createFileRoute, notFound, useNavigate } from "@tanstack/react-router";
import { MOST } from "~/api/client.ts";
import { hasStatus } from "~/api/problem.ts";
import { departmentsQuery } from "~/api/queries/departments.ts";
import { incidentsQuery } from "~/api/queries/incidents.ts";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import { ruleQuery } from "~/api/queries/rules.ts";
import { newestOf } from "~/features/rule/facts.tsx";
import { RulePage } from "~/features/rule/rule-page.tsx";
import { ruleSchema } from "~/features/rule/search.ts";

export const Route = createFileRoute("/rules/$id")({
  validateSearch: ruleSchema,
  loader: async ({ context: { queryClient }, params: { id } }) => {
    queryClient.prefetchQuery(metricTypesQuery());
    queryClient.prefetchQuery(departmentsQuery({ limit: MOST }));
    queryClient.prefetchQuery(incidentsQuery(newestOf(id)));
    try {
      const rule = await queryClient.ensureQueryData(ruleQuery(id));
      return { rule, crumb: rule.name };
    } catch (error) {
      // The address holds something that is not even an identifier.
      if (hasStatus(error, 400) || hasStatus(error, 404)) throw notFound();
      throw error;
    }
  },
  component: Rule,
});

function Rule() {
  const { rule } = Route.useLoaderData();
  const { span = "24h" } = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  return (
    <RulePage
      key={rule.id}
      rule={rule}
      span={span}
      onSpan={(next) => navigate({ search: { span: next }, replace: true, resetScroll: false })}
    />
  );
}
