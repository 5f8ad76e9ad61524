import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { metricTypesQuery, seriesOfQuery } from "~/api/queries/metrics.ts";
import { Button } from "~/ui/button.tsx";
import { Card } from "~/ui/card.tsx";
import { nextQuery } from "./lines.ts";
import { QueryRow } from "./query-row.tsx";
import { MOST_SERIES, type Query, tidy } from "./search.ts";
import type { Line } from "./use-lines.ts";

/** The series of the chart: what each is of, with what adds, doubles, hides and removes one. */
export function QueryRows({ lines, onChange }: { lines: Line[]; onChange: (queries: Query[]) => void }) {
  const { t } = useTranslation("metric");
  const queries = lines.map((line) => line.query);
  const service = queries.at(-1)?.service ?? "";
  const types = useQuery(metricTypesQuery()).data ?? [];
  const measured = useQuery({ ...seriesOfQuery(service), enabled: service !== "" }).data ?? [];
  const full = queries.length >= MOST_SERIES;
  const fullHint = full ? t("tooMany", { count: MOST_SERIES }) : undefined;
  const change = (next: Query[]) => onChange(next.map(tidy));
  const add = () => {
    const next = nextQuery(
      queries,
      measured.map((each) => each.metric_type),
      types.map((type) => type.key),
    );
    if (next) change([...queries, next]);
  };
  return (
    <Card
      title={t("series")}
      flush
      aside={
        <Button size="sm" onClick={add} disabled={full} title={fullHint}>
          <Plus aria-hidden />
          {t("addSeries")}
        </Button>
      }
    >
      <ul className="divide-y">
        {lines.map((line, index) => (
          <QueryRow
            // biome-ignore lint/suspicious/noArrayIndexKey: a series has no identity but its place
            key={index}
            line={line}
            number={index + 1}
            onChange={(query) => change(queries.with(index, query))}
            onDuplicate={() => change(queries.toSpliced(index + 1, 0, line.query))}
            onRemove={() => change(queries.toSpliced(index, 1))}
            duplicateHint={fullHint}
          />
        ))}
      </ul>
    </Card>
  );
}
