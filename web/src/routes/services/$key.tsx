import { createFileRoute } from "@tanstack/react-router";
import { Page } from "~/ui/page.tsx";

export const Route = createFileRoute("/services/$key")({
  component: () => <Page name="services">…</Page>,
});
