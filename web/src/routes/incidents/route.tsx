import { createFileRoute, Outlet } from "@tanstack/react-router";

export const Route = createFileRoute("/incidents")({ staticData: { crumb: "incidents" }, component: Outlet });
