import {
  type ColumnDef,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  type RowData,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { type MouseEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";
import { useHotkeys } from "~/lib/hotkeys.ts";
import { type Column, type Sort, useColumnChoice } from "./table/column.ts";
import { ColumnMenu } from "./table/column-menu.tsx";
import { HeaderCell } from "./table/header-cell.tsx";
import { RowCheckbox } from "./table/row-checkbox.tsx";
import { CardSkeletons, RowSkeletons } from "./table/skeletons.tsx";

export type { Column } from "./table/column.ts";

/** Which rows are chosen, and what changes that. */
export type Selection = { ids: ReadonlySet<string>; onChange: (ids: ReadonlySet<string>) => void };

/** On these Enter has its own meaning. */
const answersEnter = "a, button, input, select, textarea, summary";

const features = tableFeatures({ columnVisibilityFeature, columnSizingFeature, columnResizingFeature });

type Props<Row> = {
  /** Names the table for screen readers. */
  label: string;
  /** Under which name the choice of columns is kept in this browser; without it columns cannot be chosen. */
  name?: string;
  columns: Column<Row>[];
  rows: Row[] | undefined;
  rowId: (row: Row) => string;
  /** How a row is called when it is selected by a checkbox. */
  rowName?: (row: Row) => string;
  onOpen?: (row: Row) => void;
  sort?: Sort & { onChange: (sort: Sort) => void };
  selection?: Selection;
  /** Shown instead of rows when there are none. */
  empty?: ReactNode;
  /** Keys for the row that j and k move to. */
  rowKeys?: Record<string, (row: Row) => void>;
  /** How the row looks on a phone; without it the table scrolls sideways. */
  card?: (row: Row) => ReactNode;
};

/**
 * The table of the app: sorted by the server, columns chosen and resized, rows opened by a click or by j, k and Enter,
 * selected by x or with shift for a whole stretch.
 */
export function DataTable<Row extends RowData>(props: Props<Row>) {
  const { label, name, columns, rows, rowId, onOpen, sort, selection, empty, rowKeys, card } = props;
  const { t } = useTranslation();
  const [visibility, setVisibility] = useColumnChoice(name, columns);
  const [sizing, setSizing] = useState<Record<string, number>>({});
  const [active, setActive] = useState<string | null>(null);
  const [anchor, setAnchor] = useState<string | null>(null);
  const table = useTable({
    features,
    columns: columns.map(
      (column): ColumnDef<typeof features, Row> => ({
        id: column.id,
        header: column.header,
        cell: ({ row }) => column.cell(row.original),
        size: column.width ?? 140,
        minSize: 60,
        enableHiding: !column.fixed,
      }),
    ),
    data: rows ?? [],
    getRowId: rowId,
    columnResizeMode: "onChange",
    state: { columnVisibility: visibility, columnSizing: sizing },
    onColumnVisibilityChange: (next) => setVisibility(typeof next === "function" ? next(visibility) : next),
    onColumnSizingChange: setSizing,
  });
  const ids = (rows ?? []).map(rowId);
  const activeRow = rows?.find((row) => rowId(row) === active);
  const move = (step: number) => {
    const index = active === null ? -1 : ids.indexOf(active);
    const next = ids[Math.max(0, Math.min(ids.length - 1, index + step))];
    if (next === undefined) return;
    setActive(next);
    document.getElementById(`row-${next}`)?.scrollIntoView({ block: "nearest" });
  };
  const select = (id: string, stretch: boolean) => {
    if (!selection) return;
    const next = new Set(selection.ids);
    const from = stretch && anchor ? ids.indexOf(anchor) : -1;
    const to = ids.indexOf(id);
    if (from >= 0) for (const each of ids.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(each);
    else if (!next.delete(id)) next.add(id);
    setAnchor(id);
    selection.onChange(next);
  };
  const openActive = () => {
    if (activeRow && !document.activeElement?.closest(answersEnter)) onOpen?.(activeRow);
  };
  useHotkeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: openActive,
    o: openActive,
    ...(selection ? { x: () => active !== null && select(active, false) } : {}),
    ...Object.fromEntries(
      Object.entries(rowKeys ?? {}).map(([key, run]) => [
        key,
        () => activeRow !== undefined && run(activeRow),
      ]),
    ),
  });
  const open = (event: MouseEvent, row: Row) => {
    // A click in a menu of the row comes here too, though the menu stands elsewhere in the page.
    if (!event.currentTarget.contains(event.target as Node)) return;
    if ((event.target as HTMLElement).closest("a, button, input, label, [role=checkbox]")) return;
    if (getSelection()?.toString()) return;
    onOpen?.(row);
  };

  if (rows?.length === 0 && empty) return <>{empty}</>;
  const columnCount = table.getVisibleLeafColumns().length + (selection ? 1 : 0);
  return (
    <div className="relative">
      {card && (
        <ul aria-label={label} className="divide-y md:hidden">
          {rows === undefined && <CardSkeletons />}
          {rows?.map((row) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the link inside the card is the keyboard's way
            <li key={rowId(row)} onClick={(event) => open(event, row)} className="flex gap-3 px-4 py-3">
              {selection && (
                <RowCheckbox
                  checked={selection.ids.has(rowId(row))}
                  label={t("table.selectRow", { name: props.rowName?.(row) ?? rowId(row) })}
                  onToggle={(stretch) => select(rowId(row), stretch)}
                />
              )}
              <div className="min-w-0 flex-1">{card(row)}</div>
            </li>
          ))}
        </ul>
      )}
      <div
        role="region"
        aria-label={label}
        tabIndex={0}
        className={cx("overflow-auto md:max-h-[calc(100dvh-9rem)]", card && "max-md:hidden")}
      >
        <table
          className="w-full table-fixed border-collapse text-sm"
          style={{ minWidth: table.getTotalSize() }}
        >
          <thead className="sticky top-0 z-10 bg-surface">
            {table.getHeaderGroups().map((group) => (
              <tr key={group.id} className="h-9 border-b">
                {selection && (
                  <th className="w-10 pl-4 text-left">
                    <RowCheckbox
                      checked={ids.length > 0 && ids.every((id) => selection.ids.has(id))}
                      label={t("table.selectAll")}
                      onToggle={() =>
                        selection.onChange(
                          ids.every((id) => selection.ids.has(id)) ? new Set() : new Set(ids),
                        )
                      }
                    />
                  </th>
                )}
                {group.headers.map((header) => {
                  const column = columns.find((each) => each.id === header.column.id);
                  if (!column) return null;
                  return (
                    <HeaderCell
                      key={header.id}
                      column={column}
                      width={header.getSize()}
                      sort={sort}
                      onResize={header.getResizeHandler()}
                      onResetSize={() => header.column.resetSize()}
                    />
                  );
                })}
              </tr>
            ))}
          </thead>
          <tbody className="divide-y">
            {rows === undefined && <RowSkeletons columns={columnCount} />}
            {table.getRowModel().rows.map((row) => (
              <tr
                key={row.id}
                id={`row-${row.id}`}
                aria-selected={selection ? selection.ids.has(row.id) : undefined}
                onClick={(event) => open(event, row.original)}
                className={cx(
                  "h-9 aria-selected:bg-accent-soft",
                  onOpen && "cursor-pointer hover:bg-hover",
                  row.id === active && "shadow-[inset_3px_0_0_var(--accent)]",
                )}
              >
                {selection && (
                  <td className="w-10 pl-4">
                    <RowCheckbox
                      checked={selection.ids.has(row.id)}
                      label={t("table.selectRow", { name: props.rowName?.(row.original) ?? row.id })}
                      onToggle={(stretch) => select(row.id, stretch)}
                    />
                  </td>
                )}
                {row.getVisibleCells().map((cell) => {
                  const column = columns.find((each) => each.id === cell.column.id);
                  return (
                    <td
                      key={cell.id}
                      className={cx("truncate px-3 py-1", column?.numeric && "tabular text-right")}
                    >
                      {column?.cell(row.original)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {name && (
        <ColumnMenu
          columns={columns.filter((column) => !column.fixed)}
          shown={visibility}
          onChange={(id, shown) => setVisibility({ ...visibility, [id]: shown })}
        />
      )}
    </div>
  );
}
