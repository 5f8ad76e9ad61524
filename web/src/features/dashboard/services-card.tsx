import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Activity } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import { pageSearch } from "~/lib/list-search.ts";
import type { Range } from "~/lib/range.ts";
import { Button } from "~/ui/button.tsx";
import { Card } from "~/ui/card.tsx";
import { SearchBox } from "~/ui/search-box.tsx";
import { Empty, Failure, Skeleton } from "~/ui/state.tsx";
import { type ServicesPage, servicesPageQuery } from "./queries.ts";
import { ServiceRow } from "./service-row.tsx";

// Points are seldom missing.
const DataNotice = lazy(async () => ({ default: (await import("~/ui/data-notice.tsx")).DataNotice }));
// Few installations have so many services, and its select is large.
const Pagination = lazy(async () => ({ default: (await import("~/ui/pagination.tsx")).Pagination }));

/** What people call the metric types, by key. */
export function useMetricNames(): ReadonlyMap<string, string> {
  const types = useQuery({ ...metricTypesQuery(), placeholderData: keepPreviousData }).data ?? [];
  return new Map(types.map((type) => [type.key, type.name]));
}

/** The services, worst first, found by search, page by page. */
export function ServicesCard({
  page,
  range,
  onPage,
}: {
  page: ServicesPage;
  range: Range;
  onPage: (page: ServicesPage) => void;
}) {
  const { t } = useTranslation(["dashboard", "common"]);
  const { data, error, refetch } = useQuery(servicesPageQuery(page, range));
  const metricNames = useMetricNames();
  return (
    <Card
      flush
      title={t("services.title")}
      aside={
        <SearchBox
          value={page.search ?? ""}
          label={t("services.search")}
          onChange={(search) => onPage({ search: search || undefined, offset: undefined })}
        />
      }
    >
      {error && !data ? (
        <Failure error={error} onRetry={refetch} />
      ) : data?.data.length === 0 ? (
        page.search ? (
          <Empty
            title={t("services.noMatch", { search: page.search })}
            action={
              <Button onClick={() => onPage({ search: undefined, offset: undefined })}>
                {t("common:action.clear")}
              </Button>
            }
          />
        ) : (
          <Empty icon={<Activity />} title={t("services.none")}>
            {t("services.noneHint")}
          </Empty>
        )
      ) : (
        <>
          {data?.meta.incomplete && (
            <Suspense>
              <DataNotice of={[data.meta]} className="border-b px-4 py-2" />
            </Suspense>
          )}
          <ul className="divide-y">
            {data
              ? data.data.map((overview) => (
                  <ServiceRow
                    key={overview.service.id}
                    overview={overview}
                    metricNames={metricNames}
                    range={range}
                  />
                ))
              : ["a", "b", "c", "d", "e", "f"].map((key) => <RowSkeleton key={key} />)}
          </ul>
          {data && data.meta.total > 20 && (
            <div className="border-t">
              <Suspense fallback={<div className="h-12" />}>
                <Pagination {...data.meta} onChange={(next) => onPage(pageSearch(next))} />
              </Suspense>
            </div>
          )}
        </>
      )}
    </Card>
  );
}

function RowSkeleton() {
  return (
    <li className="grid gap-4 px-4 py-3 lg:grid-cols-[11rem_1fr] 2xl:grid-cols-[14rem_1fr]">
      <div className="flex flex-col gap-2">
        <Skeleton className="h-4 w-32" />
        <Skeleton className="h-6 w-20" />
      </div>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(8.5rem,1fr))] gap-4">
        <Skeleton className="h-15" />
        <Skeleton className="h-15" />
      </div>
    </li>
  );
}
