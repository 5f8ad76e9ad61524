import { useMutation, useQueryClient } from "@tanstack/react-query";
import { MessageSquare, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { errorText, hasStatus } from "~/api/problem.ts";
import { deleteComment } from "~/api/queries/incidents.ts";
import { cx } from "~/lib/class.ts";
import { IconButton } from "~/ui/button.tsx";
import { Confirm } from "~/ui/dialog.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { toast } from "~/ui/toast.tsx";
import { useMe } from "./known.ts";

const Markdown = lazy(() => import("./markdown.tsx"));

/** A comment in the stream; whoever wrote it may delete it. */
export function CommentBox({ comment, fresh }: { comment: Schemas["Comment"]; fresh: boolean }) {
  const { t } = useTranslation(["incident", "common"]);
  const client = useQueryClient();
  const me = useMe();
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => deleteComment(comment.incident_id, comment.id),
    onSuccess: () => toast(t("comment.deleted")),
    onError: (error) => {
      // Somebody else deleted it before; what was wanted is so.
      if (hasStatus(error, 404)) return;
      toast(t("comment.notDeleted"), {
        kind: "error",
        detail: errorText(error) || t("common:state.offline"),
      });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["incidents", "detail"] }),
  });
  return (
    <article
      aria-label={t("comment.by", { name: comment.author })}
      className={cx(
        "relative z-1 rounded-md border bg-surface",
        fresh && "appear",
        remove.isPending && "opacity-55",
      )}
    >
      <header className="flex min-h-9 items-center gap-2 border-b bg-sunken px-3 py-1 text-sm">
        <MessageSquare aria-hidden className="size-3.5 shrink-0 text-ink-2" />
        <b className="foreign min-w-0 font-medium">{comment.author}</b>
        <TimeAgo at={comment.created_at} className="text-ink-2 text-xs" />
        {comment.author === me && (
          <IconButton
            size="sm"
            label={t("comment.delete")}
            className="ml-auto"
            onClick={() => setAsking(true)}
          >
            <Trash2 aria-hidden />
          </IconButton>
        )}
      </header>
      <div className="p-3">
        <CommentText text={comment.body} />
      </div>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => remove.mutate()}
        title={t("comment.deleteQuestion")}
        action={t("common:action.delete")}
      >
        {t("comment.deleteHint")}
      </Confirm>
    </article>
  );
}

/** Markdown, shown as plain text until what draws it is there. */
export function CommentText({ text }: { text: string }) {
  return (
    <Suspense fallback={<p className="foreign whitespace-pre-wrap text-base">{text}</p>}>
      <Markdown text={text} />
    </Suspense>
  );
}
