import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Bookmark, ChevronDown } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, errorText } from "~/api/problem.ts";
import { changeView, createView, deleteView, type SavedView, viewsQuery } from "~/api/queries/views.ts";
import { Button } from "~/ui/button.tsx";
import { Confirm, Dialog } from "~/ui/dialog.tsx";
import { Field, Input } from "~/ui/field.tsx";
import { Menu, MenuChoices, MenuGroup, MenuItem } from "~/ui/menu.tsx";
import { toast } from "~/ui/toast.tsx";
import { type ListSearch, viewQuery, viewSearch } from "./search.ts";

type Open = { what: "save" } | { what: "rename" | "delete"; view: SavedView } | null;

/** The saved views: which one is on, apply another, keep what is shown, rename, delete. */
export function ViewsMenu({
  search,
  onSearch,
}: {
  search: ListSearch;
  onSearch: (search: ListSearch) => void;
}) {
  const { t } = useTranslation(["incident", "common"]);
  const client = useQueryClient();
  const views = useQuery(viewsQuery("incidents"));
  const [open, setOpen] = useState<Open>(null);
  const query = viewQuery(search);
  const same = (view: SavedView) => viewQuery(viewSearch(view.query)) === query;
  const on = views.data?.find((view) => view.id === search.view) ?? views.data?.find(same);
  const changed = on !== undefined && !same(on);
  const done = () => client.invalidateQueries({ queryKey: ["views"] });
  const fail = (error: unknown) =>
    toast(t("views.failed"), { kind: "error", detail: errorText(error) || t("common:state.offline") });
  const update = useMutation({
    mutationFn: (view: SavedView) => changeView(view.id, { query }),
    onSuccess: (view) => toast(t("views.updated", { name: view.name })),
    onError: fail,
    onSettled: done,
  });
  const remove = useMutation({
    mutationFn: (view: SavedView) => deleteView(view.id),
    onSuccess: (_, view) => {
      toast(t("views.deleted", { name: view.name }));
      if (search.view === view.id) onSearch({ ...search, view: undefined });
    },
    onError: fail,
    onSettled: done,
  });
  const apply = (id: string) => {
    const view = views.data?.find((each) => each.id === id);
    if (view) onSearch({ ...viewSearch(view.query), limit: search.limit, view: id });
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
        {views.isError && <p className="max-w-60 px-2 py-1 text-ink-2">{t("views.notLoaded")}</p>}
        {views.data?.length === 0 && <p className="max-w-60 px-2 py-1 text-ink-2">{t("views.none")}</p>}
        {views.data && views.data.length > 0 && (
          <MenuGroup label={t("views.label")}>
            <MenuChoices
              value={on?.id ?? null}
              onChange={apply}
              choices={views.data.map((view) => [
                view.id,
                <span key={view.id} className="foreign line-clamp-2 max-w-72">
                  {view.name}
                </span>,
              ])}
            />
          </MenuGroup>
        )}
        <MenuGroup label={t("views.manage")}>
          <MenuItem onClick={() => setOpen({ what: "save" })} disabled={views.isError}>
            {t("views.save")}
          </MenuItem>
          {on && changed && (
            <MenuItem onClick={() => update.mutate(on)}>{t("views.update", { name: on.name })}</MenuItem>
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
      </Menu>
      {open && open.what !== "delete" && (
        <NameDialog
          view={open.what === "rename" ? open.view : undefined}
          query={query}
          onClose={() => setOpen(null)}
          onSaved={(view) => onSearch({ ...search, view: view.id })}
        />
      )}
      <Confirm
        open={open?.what === "delete"}
        onClose={() => setOpen(null)}
        onConfirm={() => open?.what === "delete" && remove.mutate(open.view)}
        title={t("common:confirm.delete", { name: open?.what === "delete" ? open.view.name : "" })}
        action={t("common:action.delete")}
      >
        {t("views.deleteHint")}
      </Confirm>
    </>
  );
}

/** Asks for the name of a new view, or for the new name of one. */
function NameDialog({
  view,
  query,
  onClose,
  onSaved,
}: {
  view: SavedView | undefined;
  query: string;
  onClose: () => void;
  onSaved: (view: SavedView) => void;
}) {
  const { t } = useTranslation(["incident", "common"]);
  const client = useQueryClient();
  const [name, setName] = useState(view?.name ?? "");
  const save = useMutation({
    mutationFn: (text: string) =>
      view ? changeView(view.id, { name: text }) : createView({ page: "incidents", name: text, query }),
    onSuccess: async (saved) => {
      await client.invalidateQueries({ queryKey: ["views"] });
      onSaved(saved);
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) save.mutate(name.trim());
  };
  const error =
    save.error instanceof ApiError ? (save.error.fields.get("/name") ?? errorText(save.error)) : undefined;
  return (
    <Dialog open onClose={onClose} title={t(view ? "views.rename" : "views.save")}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label={t("common:field.name")}
          {...(view ? {} : { hint: t("views.saveHint") })}
          error={save.isError ? error || t("common:state.offline") : undefined}
        >
          <Input
            autoFocus
            value={name}
            maxLength={100}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("common:action.cancel")}</Button>
          <Button
            type="submit"
            look="primary"
            disabled={!name.trim() || save.isPending}
            title={name.trim() ? undefined : t("views.nameMissing")}
          >
            {t("common:action.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
