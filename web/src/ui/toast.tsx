import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";
import { Button, IconButton } from "./button.tsx";

const manager = Toast.createToastManager<{ action?: ToastAction }>();

type ToastAction = { label: string; run: () => void };

/** Says briefly what happened; with an action, e.g. undo. Errors, and what `stays`, wait to be dismissed. */
export function toast(
  title: string,
  options: { detail?: string; kind?: "error"; stays?: boolean; action?: ToastAction } = {},
): void {
  const id = manager.add({
    title,
    description: options.detail,
    type: options.kind ?? "note",
    timeout: options.kind === "error" || options.stays ? 0 : options.action ? 8_000 : 4_000,
    priority: options.kind === "error" ? "high" : "low",
    data: options.action
      ? {
          action: {
            label: options.action.label,
            run: () => {
              manager.close(id);
              options.action?.run();
            },
          },
        }
      : {},
  });
}

/** Where toasts appear; belongs at the root, once. */
export function Toasts() {
  const { t } = useTranslation();
  return (
    <Toast.Provider toastManager={manager} limit={4}>
      <Toast.Portal>
        <Toast.Viewport
          aria-label={t("word.messages")}
          className="fixed right-4 bottom-32 z-50 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 md:bottom-4"
        >
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function List() {
  const { t } = useTranslation();
  const { toasts } = Toast.useToastManager<{ action?: ToastAction }>();
  return toasts.map((each) => (
    <Toast.Root
      key={each.id}
      toast={each}
      data-toast
      className={cx(
        "rounded-lg border bg-raised shadow-pop transition-opacity duration-150",
        "data-ending-style:opacity-0 data-starting-style:opacity-0 data-limited:hidden",
        each.type === "error" && "border-critical",
      )}
    >
      <Toast.Content className="flex items-center gap-3 py-2 pr-2 pl-4">
        <div className="min-w-0 flex-1">
          <Toast.Title className="foreign font-medium text-sm" render={<p />} />
          <Toast.Description className="foreign text-ink-2 text-sm" />
        </div>
        {each.data?.action && (
          <Button size="sm" onClick={each.data.action.run}>
            {each.data.action.label}
          </Button>
        )}
        <Toast.Close render={<IconButton size="sm" label={t("action.dismiss")} />}>
          <X aria-hidden />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}
