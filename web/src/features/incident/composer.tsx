import { Tabs } from "@base-ui/react/tabs";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, type Ref, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { ApiError, errorText } from "~/api/problem.ts";
import { addComment } from "~/api/queries/incidents.ts";
import { cx } from "~/lib/class.ts";
import { whole } from "~/lib/number.ts";
import { Button } from "~/ui/button.tsx";
import { inputClass } from "~/ui/field.tsx";
import { CommentText } from "./comment.tsx";

const MOST = 10_000;

/** What was begun and not sent, by incident; kept while the app is open, whatever page is shown. */
const drafts = new Map<string, string>();

/** Writes a comment: Markdown with a preview. Ctrl or ⌘ with Enter sends it. */
export function Composer({
  incident,
  ref,
}: {
  incident: Schemas["Incident"];
  ref: Ref<HTMLTextAreaElement>;
}) {
  const { t, i18n } = useTranslation(["incident", "common"]);
  const client = useQueryClient();
  const [text, setText] = useState(drafts.get(incident.id) ?? "");
  const [tab, setTab] = useState<"write" | "preview">("write");
  const write = (next: string) => {
    setText(next);
    if (next) drafts.set(incident.id, next);
    else drafts.delete(incident.id);
  };
  const send = useMutation({
    mutationFn: (body: string) => addComment(incident.id, body),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["incidents", "detail"] });
      write("");
      setTab("write");
    },
  });
  const left = MOST - [...text].length;
  const empty = text.trim() === "";
  const submit = () => {
    if (!empty && left >= 0 && !send.isPending) send.mutate(text);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit();
    }
    if (event.key === "Escape") (event.target as HTMLElement).blur();
  };
  const error =
    left < 0
      ? t("composer.tooLong", { count: -left })
      : send.error instanceof ApiError
        ? (send.error.fields.get("/body") ?? (errorText(send.error) || t("common:state.offline")))
        : undefined;
  return (
    <form
      aria-label={t("composer.label")}
      className="mt-4 border-t pt-3"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Tabs.Root value={tab} onValueChange={setTab} className="flex flex-col gap-2">
        <Tabs.List aria-label={t("composer.label")} className="flex gap-1">
          {(["write", "preview"] as const).map((name) => (
            <Tabs.Tab
              key={name}
              value={name}
              className="rounded-md px-2 py-1 text-ink-2 text-sm hover:text-ink data-active:bg-hover data-active:font-medium data-active:text-ink"
            >
              {t(`composer.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="write" keepMounted>
          <textarea
            ref={ref}
            dir="auto"
            rows={4}
            value={text}
            aria-label={t("composer.text")}
            placeholder={t("composer.placeholder")}
            aria-invalid={error !== undefined}
            aria-describedby="composer-hint"
            onChange={(event) => write(event.target.value)}
            onKeyDown={keys}
            className={cx(inputClass, "block h-auto resize-y py-2 leading-relaxed")}
          />
        </Tabs.Panel>
        <Tabs.Panel value="preview" className="min-h-26 rounded-md border p-2.5">
          {empty ? <p className="text-ink-3">{t("composer.nothing")}</p> : <CommentText text={text} />}
        </Tabs.Panel>
      </Tabs.Root>
      <div className="mt-2 flex flex-wrap items-center justify-between gap-2">
        <p id="composer-hint" className={cx("min-w-0 text-xs", error ? "text-critical" : "text-ink-3")}>
          {error ??
            (left < 1_000
              ? t("composer.left", { count: left, shown: whole(left, i18n.language) })
              : t("composer.hint"))}
        </p>
        <Button
          type="submit"
          disabled={empty || left < 0 || send.isPending}
          title={empty ? t("composer.empty") : undefined}
        >
          {t("composer.send")}
        </Button>
      </div>
    </form>
  );
}
