import { Bookmark, ChevronDown } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button.tsx";
import { Confirm, Dialog } from "./dialog.tsx";
import { Field, Input } from "./field.tsx";
import { Menu, MenuChoices, MenuGroup, MenuItem } from "./menu.tsx";
import { toast } from "./toast.tsx";

/** What a page shows, kept under a name. */
export type View = { id: string; name: string; query: string };

/** Where views are kept. What fails rejects with a message for people, or with an empty one when nobody answered. */
export type ViewStore = {
  /** Undefined until they are known. */
  views: readonly View[] | undefined;
  failed: boolean;
  create: (name: string, query: string) => Promise<View>;
  change: (id: string, change: { name?: string; query?: string }) => Promise<View>;
  remove: (id: string) => Promise<void>;
};

type Props = {
  store: ViewStore;
  /** What the page shows, as a view keeps it; undefined when there is nothing to keep. */
  query: string | undefined;
  /** Writes what a view keeps as `query` is written, so that both can be compared. */
  written: (query: string) => string;
  /** The view that was applied last, as the address says. */
  applied: string | undefined;
  /** Shows what a view keeps. */
  onApply: (view: View) => void;
  /** Tells the address which view is on, or that none is. */
  onApplied: (id: string | undefined) => void;
  /** What only the page can say: what it teaches, what a view of it keeps, what stays when one is deleted. */
  words: { none: string; manage: string; saveHint: string; deleteHint: string };
};

type Open = { what: "save"; query: string } | { what: "rename" | "delete"; view: View } | null;

/** The saved views of a page: which one is on, apply another, keep what is shown, rename, delete. */
export function ViewsMenu({ store, query, written, applied, onApply, onApplied, words }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Open>(null);
  const { views, failed } = store;
  const same = (view: View) => query !== undefined && written(view.query) === query;
  const on = views?.find((view) => view.id === applied) ?? views?.find(same);
  const changed = on !== undefined && !same(on);
  const attempt = async (work: Promise<unknown>, done: string): Promise<boolean> => {
    try {
      await work;
      toast(done);
      return true;
    } catch (error) {
      toast(t("views.failed"), { kind: "error", detail: reason(error) || t("state.offline") });
      return false;
    }
  };
  const remove = async (view: View) => {
    const gone = await attempt(store.remove(view.id), t("views.deleted", { name: view.name }));
    if (gone && applied === view.id) onApplied(undefined);
  };
  const apply = (id: string) => {
    const view = views?.find((each) => each.id === id);
    if (view) onApply(view);
  };
  const label = on ? (changed ? t("views.changed", { name: on.name }) : on.name) : t("views.label");
  return (
    <>
      <Menu
        trigger={
          <Button aria-label={on ? `${t("views.label")}: ${label}` : t("views.label")} className="max-w-56">
            <Bookmark aria-hidden className={on && !changed ? "fill-current" : ""} />
            <span className="min-w-0 truncate">{label}</span>
            <ChevronDown aria-hidden />
          </Button>
        }
      >
        {failed && <p className="max-w-60 px-2 py-1 text-ink-2">{t("views.notLoaded")}</p>}
        {views?.length === 0 && <p className="max-w-60 px-2 py-1 text-ink-2">{words.none}</p>}
        {views && views.length > 0 && (
          <MenuGroup label={t("views.label")}>
            <MenuChoices
              value={on?.id ?? null}
              onChange={apply}
              choices={views.map((view) => [
                view.id,
                <span key={view.id} className="foreign line-clamp-2 max-w-72">
                  {view.name}
                </span>,
              ])}
            />
          </MenuGroup>
        )}
        {(query !== undefined || on) && (
          <MenuGroup label={words.manage}>
            {query !== undefined && (
              <MenuItem onClick={() => setOpen({ what: "save", query })} disabled={failed}>
                {t("views.save")}
              </MenuItem>
            )}
            {on && changed && query !== undefined && (
              <MenuItem
                onClick={() => attempt(store.change(on.id, { query }), t("views.updated", { name: on.name }))}
              >
                {t("views.update", { name: on.name })}
              </MenuItem>
            )}
            {on && (
              <>
                <MenuItem onClick={() => setOpen({ what: "rename", view: on })}>{t("views.rename")}</MenuItem>
                <MenuItem danger onClick={() => setOpen({ what: "delete", view: on })}>
                  {t("views.delete")}
                </MenuItem>
              </>
            )}
          </MenuGroup>
        )}
      </Menu>
      {open?.what === "save" && (
        <NameDialog
          title={t("views.save")}
          hint={words.saveHint}
          name=""
          onClose={() => setOpen(null)}
          onSave={async (name) => onApplied((await store.create(name, open.query)).id)}
        />
      )}
      {open?.what === "rename" && (
        <NameDialog
          title={t("views.rename")}
          name={open.view.name}
          onClose={() => setOpen(null)}
          onSave={async (name) => onApplied((await store.change(open.view.id, { name })).id)}
        />
      )}
      <Confirm
        open={open?.what === "delete"}
        onClose={() => setOpen(null)}
        onConfirm={() => open?.what === "delete" && remove(open.view)}
        title={t("confirm.delete", { name: open?.what === "delete" ? open.view.name : "" })}
        action={t("action.delete")}
      >
        {words.deleteHint}
      </Confirm>
    </>
  );
}

/** Asks for the name of a new view, or for the new name of one. */
function NameDialog({
  title,
  hint,
  name,
  onClose,
  onSave,
}: {
  title: string;
  hint?: string;
  name: string;
  onClose: () => void;
  onSave: (name: string) => Promise<void>;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState(name);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!text.trim() || busy) return;
    setBusy(true);
    try {
      await onSave(text.trim());
      onClose();
    } catch (failure) {
      setError(reason(failure) || t("state.offline"));
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={onClose} title={title}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label={t("field.name")} hint={hint} error={error}>
          <Input
            autoFocus
            value={text}
            maxLength={100}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button
            type="submit"
            look="primary"
            disabled={!text.trim() || busy}
            title={text.trim() ? undefined : t("views.nameMissing")}
          >
            {t("action.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : "";
}
