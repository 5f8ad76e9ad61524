import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { retryParked, type System, systemQuery } from "~/api/queries/system.ts";
import { whole } from "~/lib/number.ts";
import { Button } from "~/ui/button.tsx";
import { Card } from "~/ui/card.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { toast } from "~/ui/toast.tsx";
import { type ParkedEntry, positionsOf } from "./troubles.ts";
import { useWorkerName } from "./worker-name.ts";

/** The entries of the log that workers left behind, with what takes one up again. */
export function ParkedCard({ parked }: Pick<System, "parked">) {
  const { t } = useTranslation("system");
  const entries = positionsOf(parked);
  return (
    <Card title={t("parked.title")} flush>
      {entries.length === 0 ? (
        <p className="p-4 text-ink-2 text-sm">{t("parked.none")}</p>
      ) : (
        <>
          <p className="border-b px-4 py-2.5 text-ink-2 text-sm">{t("parked.hint")}</p>
          <ul className="divide-y">
            {entries.map((entry) => (
              <Entry key={entry.position} entry={entry} />
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}

function Entry({ entry }: { entry: ParkedEntry }) {
  const { t, i18n } = useTranslation("system");
  const client = useQueryClient();
  const nameOf = useWorkerName();
  const position = whole(entry.position, i18n.language);
  const retry = useMutation({
    mutationFn: () => retryParked(entry.position),
    onSuccess: ({ left }) =>
      toast(
        t("parked.retried", { position }),
        left.length > 0
          ? { detail: t("parked.left", { position, workers: left.map(nameOf).join(", ") }) }
          : {},
      ),
    onError: (error) => toast(t("parked.failed", { position }), { kind: "error", detail: error.message }),
    onSettled: () => client.invalidateQueries({ queryKey: systemQuery().queryKey }),
  });
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-4 py-3 text-sm">
      <div className="min-w-0 flex-1 basis-64">
        <p>
          <span className="tabular font-medium">{t("parked.entry", { position })}</span>{" "}
          <TimeAgo at={entry.created_at} className="text-ink-2" />
        </p>
        {entry.by.map(({ worker, error }) => (
          <p key={worker} className="mt-0.5">
            <span className="text-ink-2">{t("parked.by", { worker: nameOf(worker) })}:</span>{" "}
            <span className="foreign">{error}</span>
          </p>
        ))}
        {entry.by.some(({ worker }) => worker === "evaluator") && (
          <p className="mt-0.5 text-ink-3 text-xs">{t("parked.evaluator")}</p>
        )}
      </div>
      {entry.retries && (
        <Button
          size="sm"
          aria-label={t("parked.retryName", { position })}
          disabled={retry.isPending}
          onClick={() => retry.mutate()}
        >
          {t("parked.retry")}
        </Button>
      )}
    </li>
  );
}
