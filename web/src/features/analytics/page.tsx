import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ANALYTICS_FALLBACK } from "~/api/queries/analytics.ts";
import { cx } from "~/lib/class.ts";
import { Page } from "~/ui/page.tsx";
import { TimeRange } from "~/ui/time-range.tsx";
import { DataTab } from "./data-tab.tsx";
import { Filters } from "./filters.tsx";
import { IncidentsTab } from "./incidents-tab.tsx";
import type { TabProps } from "./props.ts";
import type { AnalyticsSearch } from "./search.ts";
import { ServicesTab } from "./services-tab.tsx";

const tabs = [undefined, "services", "data"] as const;

/** Questions about a longer time: how incidents went, how services did, whether their data came. */
export function AnalyticsPage({ search, onChange }: TabProps) {
  const { t } = useTranslation("analytics");
  const { range, from, to } = search;
  return (
    <Page
      name={t("title")}
      actions={
        <TimeRange
          value={{ range, from, to }}
          fallback={ANALYTICS_FALLBACK}
          onChange={(next) => onChange({ ...next, offset: undefined })}
        />
      }
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Tabs search={search} />
        <Filters search={search} onChange={onChange} />
      </div>
      {search.tab === "services" ? (
        <ServicesTab search={search} onChange={onChange} />
      ) : search.tab === "data" ? (
        <DataTab search={search} onChange={onChange} />
      ) : (
        <IncidentsTab search={search} onChange={onChange} />
      )}
    </Page>
  );
}

function Tabs({ search }: { search: AnalyticsSearch }) {
  const { t } = useTranslation("analytics");
  return (
    <nav aria-label={t("tabs.label")} className="flex rounded-md border bg-sunken p-0.5">
      {tabs.map((tab) => (
        <Link
          key={tab ?? "incidents"}
          to="/analytics"
          search={{ ...search, tab, offset: undefined }}
          aria-current={tab === search.tab ? "page" : undefined}
          className={cx(
            "rounded-sm px-2.5 py-1 text-sm",
            tab === search.tab
              ? "bg-surface font-medium text-ink shadow-[0_0_0_1px_var(--line)]"
              : "text-ink-2 hover:text-ink",
          )}
        >
          {t(`tabs.${tab ?? "incidents"}`)}
        </Link>
      ))}
    </nav>
  );
}
