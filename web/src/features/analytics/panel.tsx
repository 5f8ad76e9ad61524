import type { UseQueryResult } from "@tanstack/react-query";
import { Ban, ChartColumn, Download, Table2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "~/api/problem.ts";
import { readTable, type TableQuestion } from "~/api/queries/analytics.ts";
import { cx } from "~/lib/class.ts";
import { download, fileName } from "~/lib/csv.ts";
import { numberFormat } from "~/lib/format.ts";
import type { Range } from "~/lib/range.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { Card } from "~/ui/card.tsx";
import { DataNotice } from "~/ui/data-notice.tsx";
import { Empty, Failure, Skeleton } from "~/ui/state.tsx";
import { toast } from "~/ui/toast.tsx";

/** What an answer says of itself, as far as it says it. */
type Told = { meta?: { behind_seconds?: number; incomplete?: boolean } };

type Props<T> = {
  title: string;
  hint?: string;
  query: UseQueryResult<T>;
  /** What is exported; without it `csv` makes the table. */
  question?: TableQuestion;
  csv?: (answer: T) => string;
  range: Range;
  aside?: ReactNode;
  /** The height of what is not there yet, as a class. */
  height: string;
  isEmpty: (answer: T) => boolean;
  empty: { title: string; hint?: string };
  /** Given when a width of parts, or an interval, was chosen: takes the choice back. */
  onAuto?: (() => void) | undefined;
  onSpan: () => void;
  /** The same as a table; then the panel has a button that shows it. */
  table?: (answer: T) => ReactNode;
  flush?: boolean;
  children: (answer: T) => ReactNode;
};

/** A question with its answer: what it says, as a table too and as a file; or why it has none, and what to do. */
export function Panel<T>(props: Props<T>) {
  const { title, hint, query, range, aside, height, flush } = props;
  const { t } = useTranslation("analytics");
  const [asTable, setAsTable] = useState(false);
  const { data, error } = query;
  const told = (data as Told | undefined)?.meta;
  return (
    <Card
      title={title}
      flush={flush}
      aside={
        <>
          {aside}
          {props.table && (
            <IconButton
              label={t(asTable ? "asChart" : "asTable")}
              aria-pressed={asTable}
              onClick={() => setAsTable(!asTable)}
            >
              {asTable ? <ChartColumn aria-hidden /> : <Table2 aria-hidden />}
            </IconButton>
          )}
          <ExportButton
            title={title}
            disabled={!data || error !== null}
            read={() =>
              props.question
                ? readTable(props.question, range)
                : Promise.resolve(data && props.csv ? props.csv(data) : "")
            }
          />
        </>
      }
    >
      {hint && <p className={cx("text-ink-2 text-sm", flush ? "px-4 pt-3" : "mb-3")}>{hint}</p>}
      <DataNotice of={[told]} className={flush ? "px-4 pt-3" : "mb-3"} />
      {error && (!data || query.isPlaceholderData) ? (
        <Refusal
          error={error}
          onRetry={query.refetch}
          onAuto={props.onAuto}
          onSpan={props.onSpan}
          title={title}
        />
      ) : !data ? (
        <Skeleton className={cx("w-full", height)} />
      ) : props.isEmpty(data) ? (
        <Empty icon={<ChartColumn />} title={props.empty.title}>
          {props.empty.hint}
        </Empty>
      ) : (
        <div className={cx("transition-opacity duration-150", query.isPlaceholderData && "opacity-60")}>
          {asTable && props.table ? props.table(data) : props.children(data)}
        </div>
      )}
    </Card>
  );
}

function ExportButton({
  title,
  disabled,
  read,
}: {
  title: string;
  disabled: boolean;
  read: () => Promise<string>;
}) {
  const { t } = useTranslation(["analytics", "common"]);
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      download(fileName(title, "csv"), await read(), "text/csv");
    } catch (error) {
      toast(t("exportFailed"), { kind: "error", detail: error instanceof Error ? error.message : "" });
    } finally {
      setBusy(false);
    }
  };
  return (
    <IconButton
      label={t("exportOf", { title })}
      disabled={disabled || busy}
      focusableWhenDisabled
      onClick={save}
    >
      <Download aria-hidden />
    </IconButton>
  );
}

/** Why there is no answer. What asks for too much says the limit in words, and what leads on. */
function Refusal({
  title,
  error,
  onRetry,
  onAuto,
  onSpan,
}: {
  title: string;
  error: Error;
  onRetry: () => void;
  onAuto: (() => void) | undefined;
  onSpan: () => void;
}) {
  const { t, i18n } = useTranslation("analytics");
  const limit = limitOf(error);
  if (!limit) return <Failure error={worded(error)} onRetry={onRetry} />;
  const most = numberFormat(i18n.language, {}).format(limit.most);
  return (
    <div role="alert" aria-label={title}>
      <Empty
        icon={<Ban />}
        title={t("refused.title")}
        action={
          <>
            {onAuto && (
              <Button onClick={onAuto}>
                {t(limit.of === "buckets" ? "refused.auto" : "refused.inferred")}
              </Button>
            )}
            <Button onClick={onSpan}>{t("refused.span")}</Button>
          </>
        }
      >
        {t(`refused.${limit.of}`, { limit: most })}
      </Empty>
    </div>
  );
}

/** The limit that a refusal names: `max_buckets` or `max_slots`. */
function limitOf(error: Error): { of: "buckets" | "slots"; most: number } | undefined {
  if (!(error instanceof ApiError) || error.status !== 422) return undefined;
  for (const text of error.fields.values()) {
    const [, most, of] = /more than (\d+) .*max_(buckets|slots)/.exec(text) ?? [];
    if (most && of) return { of: of as "buckets" | "slots", most: Number(most) };
  }
  return undefined;
}

/** The error with what the server said of each field, which says more than what it says of the whole request. */
function worded(error: Error): Error {
  if (!(error instanceof ApiError) || error.fields.size === 0) return error;
  const told = [...error.fields].map(([field, text]) => `${field}: ${text}`);
  return Object.assign(new Error(told.join("; ")), { status: error.status });
}
