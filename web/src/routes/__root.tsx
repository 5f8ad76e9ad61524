import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, Outlet } from "@tanstack/react-router";
import { Frame } from "~/features/shell/frame.tsx";

/** What loaders are given. */
type RouterContext = { queryClient: QueryClient };

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    /** Under which name of a place the route stands in the breadcrumb. */
    crumb?:
      | "dashboard"
      | "incidents"
      | "metrics"
      | "rules"
      | "services"
      | "departments"
      | "notifications"
      | "analytics"
      | "system"
      | "newRule";
  }
}

export const Route = createRootRouteWithContext<RouterContext>()({
  component: () => (
    <Frame>
      <Outlet />
    </Frame>
  ),
});
