import { createFileRoute, Outlet } from "@tanstack/react-router";

export const Route = createFileRoute("/rules")({ staticData: { crumb: "rules" }, component: Outlet });
