import { createFileRoute } from "@tanstack/react-router";
import { Page } from "~/ui/page.tsx";

export const Route = createFileRoute("/notifications")({
  staticData: { crumb: "notifications" },
  component: () => <Page name="notifications">…</Page>,
});
