import { Link } from "@tanstack/react-router";
import { ChartLine } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import type { RulePreview } from "~/api/queries/rules.ts";
import { withUnit } from "~/lib/number.ts";
import { rangeOf } from "~/lib/range.ts";
import { MINUTE } from "~/lib/time.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Lasted, TimeAgo } from "~/ui/time.tsx";
import { useServices } from "./names.ts";

const FEW = 6;
/** So much is shown around an episode in the metrics. */
const AROUND = 15 * MINUTE;

/** The newest times during which the rule would have been violated, each with the way to its values. */
export function Episodes({
  preview,
  metric,
}: {
  preview: RulePreview;
  metric: Pick<Schemas["MetricType"], "key" | "unit">;
}) {
  const { t, i18n } = useTranslation(["rule", "common"]);
  const [all, setAll] = useState(false);
  const episodes = all ? preview.episodes : preview.episodes.slice(0, FEW);
  const services = useServices(episodes.map((episode) => episode.service_id));
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-medium text-sm">{t("preview.newest")}</h3>
      <div role="region" aria-label={t("preview.newest")} tabIndex={0} className="overflow-x-auto">
        <table className="w-full text-sm">
          <thead>
            <tr className="border-b whitespace-nowrap text-left text-ink-2 [&_th]:py-1 [&_th]:pr-3 [&_th]:font-medium">
              <th scope="col">{t("common:field.service")}</th>
              <th scope="col">{t("preview.from")}</th>
              <th scope="col">{t("preview.lasted")}</th>
              <th scope="col" className="text-right">
                {t("preview.peak")}
              </th>
              <td />
            </tr>
          </thead>
          <tbody className="divide-y">
            {episodes.map((episode) => {
              const key = services.get(episode.service_id)?.key;
              return (
                <tr key={`${episode.service_id} ${episode.from}`} className="h-9 [&_td]:pr-3">
                  <td className="foreign min-w-24">{episode.service_name}</td>
                  <td className="whitespace-nowrap">
                    <TimeAgo at={episode.from} />
                  </td>
                  <td className="whitespace-nowrap">
                    {episode.points === 1 ? (
                      t("preview.points", { count: 1 })
                    ) : (
                      <Lasted from={episode.from} to={episode.to} />
                    )}
                  </td>
                  <td className="tabular whitespace-nowrap text-right">
                    {withUnit(episode.peak_value, metric.unit, i18n.language)}
                  </td>
                  <td className="w-8 text-right">
                    {key && (
                      <Link
                        to="/explore"
                        search={exploreSearch(key, metric.key, episode)}
                        aria-label={t("preview.explore", { service: episode.service_name })}
                        title={t("preview.explore", { service: episode.service_name })}
                        className={buttonClass("ghost", "sm")}
                      >
                        <ChartLine aria-hidden />
                      </Link>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {preview.episodes.length > FEW && (
        <Button look="ghost" size="sm" className="self-start" onClick={() => setAll(!all)}>
          {all ? t("preview.showFewer") : t("preview.showAll", { count: preview.episodes.length })}
        </Button>
      )}
    </section>
  );
}

function exploreSearch(service: string, metric_type: string, { from, to }: { from: string; to: string }) {
  const span = { from: Date.parse(from) - AROUND, to: Date.parse(to) + AROUND };
  return { q: [{ service, metric_type }], ...rangeOf(span) };
}
