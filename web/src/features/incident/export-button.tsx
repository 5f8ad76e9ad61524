import { Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { errorText } from "~/api/problem.ts";
import { fetchIncidents, openedIn } from "~/api/queries/incidents.ts";
import { download, toCsv } from "~/lib/csv.ts";
import { whole } from "~/lib/number.ts";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";
import { type ListSearch, listParams, listRange } from "./search.ts";

const MOST = 5_000;
const PAGE = 100;

const columns = [
  "key",
  "title",
  "severity",
  "status",
  "assignee",
  "service_name",
  "rule_name",
  "metric_type",
  "operator",
  "threshold",
  "opening_value",
  "peak_value",
  "violation_count",
  "opened_at",
  "last_violation_at",
  "recovered_at",
  "in_progress_at",
  "closed_at",
  "created_at",
  "updated_at",
  "id",
  "service_id",
  "rule_id",
  "department_id",
] as const satisfies readonly (keyof Schemas["Incident"])[];

/** Writes the filtered list as CSV, page by page, at most 5 000 rows. While it runs a click stops it. */
export function ExportButton({ search, total }: { search: ListSearch; total: number }) {
  const { t, i18n } = useTranslation(["incident", "common"]);
  const [running, setRunning] = useState<{ abort: AbortController; rows: number } | null>(null);
  const goal = Math.min(total, MOST);

  const run = async () => {
    const abort = new AbortController();
    setRunning({ abort, rows: 0 });
    try {
      const found = new Map<string, Schemas["Incident"]>();
      // By relevance only the newest matches are listed; a file has them all.
      const sorted = { ...search, sort_by: search.sort_by ?? "created_at" };
      const params = { ...listParams(sorted), ...openedIn(listRange(search)), limit: PAGE };
      for (let offset = 0; offset < MOST; offset += PAGE) {
        const { data, meta } = await fetchIncidents({ ...params, offset }, abort.signal);
        // What opens meanwhile shifts the pages; an incident seen twice counts once.
        for (const incident of data) found.set(incident.id, incident);
        setRunning({ abort, rows: found.size });
        if (offset + PAGE >= meta.total) break;
      }
      const rows = [...found.values()].map((incident) => columns.map((column) => incident[column]));
      download("incidents.csv", toCsv([...columns], rows), "text/csv;charset=utf-8");
      const shown = (count: number) => whole(count, i18n.language);
      if (total > MOST) toast(t("export.cut", { count: shown(MOST), total: shown(total) }));
    } catch (error) {
      if (!abort.signal.aborted) toast(t("export.failed"), { kind: "error", detail: errorText(error) });
    } finally {
      setRunning(null);
    }
  };

  if (running) {
    const share = Math.round((100 * running.rows) / Math.max(1, goal));
    return (
      <Button onClick={() => running.abort.abort()} title={t("export.stop")}>
        <Download aria-hidden />
        <span className="tabular" role="status">
          {t("export.running", { share: Math.min(100, share) })}
        </span>
      </Button>
    );
  }
  return (
    <Button onClick={run} disabled={total === 0} title={total === 0 ? t("export.nothing") : undefined}>
      <Download aria-hidden />
      {t("common:action.export")}
    </Button>
  );
}
