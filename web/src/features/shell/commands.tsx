import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  Activity,
  Check,
  CircleCheckBig,
  Languages,
  ListChecks,
  type LucideIcon,
  Moon,
  Plus,
  Siren,
  Sun,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { api } from "~/api/client.ts";
import { chooseLanguage } from "~/i18n/index.ts";
import { chooseTheme } from "~/lib/theme.ts";
import { toast } from "~/ui/toast.tsx";
import { places } from "./places.ts";

/** Something the palette can do. */
export type Command = { id: string; label: string; hint?: string; icon: LucideIcon; run: () => void };

/** Commands under a heading. */
export type CommandGroup = { name: string; items: Command[] };

type Found = {
  incidents: Schemas["Incident"][];
  services: Schemas["Service"][];
  rules: Schemas["Rule"][];
};

/** The commands that fit what was typed, in groups; the server has found the things. */
export function useCommands(words: string, found: Found): CommandGroup[] {
  const { t, i18n } = useTranslation(["shell", "common"]);
  const navigate = useNavigate();
  const client = useQueryClient();
  const fold = (text: string) => text.toLocaleLowerCase(i18n.language);
  const fits = (command: Command) => fold(command.label).includes(fold(words));
  const change = async (incident: Schemas["Incident"], status: Schemas["Status"]) => {
    try {
      await api.PATCH("/incidents/{id}", {
        params: { path: { id: incident.id }, header: { "If-Match": `"${incident.version}"` } },
        body: { status },
      });
      toast(`${incident.key}: ${t(`common:status.${status}`)}`);
      client.invalidateQueries({ queryKey: ["incidents"] });
    } catch (error) {
      toast(t("palette.failed", { key: incident.key }), {
        kind: "error",
        detail: error instanceof Error ? error.message : "",
      });
    }
  };
  const pages = places.map(
    ({ to, name, icon, key }): Command => ({
      id: to,
      label: t(`place.${name}`),
      hint: `g ${key}`,
      icon,
      run: () => navigate({ to }),
    }),
  );
  const actions: Command[] = [
    { id: "rule", label: t("palette.newRule"), icon: Plus, run: () => navigate({ to: "/rules/new" }) },
    { id: "light", label: t("palette.light"), icon: Sun, run: () => chooseTheme("light") },
    { id: "dark", label: t("palette.dark"), icon: Moon, run: () => chooseTheme("dark") },
    { id: "en", label: "English", hint: t("language"), icon: Languages, run: () => chooseLanguage("en") },
    { id: "tr", label: "Türkçe", hint: t("language"), icon: Languages, run: () => chooseLanguage("tr") },
  ];
  const incidents = found.incidents.flatMap((incident): Command[] => {
    const open: Command = {
      id: incident.id,
      label: `${incident.key} ${incident.title}`,
      hint: t(`common:status.${incident.status}`),
      icon: Siren,
      run: () => navigate({ to: "/incidents/$key", params: { key: incident.key } }),
    };
    if (fold(words).includes(fold(incident.key)) && incident.status !== "CLOSED") {
      const close: Command = {
        id: `close-${incident.id}`,
        label: t("palette.close", { key: incident.key }),
        icon: CircleCheckBig,
        run: () => change(incident, "CLOSED"),
      };
      const acknowledge: Command = {
        id: `ack-${incident.id}`,
        label: t("palette.acknowledge", { key: incident.key }),
        icon: Check,
        run: () => change(incident, "IN_PROGRESS"),
      };
      return incident.status === "OPEN" ? [acknowledge, open, close] : [open, close];
    }
    return [open];
  });
  const services = found.services.map(
    (service): Command => ({
      id: service.id,
      label: service.name,
      hint: service.key,
      icon: Activity,
      run: () => navigate({ to: "/services/$key", params: { key: service.key } }),
    }),
  );
  const rules = found.rules.map(
    (rule): Command => ({
      id: rule.id,
      label: rule.name,
      icon: ListChecks,
      run: () => navigate({ to: "/rules/$id", params: { id: rule.id } }),
    }),
  );
  return [
    { name: t("palette.pages"), items: pages.filter(fits) },
    { name: t("place.incidents"), items: incidents },
    { name: t("place.services"), items: services },
    { name: t("place.rules"), items: rules },
    { name: t("palette.actions"), items: actions.filter(fits) },
  ].filter((group) => group.items.length > 0);
}
