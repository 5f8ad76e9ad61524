import { Maximize } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "~/ui/button.tsx";
import { Page } from "~/ui/page.tsx";
import { TimeRange } from "~/ui/time-range.tsx";
import { CountsCard } from "./counts-card.tsx";
import { FirstSteps } from "./first-steps.tsx";
import { Headline } from "./headline.tsx";
import { Latest } from "./latest.tsx";
import { type DashboardSearch, FALLBACK } from "./queries.ts";
import { ServicesCard } from "./services-card.tsx";
import { TopRules } from "./top-rules.tsx";

/** Is anything wrong? Then every service, worst first, and what happened. */
export function Dashboard({
  search,
  onSearch,
  onWall,
  onNew,
}: {
  search: DashboardSearch;
  onSearch: (search: Partial<DashboardSearch>) => void;
  onWall: () => void;
  /** Opens the dialog that creates one. */
  onNew: (thing: "service" | "department") => void;
}) {
  const { t } = useTranslation("dashboard");
  const range = { range: search.range, from: search.from, to: search.to };
  return (
    <Page
      name={t("name")}
      title={<Headline />}
      actions={
        <>
          <TimeRange value={range} fallback={FALLBACK} onChange={onSearch} />
          <Button onClick={onWall} className="max-sm:hidden">
            <Maximize aria-hidden />
            {t("wall.enter")}
          </Button>
        </>
      }
    >
      <FirstSteps onNew={onNew} />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem] 2xl:grid-cols-[minmax(0,1fr)_26rem]">
        <ServicesCard page={search} range={range} onPage={onSearch} />
        <div className="grid items-start gap-4 md:grid-cols-2 xl:grid-cols-1">
          <div className="grid gap-4">
            <CountsCard range={range} />
            <TopRules range={range} />
          </div>
          <Latest range={range} />
        </div>
      </div>
    </Page>
  );
}
