import { createFileRoute, Outlet } from "@tanstack/react-router";

export const Route = createFileRoute("/departments")({
  staticData: { crumb: "departments" },
  component: Outlet,
});
