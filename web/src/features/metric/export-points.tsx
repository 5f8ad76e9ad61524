import { Download, X } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "~/api/problem.ts";
import { readPoints } from "~/api/queries/metrics.ts";
import { download, fileName } from "~/lib/csv.ts";
import { whole } from "~/lib/number.ts";
import { type Range, rangeOf, resolveRange } from "~/lib/range.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";
import { MOST_ROWS, pointsCsv, readAll } from "./export.ts";
import { FALLBACK } from "./use-lines.ts";

type Filter = Omit<Parameters<typeof readPoints>[0], "from" | "to" | "limit" | "offset">;

/** Writes the points of a series as CSV, with how far it is and a way to stop. */
export function ExportPoints({ filter, range, name }: { filter: Filter; range: Range; name: string }) {
  const { t, i18n } = useTranslation(["metric", "common"]);
  const [progress, setProgress] = useState<{ done: number; total: number } | null>(null);
  const stop = useRef<AbortController>(null);
  const shown = (count: number) => whole(count, i18n.language);
  const run = async () => {
    const controller = new AbortController();
    stop.current = controller;
    setProgress({ done: 0, total: 0 });
    const span = rangeOf(resolveRange(range, FALLBACK, Date.now()));
    try {
      const { points, total } = await readAll(
        (page) =>
          readPoints(
            { ...filter, ...span, ...page, sort_by: "recorded_at", sort_dir: "asc" },
            controller.signal,
          ),
        (done, of) => setProgress({ done, total: of }),
      );
      download(fileName(`${name} ${t("points")}`, "csv"), pointsCsv(points), "text/csv");
      if (total > MOST_ROWS) toast(t("exportCut", { limit: shown(MOST_ROWS), total: shown(total) }));
    } catch (error) {
      if (!controller.signal.aborted) toast(t("exportFailed"), { kind: "error", detail: errorText(error) });
    } finally {
      setProgress(null);
    }
  };
  if (!progress) {
    return (
      <Button onClick={run}>
        <Download aria-hidden />
        {t("exportPoints")}
      </Button>
    );
  }
  const text = t("exporting", { done: shown(progress.done), total: shown(progress.total) });
  return (
    <span className="flex items-center gap-2 text-sm">
      <progress
        aria-label={text}
        value={progress.done}
        max={Math.max(1, progress.total)}
        className="w-24 accent-accent"
      />
      <span className="tabular text-ink-2">{text}</span>
      <IconButton size="sm" label={t("common:action.cancel")} onClick={() => stop.current?.abort()}>
        <X aria-hidden />
      </IconButton>
    </span>
  );
}
