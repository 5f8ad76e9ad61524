import { createFileRoute } from "@tanstack/react-router";
import { Page } from "~/ui/page.tsx";

export const Route = createFileRoute("/explore")({
  staticData: { crumb: "metrics" },
  component: () => <Page name="metrics">…</Page>,
});
