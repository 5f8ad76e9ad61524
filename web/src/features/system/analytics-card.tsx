import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import type { System } from "~/api/queries/system.ts";
import { byteSize, whole } from "~/lib/number.ts";
import { duration, SECOND } from "~/lib/time.ts";
import { Card, Facts } from "~/ui/card.tsx";

type Fact = Parameters<typeof Facts>[0]["facts"][number];

/** Where points are kept for charts: files of this machine, or a search cluster. */
export function AnalyticsCard({ analytics }: { analytics: System["analytics"] }) {
  const { t, i18n } = useTranslation("system");
  const { cluster, broken } = analytics;
  const facts: Fact[] = [
    [t("analytics.engine"), t(cluster ? "analytics.cluster" : "analytics.segments")],
    [t("analytics.series"), whole(analytics.series, i18n.language)],
    [t("analytics.waiting"), useWaiting(analytics)],
    ...useClusterFacts(cluster ?? undefined),
    // Without a cluster these are all there is; with one, files of before may still lie there.
    ...(cluster && analytics.segments === 0
      ? []
      : [
          ...(cluster ? [] : [[t("analytics.tail"), whole(analytics.tail_points, i18n.language)] as Fact]),
          [t("analytics.files"), whole(analytics.segments, i18n.language)] as Fact,
          [t("analytics.points"), whole(analytics.segment_points, i18n.language)] as Fact,
          [t("analytics.size"), byteSize(analytics.segment_bytes, i18n.language)] as Fact,
        ]),
  ];
  return (
    <Card title={t("analytics.title")}>
      <Facts facts={facts} />
      {broken.length > 0 && (
        <div className="mt-4 border-t pt-3 text-sm">
          <h3 className="text-ink-3">{t("analytics.broken")}</h3>
          <ul className="mt-1 flex flex-col gap-1">
            {broken.map((file) => (
              <li key={file} className="foreign">
                {file}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}

/** How much of the log the engine in use does not have yet. */
function useWaiting({ lag, lag_seconds }: System["analytics"]): string {
  const { t, i18n } = useTranslation("system");
  if (lag === 0) return t("analytics.nothing");
  const age = duration(lag_seconds * SECOND, i18n.language);
  return t("analytics.waitingFor", { entries: whole(lag, i18n.language), duration: age });
}

function useClusterFacts(cluster: Schemas["ClusterBody"] | undefined): Fact[] {
  const { t, i18n } = useTranslation("system");
  if (!cluster) return [];
  const known = (value: number | null | undefined, write: (value: number, language: string) => string) =>
    value === null || value === undefined ? t("analytics.unknown") : write(value, i18n.language);
  const behind = cluster.behind_seconds
    ? duration(cluster.behind_seconds * SECOND, i18n.language)
    : t(cluster.error ? "analytics.unknown" : "analytics.upToDate");
  return [
    [t("analytics.behind"), behind],
    [t("analytics.address"), cluster.address],
    [t("analytics.product"), cluster.product ?? t("analytics.productUnknown")],
    [t("analytics.index"), cluster.index],
    [t("analytics.indices"), known(cluster.indices, whole)],
    [t("analytics.clusterPoints"), known(cluster.points, whole)],
    [t("analytics.primarySize"), known(cluster.primary_bytes, byteSize)],
    [t("analytics.clusterSize"), known(cluster.bytes, byteSize)],
  ];
}
