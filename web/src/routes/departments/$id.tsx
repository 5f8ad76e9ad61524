import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute, useRouter } from "@tanstack/react-router";
import { hasStatus } from "~/api/problem.ts";
import { departmentQuery, departmentUnreadQuery } from "~/api/queries/departments.ts";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import { DepartmentPage } from "~/features/department/department-page.tsx";
import { IncidentsCard } from "~/features/service/incidents-card.tsx";
import { closedIncidentsQuery, liveIncidentsQuery, rulesOfQuery } from "~/features/service/queries.ts";
import { RulesCard } from "~/features/service/rules-card.tsx";

export const Route = createFileRoute("/departments/$id")({
  loader: async ({ context: { queryClient }, params }) => {
    const of = { department_id: params.id };
    const department = await queryClient.ensureQueryData(departmentQuery(params.id));
    queryClient.prefetchQuery(liveIncidentsQuery(of));
    queryClient.prefetchQuery(closedIncidentsQuery(of));
    queryClient.prefetchQuery(rulesOfQuery(of));
    queryClient.prefetchQuery(departmentUnreadQuery(params.id));
    queryClient.prefetchQuery(metricTypesQuery());
    return { crumb: department.name };
  },
  component: Component,
});

function Component() {
  const { id } = Route.useParams();
  const navigate = Route.useNavigate();
  const router = useRouter();
  const client = useQueryClient();
  const of = { department_id: id };
  const { data: department, error } = useSuspenseQuery(departmentQuery(id));
  // Somebody else deleted it while it was shown.
  if (hasStatus(error, 404)) throw error;
  return (
    <DepartmentPage
      department={department}
      incidents={<IncidentsCard of={of} />}
      rules={<RulesCard of={of} />}
      onSaved={() => router.invalidate()}
      onDeleted={async () => {
        await navigate({ to: "/departments" });
        client.removeQueries({ queryKey: ["departments", "detail", id] });
      }}
    />
  );
}
