import { Link } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight, Download, TriangleAlert, ZoomOut } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { type BucketWidth, bucketWidths } from "~/lib/buckets.ts";
import { download, downloadBlob, fileName } from "~/lib/csv.ts";
import { timeFormat } from "~/lib/format.ts";
import { withUnit } from "~/lib/number.ts";
import { isLive, moved, type Range, rangeOf, type Span, settled, widened } from "~/lib/range.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { Card } from "~/ui/card.tsx";
import { Chart, chartPicture } from "~/ui/chart/index.ts";
import { DataNotice } from "~/ui/data-notice.tsx";
import { Select, Switch } from "~/ui/field.tsx";
import { Menu, MenuItem } from "~/ui/menu.tsx";
import { Skeleton } from "~/ui/state.tsx";
import { toast } from "~/ui/toast.tsx";
import { linesCsv } from "./export.ts";
import type { Explore } from "./search.ts";
import type { Lines } from "./use-lines.ts";
import { type DrawnRule, useRules } from "./use-rules.ts";

type Props = {
  search: Explore;
  shown: Lines;
  onChange: (part: Partial<Explore>) => void;
  onRange: (range: Range) => void;
  /** Leads back to the span before the last zoom. */
  onStepBack: () => void;
};

/** The chart of the series with what widens, narrows, moves, compares and exports it. */
export function ChartCard({ search, shown, onChange, onRange, onStepBack }: Props) {
  const { t, i18n } = useTranslation(["metric", "common"]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { lines, span, step, bucketError } = shown;
  const rules = useRules(lines, search.rules !== false);
  const visible = lines.filter((line) => !line.query.hidden);
  const series = [
    ...lines.map((line) => line.series),
    ...visible.flatMap((line) => (line.before ? [line.before] : [])),
  ];
  const hidden = new Set(lines.filter((line) => line.query.hidden).map((line) => line.name));
  const name = t("chartName", { names: visible.map((line) => line.name).join(", ") });
  const goTo = (next: Span) => onRange(settled(next, Date.now()));
  const toggle = (line: string) =>
    onChange({
      q: lines.map(({ query, name }) =>
        name === line ? { ...query, hidden: query.hidden ? undefined : true } : query,
      ),
    });
  const savePicture = async () => {
    if (!canvas.current) return;
    const blob = await chartPicture({
      canvas: canvas.current,
      title: visible.map((line) => line.name).join(", "),
      subtitle: timeFormat(i18n.language, {
        dateStyle: "medium",
        timeStyle: "short",
        hourCycle: "h23",
      }).formatRange(span.from, span.to),
      series: series.filter((line) => !hidden.has(line.name)),
      words: { latest: t("common:chart.latest"), min: t("common:chart.min"), max: t("common:chart.max") },
      language: i18n.language,
    });
    downloadBlob(fileName(visible[0]?.name ?? "", "png"), blob);
  };
  const saveBuckets = () =>
    download(
      fileName(visible[0]?.name ?? "", "csv"),
      linesCsv(visible.map((line) => line.series)),
      "text/csv",
    );
  return (
    <Card
      title={t("chart")}
      aside={
        <>
          <SpanButtons span={span} live={isLive(search)} onGo={goTo} />
          <div className="w-44">
            <BucketSelect
              bucket={search.bucket}
              shown={shown.bucket}
              onChange={(bucket) => onChange({ bucket })}
            />
          </div>
          <Menu
            trigger={
              <Button>
                <Download aria-hidden />
                {t("export")}
              </Button>
            }
          >
            <MenuItem onClick={saveBuckets}>{t("exportBuckets")}</MenuItem>
            <MenuItem onClick={() => savePicture().catch(() => toast(t("exportFailed"), { kind: "error" }))}>
              {t("exportPicture")}
            </MenuItem>
          </Menu>
        </>
      }
    >
      <div className="mb-3 flex flex-wrap items-center gap-x-6 gap-y-2">
        <Switch
          label={t("compare")}
          checked={search.compare === true}
          onChange={(checked) => onChange({ compare: checked || undefined })}
        />
        <Switch
          label={t("rules")}
          checked={search.rules !== false}
          onChange={(checked) => onChange({ rules: checked ? undefined : false })}
        />
      </div>
      {bucketError && (
        <div
          role="alert"
          className="mb-3 flex flex-wrap items-center gap-2 rounded-md bg-high-soft p-2 text-sm"
        >
          <TriangleAlert aria-hidden className="size-4 shrink-0 text-high" />
          <span className="font-medium">
            {t("bucket.refused", { width: t(`bucket.${search.bucket ?? "auto"}`) })}
          </span>
          <span className="foreign text-ink-2">{bucketError.message}</span>
          <Button size="sm" onClick={() => onChange({ bucket: undefined })}>
            {t("bucket.useAuto")}
          </Button>
        </div>
      )}
      <DataNotice of={visible.map((line) => line.answer?.meta)} className="mb-3" />
      {lines.every((line) => line.loading) ? (
        <Skeleton className="h-96 w-full" />
      ) : bucketError && visible.every((line) => !line.answer) ? null : (
        <Chart
          name={name}
          series={series}
          span={span}
          step={step}
          height={360}
          thresholds={rules.map((each) => each.threshold)}
          hidden={hidden}
          onToggle={toggle}
          onZoom={(from, to) => onRange(rangeOf(widened({ from, to }, 1, Date.now())))}
          onZoomOut={onStepBack}
          onPan={(from, to) => goTo(moved({ from, to }, 0, Date.now()))}
          onReady={(element) => {
            canvas.current = element;
          }}
        />
      )}
      <RuleLinks rules={rules} />
      <p className="mt-3 text-ink-3 text-xs max-sm:hidden">{t("chartHint")}</p>
    </Card>
  );
}

function SpanButtons({ span, live, onGo }: { span: Span; live: boolean; onGo: (span: Span) => void }) {
  const { t } = useTranslation("metric");
  return (
    <span className="flex gap-1">
      <IconButton look="secondary" label={t("back")} onClick={() => onGo(moved(span, -0.5, Date.now()))}>
        <ChevronLeft aria-hidden />
      </IconButton>
      <IconButton
        look="secondary"
        label={live ? t("endsNow") : t("forth")}
        disabled={live}
        focusableWhenDisabled
        onClick={() => onGo(moved(span, 0.5, Date.now()))}
      >
        <ChevronRight aria-hidden />
      </IconButton>
      <IconButton look="secondary" label={t("zoomOut")} onClick={() => onGo(widened(span, 2, Date.now()))}>
        <ZoomOut aria-hidden />
      </IconButton>
    </span>
  );
}

function BucketSelect({
  bucket,
  shown,
  onChange,
}: {
  bucket: BucketWidth | undefined;
  /** What the server chose. */
  shown: string | undefined;
  onChange: (bucket: BucketWidth | undefined) => void;
}) {
  const { t } = useTranslation("metric");
  const chosen = bucketWidths.find((width) => width === shown);
  const auto = chosen && !bucket ? t("bucket.autoOf", { width: t(`bucket.${chosen}`) }) : t("bucket.auto");
  return (
    <Select
      label={t("bucket.label")}
      value={bucket ?? "auto"}
      choices={[
        ["auto", auto] as const,
        ...bucketWidths.map((width) => [width, t(`bucket.${width}`)] as const),
      ]}
      onChange={(width) => onChange(width === "auto" ? undefined : width)}
    />
  );
}

/** The rules whose thresholds are drawn, to go to. */
function RuleLinks({ rules }: { rules: DrawnRule[] }) {
  const { t, i18n } = useTranslation("metric");
  if (rules.length === 0) return null;
  return (
    <p className="mt-3 flex flex-wrap gap-x-3 gap-y-1 text-ink-2 text-sm">
      {t("rulesDrawn")}
      {rules.slice(0, 8).map(({ rule, threshold }) => (
        <Link
          key={rule.id}
          to="/rules/$id"
          params={{ id: rule.id }}
          className="foreign text-accent underline-offset-2 hover:underline"
        >
          {`${threshold.label} ${withUnit(threshold.value, threshold.unit, i18n.language)}`}
        </Link>
      ))}
    </p>
  );
}
