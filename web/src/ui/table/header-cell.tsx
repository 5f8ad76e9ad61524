import { ArrowDown, ArrowUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";
import type { Column, Sort } from "./column.ts";

/** The header of a column: sorts when the server can, and is pulled wider at its right edge. */
export function HeaderCell<Row>({
  column,
  width,
  sort,
  onResize,
  onResetSize,
}: {
  column: Column<Row>;
  width: number;
  sort: (Sort & { onChange: (sort: Sort) => void }) | undefined;
  onResize: (event: unknown) => void;
  onResetSize: () => void;
}) {
  const { t } = useTranslation();
  const sorted = column.sort !== undefined && sort?.sort_by === column.sort;
  const Arrow = sort?.sort_dir === "asc" ? ArrowUp : ArrowDown;
  return (
    <th
      scope="col"
      style={{ width }}
      aria-sort={sorted ? (sort?.sort_dir === "asc" ? "ascending" : "descending") : undefined}
      className={cx(
        "group relative px-3 font-medium text-ink-2",
        column.numeric ? "text-right" : "text-left",
      )}
    >
      {column.sort && sort ? (
        <button
          type="button"
          title={t("table.sortBy", { column: column.header })}
          className="inline-flex max-w-full items-center gap-1 rounded-sm hover:text-ink"
          onClick={() =>
            sort.onChange({
              sort_by: column.sort,
              sort_dir: sorted && sort.sort_dir !== "asc" ? "asc" : "desc",
            })
          }
        >
          <span className="truncate">{column.header}</span>
          {sorted && <Arrow aria-hidden className="size-3.5 shrink-0" />}
        </button>
      ) : (
        <span className={column.quiet ? "sr-only" : "block truncate"}>{column.header}</span>
      )}
      <span
        aria-hidden
        onMouseDown={onResize}
        onTouchStart={onResize}
        onDoubleClick={onResetSize}
        className="absolute top-1 right-0 bottom-1 w-1.5 cursor-col-resize touch-none select-none border-r-2 border-transparent hover:border-line-strong"
      />
    </th>
  );
}
