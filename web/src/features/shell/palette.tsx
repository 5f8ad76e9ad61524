import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { incidentsQuery } from "~/api/queries/incidents.ts";
import { rulesQuery } from "~/api/queries/rules.ts";
import { servicesQuery } from "~/api/queries/services.ts";
import { cx } from "~/lib/class.ts";
import { itemClass } from "~/ui/popup-class.ts";
import { type Command, type CommandGroup, useCommands } from "./commands.tsx";

/** Go anywhere, do anything: finds pages, commands, incidents, services and rules by what is typed. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("shell");
  const [text, setText] = useState("");
  const words = text.trim();
  const groups = useGroups(words);
  const run = (command: Command) => {
    onClose();
    command.run();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/40" />
        <Dialog.Popup
          aria-label={t("palette.open")}
          className="fixed top-[10dvh] left-1/2 z-40 w-[min(40rem,calc(100vw-1rem))] -translate-x-1/2 overflow-hidden rounded-lg border bg-raised shadow-pop"
        >
          <Autocomplete.Root
            open
            inline
            items={groups}
            filter={null}
            autoHighlight="always"
            keepHighlight
            value={text}
            onValueChange={(value, details) => details.reason !== "item-press" && setText(value)}
            itemToStringValue={(command: Command) => command.label}
          >
            <Autocomplete.Input
              aria-label={t("palette.open")}
              placeholder={t("palette.placeholder")}
              className="h-12 w-full border-b bg-transparent px-4 text-lg outline-none placeholder:text-ink-3"
            />
            <Autocomplete.Empty>
              <div className="p-4 text-ink-3">{t("palette.nothing")}</div>
            </Autocomplete.Empty>
            <Autocomplete.List className="max-h-[60dvh] overflow-y-auto p-1.5 data-empty:p-0">
              {(group: CommandGroup) => (
                <Autocomplete.Group key={group.name} items={group.items}>
                  <Autocomplete.GroupLabel className="px-2 pt-2 pb-1 text-ink-3 text-xs">
                    {group.name}
                  </Autocomplete.GroupLabel>
                  <Autocomplete.Collection>
                    {(command: Command) => (
                      <Autocomplete.Item
                        key={command.id}
                        value={command}
                        onClick={() => run(command)}
                        className={cx(itemClass, "text-sm")}
                      >
                        <command.icon aria-hidden />
                        <span className="min-w-0 flex-1 truncate">{command.label}</span>
                        {command.hint && <span className="shrink-0 text-ink-3 text-xs">{command.hint}</span>}
                      </Autocomplete.Item>
                    )}
                  </Autocomplete.Collection>
                </Autocomplete.Group>
              )}
            </Autocomplete.List>
          </Autocomplete.Root>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function useGroups(words: string): CommandGroup[] {
  const enabled = words.length > 0;
  const search = words.slice(0, 200);
  // "ack INC-42" looks for the incident, whatever word stands before it.
  const key = /inc-\d+/i.exec(words)?.[0]?.toUpperCase();
  const incidents = useQuery({ ...incidentsQuery({ search: key ?? search, limit: 5 }), enabled });
  const services = useQuery({ ...servicesQuery({ search, limit: 5 }), enabled });
  const rules = useQuery({ ...rulesQuery({ search, limit: 5 }), enabled });
  return useCommands(words, {
    incidents: enabled ? (incidents.data?.data ?? []) : [],
    services: enabled ? (services.data?.data ?? []) : [],
    rules: enabled ? (rules.data?.data ?? []) : [],
  });
}
