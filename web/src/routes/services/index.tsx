import { createFileRoute } from "@tanstack/react-router";
import * as v from "valibot";
import { type ServicesSearch, serviceSorts, servicesPageQuery } from "~/features/service/queries.ts";
import { ServicesPage } from "~/features/service/services-page.tsx";
import { flag, listSchema, wordOf } from "~/lib/list-search.ts";

export const Route = createFileRoute("/services/")({
  validateSearch: v.object({
    ...listSchema,
    sort_by: wordOf(serviceSorts),
    sort_dir: wordOf(["asc", "desc"]),
    new: flag,
  }),
  loaderDeps: ({ search }) => search,
  loader: ({ context: { queryClient }, deps }) => {
    queryClient.prefetchQuery(servicesPageQuery(deps));
  },
  component: Component,
});

function Component() {
  const navigate = Route.useNavigate();
  const change = (next: Partial<ServicesSearch>) => {
    navigate({ search: (before) => ({ ...before, ...next }), replace: "search" in next });
  };
  return <ServicesPage search={Route.useSearch()} onSearch={change} />;
}
