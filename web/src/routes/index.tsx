import type { UseQueryOptions } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import * as v from "valibot";
import { Dashboard } from "~/features/dashboard/dashboard.tsx";
import { type DashboardSearch, dashboardQueries } from "~/features/dashboard/queries.ts";
import { fillScreen, Wall } from "~/features/dashboard/wall.tsx";
import { flag, listSchema } from "~/lib/list-search.ts";
import { rangeSchema } from "~/lib/range.ts";

const ServiceDialog = lazy(() => import("~/features/service/service-dialog.tsx"));
const DepartmentDialog = lazy(() => import("~/features/department/department-dialog.tsx"));

export const Route = createFileRoute("/")({
  staticData: { crumb: "dashboard" },
  validateSearch: v.object({ ...rangeSchema, ...listSchema, wall: flag }),
  loaderDeps: ({ search }) => search,
  loader: ({ context: { queryClient }, deps }) => {
    for (const query of dashboardQueries(deps)) queryClient.prefetchQuery(query as UseQueryOptions);
  },
  component: Component,
});

function Component() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const [creating, setCreating] = useState<"service" | "department" | null>(null);
  const change = (next: Partial<DashboardSearch>) => {
    navigate({ search: (before) => ({ ...before, ...next }), replace: "search" in next });
  };
  if (search.wall) {
    const { range, from, to } = search;
    return <Wall range={{ range, from, to }} onLeave={() => change({ wall: undefined })} />;
  }
  const closeDialog = () => setCreating(null);
  return (
    <>
      <Dashboard
        search={search}
        onSearch={change}
        onWall={() => {
          fillScreen();
          change({ wall: true });
        }}
        onNew={setCreating}
      />
      <Suspense>
        {creating === "service" && <ServiceDialog onClose={closeDialog} onSaved={closeDialog} />}
        {creating === "department" && <DepartmentDialog onClose={closeDialog} onSaved={closeDialog} />}
      </Suspense>
    </>
  );
}
