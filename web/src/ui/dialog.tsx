import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "./button.tsx";

const backdrop =
  "fixed inset-0 z-40 bg-black/40 transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0";
const popup =
  "fixed top-1/2 left-1/2 z-40 max-h-[calc(100dvh-2rem)] w-[min(36rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-lg border bg-raised shadow-pop transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0";

/** A dialog over the page. Escape and a click outside close it. */
export function Dialog({
  open,
  onClose,
  title,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={backdrop} />
        <Base.Popup className={popup}>
          <div className="flex items-center justify-between gap-4 border-b px-4 py-2.5">
            <Base.Title className="font-semibold text-lg">{title}</Base.Title>
            <Base.Close render={<IconButton label={t("action.dismiss")} />}>
              <X aria-hidden />
            </Base.Close>
          </div>
          <div className="p-4">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** Asks before something that cannot be taken back. */
export function Confirm({
  open,
  onClose,
  onConfirm,
  title,
  action,
  children,
}: {
  open: boolean;
  onClose: () => void;
  onConfirm: () => void;
  title: string;
  /** The verb of the button that does it. */
  action: string;
  children?: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={backdrop} />
        <AlertDialog.Popup className={popup}>
          <div className="flex flex-col gap-2 p-4">
            <AlertDialog.Title className="foreign font-semibold text-lg">{title}</AlertDialog.Title>
            <AlertDialog.Description className="text-ink-2" render={<div />}>
              {children}
            </AlertDialog.Description>
            <div className="mt-2 flex justify-end gap-2">
              <AlertDialog.Close render={<Button />}>{t("action.cancel")}</AlertDialog.Close>
              <AlertDialog.Close render={<Button look="danger" onClick={onConfirm} />}>
                {action}
              </AlertDialog.Close>
            </div>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
