import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { MOST } from "~/api/client.ts";
import { departmentsQuery } from "~/api/queries/departments.ts";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import { ruleQuery } from "~/api/queries/rules.ts";
import { Card } from "~/ui/card.tsx";
import { Page } from "~/ui/page.tsx";
import { Failure, Skeleton } from "~/ui/state.tsx";
import { type Draft, draftOf, newDraft } from "./draft.ts";
import { RuleEditor } from "./editor.tsx";
import type { TrialSpan } from "./search.ts";

/** What a new rule begins with: a copy of a rule, or what the page that led here knows. */
type Begin = { from?: string | undefined; serviceId?: string | undefined; metricType?: string | undefined };

/** A rule that is made. */
export function NewRulePage({
  begin,
  span,
  onSpan,
}: {
  begin: Begin;
  span: TrialSpan;
  onSpan: (span: TrialSpan) => void;
}) {
  const { t } = useTranslation("rule");
  const { base, error, retry } = useBase(begin);
  return (
    <Page name={t("form.newName")}>
      {base ? (
        <RuleEditor base={base} span={span} onSpan={onSpan} />
      ) : error ? (
        <Failure error={error} onRetry={retry} />
      ) : (
        <div className="grid gap-4 xl:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
          <Card title={t("form.heading")}>
            <Skeleton className="h-80" />
          </Card>
          <Card title={t("preview.heading")}>
            <Skeleton className="h-80" />
          </Card>
        </div>
      )}
    </Page>
  );
}

/** The draft to begin with, once what it needs is known. */
function useBase(begin: Begin): { base: Draft | undefined; error: unknown; retry: () => void } {
  const { t } = useTranslation("rule");
  const metricTypes = useQuery(metricTypesQuery());
  const departments = useQuery(departmentsQuery({ limit: MOST }));
  const original = useQuery({ ...ruleQuery(begin.from ?? ""), enabled: begin.from !== undefined });
  const retry = () => {
    for (const query of [metricTypes, departments, original]) if (query.isError) query.refetch();
  };
  const error = metricTypes.error ?? departments.error ?? original.error;
  if (begin.from !== undefined) {
    const copy = original.data && draftOf(original.data);
    const base = copy && { ...copy, name: t("form.copyOf", { name: copy.name }).slice(0, 200) };
    return { base, error, retry };
  }
  const known = metricTypes.data && departments.data;
  const base = known
    ? newDraft({
        metricTypes: metricTypes.data,
        departments: departments.data.data,
        metricType: begin.metricType,
        serviceId: begin.serviceId,
      })
    : undefined;
  return { base, error, retry };
}
