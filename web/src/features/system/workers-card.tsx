import { CircleCheck, type LucideIcon, OctagonAlert, RefreshCw, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { System } from "~/api/queries/system.ts";
import { cx } from "~/lib/class.ts";
import { whole } from "~/lib/number.ts";
import { Card } from "~/ui/card.tsx";
import { type WorkerState, workerState } from "./troubles.ts";
import { useWorkerName, useWorkerTask } from "./worker-name.ts";

const looks: Record<WorkerState, { icon: LucideIcon; text: string }> = {
  ok: { icon: CircleCheck, text: "text-good" },
  working: { icon: RefreshCw, text: "text-ink-2" },
  behind: { icon: TriangleAlert, text: "text-high" },
  fails: { icon: OctagonAlert, text: "text-critical" },
};

/** The workers that follow the log, and how far each has got. */
export function WorkersCard({ consumers, failing }: Pick<System, "consumers" | "failing">) {
  const { t, i18n } = useTranslation("system");
  const nameOf = useWorkerName();
  const taskOf = useWorkerTask();
  return (
    <Card title={t("workers.title")} flush>
      <div className="overflow-x-auto">
        <table className="w-full text-sm">
          <thead>
            <tr className="h-9 whitespace-nowrap border-b text-left text-ink-2">
              <th className="px-4 font-medium">{t("workers.name")}</th>
              <th className="px-3 font-medium">{t("workers.state")}</th>
              <th className="px-3 text-right font-medium">{t("workers.lag")}</th>
              <th className="px-4 text-right font-medium max-sm:hidden">{t("workers.position")}</th>
            </tr>
          </thead>
          <tbody className="divide-y">
            {consumers.map(({ name, lag, position }) => {
              const state = workerState(name, lag, failing);
              const { icon: Icon, text } = looks[state];
              return (
                <tr key={name}>
                  <th scope="row" className="px-4 py-2 text-left font-normal">
                    <span className="block font-medium">{nameOf(name)}</span>
                    <span className="block text-ink-2 text-xs">{taskOf(name)}</span>
                  </th>
                  <td className="px-3">
                    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
                      <Icon aria-hidden className={cx("size-4 shrink-0", text)} />
                      {t(`workers.${state}`)}
                    </span>
                  </td>
                  <td className="tabular px-3 text-right">{whole(lag, i18n.language)}</td>
                  <td className="tabular px-4 text-right text-ink-2 max-sm:hidden">
                    {whole(position, i18n.language)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p className="border-t px-4 py-2.5 text-ink-3 text-xs">{t("workers.hint")}</p>
    </Card>
  );
}
