import { createFileRoute } from "@tanstack/react-router";
import { Page } from "~/ui/page.tsx";

export const Route = createFileRoute("/rules/$id")({
  component: () => <Page name="rules">…</Page>,
});
