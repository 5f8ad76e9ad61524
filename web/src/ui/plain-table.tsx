import type { ReactNode } from "react";
import { cx } from "~/lib/class.ts";

/** A column of a plain table. */
export type PlainColumn<Row> = {
  header: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right. */
  numeric?: boolean;
  /** Left out on phones. */
  wide?: boolean;
};

/** A short table of an answer: no sorting, no choice of columns. The first column names the row. */
export function PlainTable<Row>({
  label,
  columns,
  rows,
  rowId,
  tall,
}: {
  label: string;
  columns: readonly PlainColumn<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
  /** Whether it scrolls within itself, since it may have many rows. */
  tall?: boolean;
}) {
  return (
    <div role="group" aria-label={label} tabIndex={0} className={cx("overflow-auto", tall && "max-h-80")}>
      <table className="w-full border-collapse text-sm">
        <thead className={cx(tall && "sticky top-0 bg-surface")}>
          <tr className="h-9 border-b text-ink-2">
            {columns.map((column) => (
              <th key={column.header} scope="col" className={cellClass(column)}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y">
          {rows.map((row) => (
            <tr key={rowId(row)} className="h-9">
              {columns.map((column, index) =>
                index === 0 ? (
                  <th key={column.header} scope="row" className={cx(cellClass(column), "font-normal")}>
                    <span className="block min-w-24">{column.cell(row)}</span>
                  </th>
                ) : (
                  <td key={column.header} className={cellClass(column)}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function cellClass(column: { numeric?: boolean; wide?: boolean }): string {
  return cx(
    "px-3 py-1 font-medium first:pl-4 last:pr-4",
    column.numeric ? "tabular whitespace-nowrap text-right font-normal" : "text-left",
    column.wide && "max-md:hidden",
  );
}
