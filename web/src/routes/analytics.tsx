import { createFileRoute } from "@tanstack/react-router";
import { AnalyticsPage } from "~/features/analytics/page.tsx";
import { analyticsSchema } from "~/features/analytics/search.ts";
import { loadTexts } from "~/i18n/later.ts";

export const Route = createFileRoute("/analytics")({
  staticData: { crumb: "analytics" },
  validateSearch: analyticsSchema,
  loader: () => loadTexts("analytics"),
  component: Analytics,
});

function Analytics() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <AnalyticsPage
      search={search}
      onChange={(part) => navigate({ search: (now) => ({ ...now, ...part }), resetScroll: false })}
    />
  );
}
