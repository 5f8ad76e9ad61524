import type { UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import type { TableQuestion } from "~/api/queries/analytics.ts";
import { rangeOf } from "~/lib/range.ts";
import { Select } from "~/ui/field.tsx";
import { Lines } from "./lines.tsx";
import { Panel } from "./panel.tsx";
import { rangeIn } from "./params.ts";
import type { TabProps } from "./props.ts";
import { tookFigures, tookOf } from "./took.ts";

type Answer = Schemas["IncidentStatistics"];

/** How long people took to acknowledge, or to resolve, by parts of the span. */
export function TookPanel({
  search,
  onChange,
  query,
  of,
}: TabProps & {
  query: UseQueryResult<Answer>;
  of: Extract<TableQuestion, { path: "/analytics/incidents" }>["of"];
}) {
  const { t } = useTranslation("analytics");
  const which = search.took ?? "mtta";
  return (
    <Panel
      title={t("took.title")}
      query={query}
      question={{ path: "/analytics/incidents", of }}
      range={rangeIn(search)}
      height="h-72"
      isEmpty={({ data }) => !data[0]?.[which]}
      empty={{ title: t(`took.none.${which}`), hint: t("flow.noneHint") }}
      onAuto={search.bucket && (() => onChange({ bucket: undefined }))}
      onSpan={() => onChange({ range: undefined, from: undefined, to: undefined })}
      aside={
        <div className="w-44">
          <Select
            label={t("took.which")}
            value={which}
            choices={(["mtta", "mttr"] as const).map((each) => [each, t(`took.${each}`)] as const)}
            onChange={(next) => onChange({ took: next === "mttr" ? next : undefined })}
          />
        </div>
      }
    >
      {(answer) => <TookChart answer={answer} which={which} onChange={onChange} />}
    </Panel>
  );
}

function TookChart({
  answer,
  which,
  onChange,
}: {
  answer: Answer;
  which: "mtta" | "mttr";
  onChange: TabProps["onChange"];
}) {
  const { t } = useTranslation("analytics");
  const series = useMemo(() => {
    const { unit, lines } = tookOf(answer.data[0]?.buckets ?? [], which);
    return tookFigures.map((figure, index) => ({
      name: t(`took.${figure}`),
      unit: t(`took.${unit}`),
      points: lines[figure],
      faint: figure === "p95",
      colour: index,
    }));
  }, [answer, which, t]);
  return (
    <Lines
      name={`${t("took.title")}: ${t(`took.${which}`)}`}
      series={series}
      span={{ from: Date.parse(answer.meta.from), to: Date.parse(answer.meta.to) }}
      step={answer.meta.bucket_seconds * 1_000}
      onZoom={(from, to) => onChange({ range: undefined, ...rangeOf({ from, to }) })}
      onZoomOut={() => onChange({ range: undefined, from: undefined, to: undefined })}
    />
  );
}
