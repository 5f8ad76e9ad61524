import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { MOST } from "~/api/client.ts";
import { departmentsQuery } from "~/api/queries/departments.ts";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import { NewRulePage } from "~/features/rule/new-page.tsx";
import { newRuleSchema } from "~/features/rule/search.ts";

export const Route = createFileRoute("/rules/new")({
  staticData: { crumb: "newRule" },
  validateSearch: newRuleSchema,
  loader: ({ context: { queryClient } }) => {
    queryClient.prefetchQuery(metricTypesQuery());
    queryClient.prefetchQuery(departmentsQuery({ limit: MOST }));
  },
  component: NewRule,
});

function NewRule() {
  const { from, service_id, metric_type, span = "24h" } = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  return (
    <NewRulePage
      key={from ?? ""}
      begin={{ from, serviceId: service_id, metricType: metric_type }}
      span={span}
      onSpan={(next) =>
        navigate({ search: (search) => ({ ...search, span: next }), replace: true, resetScroll: false })
      }
    />
  );
}
