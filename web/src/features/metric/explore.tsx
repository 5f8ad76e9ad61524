import { useRouter } from "@tanstack/react-router";
import { Link2 } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { type Range, rangeOf } from "~/lib/range.ts";
import { Button } from "~/ui/button.tsx";
import { Page } from "~/ui/page.tsx";
import { TimeRange } from "~/ui/time-range.tsx";
import { toast } from "~/ui/toast.tsx";
import { ChartCard } from "./chart-card.tsx";
import { PointsCard } from "./points-card.tsx";
import { QueryRows } from "./query-rows.tsx";
import { type Explore, firstPage } from "./search.ts";
import { Start } from "./start.tsx";
import { FALLBACK, useLines } from "./use-lines.ts";
import { MetricViews } from "./views-menu.tsx";

type Props = {
  search: Explore;
  /** Changes parts of the address. */
  onChange: (part: Partial<Explore>) => void;
};

/** The page of metrics: series, their chart, their points. The address holds all of it. */
export function ExplorePage({ search, onChange }: Props) {
  const { t } = useTranslation(["metric", "common"]);
  if (!search.q) {
    return (
      <Page name={t("title")} actions={<MetricViews search={search} onChange={onChange} />}>
        <Start onChoose={(query) => onChange({ q: [query] })} />
      </Page>
    );
  }
  return <Chosen search={search} onChange={onChange} />;
}

function Chosen({ search, onChange }: Props) {
  const { t } = useTranslation(["metric", "common"]);
  const shown = useLines(search);
  const copyLink = useCopyLink(search, rangeOf(shown.span));
  const { zoom, stepBack } = useSteps(search, onChange);
  return (
    <Page
      name={t("title")}
      actions={
        <>
          <MetricViews search={search} onChange={onChange} />
          <TimeRange value={search} fallback={FALLBACK} onChange={zoom} />
          <Button onClick={copyLink}>
            <Link2 aria-hidden />
            {t("common:action.copyLink")}
          </Button>
        </>
      }
    >
      <QueryRows
        lines={shown.lines}
        onChange={(queries) => onChange({ ...firstPage, q: queries.length > 0 ? queries : undefined })}
      />
      <ChartCard search={search} shown={shown} onChange={onChange} onRange={zoom} onStepBack={stepBack} />
      <PointsCard search={search} lines={shown.lines} onChange={onChange} />
    </Page>
  );
}

/** Keeps the ranges that were left by zooming and moving, so that a double click leads back through them. */
function useSteps(search: Explore, onChange: Props["onChange"]) {
  const left = useRef<Range[]>([]);
  const go = ({ range, from, to }: Range) => onChange({ ...firstPage, range, from, to });
  return {
    zoom(range: Range) {
      left.current.push({ range: search.range, from: search.from, to: search.to });
      go(range);
    },
    stepBack() {
      go(left.current.pop() ?? {});
    },
  };
}

/** Copies an address that shows exactly this span, also when the range of the page moves on. */
function useCopyLink(search: Explore, frozen: Range) {
  const { t } = useTranslation("metric");
  const router = useRouter();
  return async () => {
    const place = router.buildLocation({
      to: "/explore",
      search: { ...search, ...frozen, range: undefined, view: undefined },
    });
    try {
      await navigator.clipboard.writeText(location.origin + place.href);
      toast(t("linkCopied"), { detail: t("linkCopiedHint") });
    } catch {
      // Browsers let pages copy only over HTTPS.
      await router.navigate({ href: place.href });
      toast(t("linkShown"), { detail: t("linkShownHint") });
    }
  };
}
