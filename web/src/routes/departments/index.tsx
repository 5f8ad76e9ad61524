import { createFileRoute } from "@tanstack/react-router";
import * as v from "valibot";
import { DepartmentsPage } from "~/features/department/departments-page.tsx";
import {
  type DepartmentsSearch,
  departmentSorts,
  departmentsPageQuery,
} from "~/features/department/queries.ts";
import { flag, listSchema, wordOf } from "~/lib/list-search.ts";

export const Route = createFileRoute("/departments/")({
  validateSearch: v.object({
    ...listSchema,
    sort_by: wordOf(departmentSorts),
    sort_dir: wordOf(["asc", "desc"]),
    new: flag,
  }),
  loaderDeps: ({ search }) => search,
  loader: ({ context: { queryClient }, deps }) => {
    queryClient.prefetchQuery(departmentsPageQuery(deps));
  },
  component: Component,
});

function Component() {
  const navigate = Route.useNavigate();
  const change = (next: Partial<DepartmentsSearch>) => {
    navigate({ search: (before) => ({ ...before, ...next }), replace: "search" in next });
  };
  return <DepartmentsPage search={Route.useSearch()} onSearch={change} />;
}
