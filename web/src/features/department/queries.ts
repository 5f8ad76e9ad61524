import { departmentsQuery } from "~/api/queries/departments.ts";
import type { PageLimit } from "~/lib/list-search.ts";

/** By what the server can sort departments. */
export const departmentSorts = ["name", "created_at", "updated_at"] as const;

/** What the address says of the list. */
export type DepartmentsSearch = {
  search?: string | undefined;
  sort_by?: (typeof departmentSorts)[number] | undefined;
  sort_dir?: "asc" | "desc" | undefined;
  limit?: PageLimit | undefined;
  offset?: number | undefined;
  /** Whether the dialog for a new department is open. */
  new?: true | undefined;
};

/** The query of the list; the route starts it early. */
export const departmentsPageQuery = ({ search, sort_by, sort_dir, limit, offset }: DepartmentsSearch) =>
  departmentsQuery({
    ...(search ? { search } : {}),
    sort_by: sort_by ?? "name",
    sort_dir: sort_dir ?? "asc",
    limit: limit ?? 20,
    offset: offset ?? 0,
  });
