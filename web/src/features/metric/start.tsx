import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChartLine } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { latestQuery, metricTypesQuery } from "~/api/queries/metrics.ts";
import { servicesQuery } from "~/api/queries/services.ts";
import { pointCommand } from "~/lib/curl.ts";
import { withUnit } from "~/lib/number.ts";
import { Button } from "~/ui/button.tsx";
import { Card } from "~/ui/card.tsx";
import { Select } from "~/ui/field.tsx";
import type { Choice } from "~/ui/filter.tsx";
import { Empty, Failure, Skeleton, Snippet } from "~/ui/state.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { labelFilters, type Query, tidy } from "./search.ts";
import { ServicePicker } from "./service-picker.tsx";

/** How many services the suggestions come from. */
const SERVICES = 20;

/** The page before a series is chosen: choose one, or take one of those that are measured. */
export function Start({ onChoose }: { onChoose: (query: Query) => void }) {
  const { t } = useTranslation("metric");
  const newest = useQuery(latestQuery({ limit: 1 }));
  if (newest.error) return <Failure error={newest.error} onRetry={newest.refetch} />;
  if (newest.data?.meta.total === 0) {
    return (
      <Card>
        <Empty icon={<ChartLine />} title={t("start.emptyTitle")}>
          {t("start.emptyHint")}
          <Snippet
            label={t("start.command")}
            code={pointCommand(location.origin, {
              service: "my-service",
              metric_type: "LATENCY_MS",
              value: 120,
            })}
          />
        </Empty>
      </Card>
    );
  }
  return (
    <>
      <Chooser onChoose={onChoose} />
      <Suggestions />
    </>
  );
}

function Chooser({ onChoose }: { onChoose: (query: Query) => void }) {
  const { t } = useTranslation(["metric", "common"]);
  const types = useQuery(metricTypesQuery()).data ?? [];
  const services = useQuery(servicesQuery({ limit: 50 })).data?.data ?? [];
  const [service, setService] = useState<string | null>(null);
  const [type, setType] = useState<string | null>(null);
  const named: Choice | null = service
    ? { value: service, label: services.find((each) => each.key === service)?.name ?? service }
    : null;
  const missing = !service || !type;
  return (
    <Card>
      <form
        className="flex flex-col items-center gap-4 py-6 text-center"
        onSubmit={(event) => {
          event.preventDefault();
          if (service && type) onChoose({ service, metric_type: type });
        }}
      >
        <div>
          <h2 className="font-semibold text-lg">{t("start.title")}</h2>
          <p className="mt-1 text-ink-2 text-sm">{t("start.hint")}</p>
        </div>
        <div className="flex w-full max-w-2xl flex-wrap items-center justify-center gap-2">
          <div className="min-w-48 flex-1">
            <ServicePicker value={named} onChange={setService} />
          </div>
          <div className="min-w-48 flex-1">
            <Select
              label={t("common:field.metricType")}
              placeholder={t("chooseType")}
              value={type}
              choices={types.map(({ key, name }) => [key, name] as const)}
              onChange={setType}
            />
          </div>
          <Button
            type="submit"
            look="primary"
            disabled={missing}
            focusableWhenDisabled
            title={missing ? t("start.goHint") : undefined}
          >
            {t("start.go")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

/** Series that exist, with their newest point; one click shows the chart. */
function Suggestions() {
  const { t, i18n } = useTranslation("metric");
  const types = new Map(useQuery(metricTypesQuery()).data?.map((type) => [type.key, type.name]));
  const services = useQuery(servicesQuery({ limit: SERVICES })).data?.data;
  const keys = new Map(services?.map((service) => [service.id, service.key]));
  const latest = useQuery({
    ...latestQuery({ service: [...keys.values()], limit: 12 }),
    enabled: keys.size > 0,
  });
  if (latest.data?.data.length === 0 || services?.length === 0) return null;
  return (
    <Card title={t("start.suggestions")}>
      <ul className="grid gap-2 sm:grid-cols-2 lg:grid-cols-3 xl:grid-cols-4">
        {latest.data === undefined &&
          skeletons.map((key) => (
            <li key={key}>
              <Skeleton className="h-16 w-full" />
            </li>
          ))}
        {latest.data?.data.map((point) => {
          const service = keys.get(point.service_id);
          if (!service) return null;
          const { metric_type, labels } = point;
          const query = tidy({ service, metric_type, labels });
          return (
            <li key={JSON.stringify(query)}>
              <Link
                to="/explore"
                search={{ q: [query] }}
                className="flex h-full items-center justify-between gap-3 rounded-md border px-3 py-2 hover:border-line-strong hover:bg-hover"
              >
                <span className="foreign min-w-0">
                  <span className="block truncate font-medium text-sm">{point.service_name}</span>
                  <span className="block truncate text-ink-2 text-xs">
                    {[types.get(metric_type) ?? metric_type, ...labelFilters(labels)].join(" · ")}
                  </span>
                </span>
                <span className="shrink-0 text-right">
                  <span className="tabular block text-sm">
                    {withUnit(point.value, point.unit, i18n.language)}
                  </span>
                  <TimeAgo at={point.recorded_at} className="block text-ink-2 text-xs" />
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

const skeletons = Array.from({ length: 8 }, (_, index) => `skeleton-${index}`);
