import { createFileRoute } from "@tanstack/react-router";
import { Page } from "~/ui/page.tsx";

export const Route = createFileRoute("/rules/new")({
  staticData: { crumb: "newRule" },
  component: () => <Page name="newRule">…</Page>,
});
