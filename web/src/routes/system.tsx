import { createFileRoute } from "@tanstack/react-router";
import { SystemPage } from "~/features/system/system-page.tsx";
import { loadTexts } from "~/i18n/later.ts";

export const Route = createFileRoute("/system")({
  staticData: { crumb: "system" },
  loader: () => loadTexts("system"),
  component: SystemPage,
});
