import { createFileRoute } from "@tanstack/react-router";
import { Page } from "~/ui/page.tsx";

export const Route = createFileRoute("/")({
  staticData: { crumb: "dashboard" },
  component: () => <Page name="dashboard">…</Page>,
});
