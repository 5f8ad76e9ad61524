import { createFileRoute } from "@tanstack/react-router";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import { ExplorePage } from "~/features/metric/explore.tsx";
import { exploreSchema } from "~/features/metric/search.ts";

export const Route = createFileRoute("/explore")({
  staticData: { crumb: "metrics" },
  validateSearch: exploreSchema,
  loader: ({ context }) => {
    context.queryClient.prefetchQuery(metricTypesQuery());
  },
  component: Explore,
});

function Explore() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <ExplorePage
      search={search}
      onChange={(part) => navigate({ search: (now) => ({ ...now, ...part }), resetScroll: false })}
    />
  );
}
