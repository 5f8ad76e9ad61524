import {
  type ColumnDef,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  type RowData,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { ArrowDown, ArrowUp, Columns3 } from "lucide-react";
import { type MouseEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";
import { useHotkeys } from "~/lib/hotkeys.ts";
import { readStored, writeStored } from "~/lib/stored.ts";
import { IconButton } from "./button.tsx";
import { Menu, MenuCheck } from "./menu.tsx";
import { Skeleton } from "./state.tsx";

/** A column of a table. `sort` is the name the server sorts by; a column without it cannot be sorted. */
export type Column<Row> = {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** Width in pixels to begin with. */
  width?: number;
  sort?: string;
  /** Numbers stand at the right. */
  numeric?: boolean;
  /** Not shown until it is chosen. */
  hidden?: boolean;
  /** Always shown. */
  fixed?: boolean;
  /** The header is only read aloud, e.g. above a menu. */
  quiet?: boolean;
};

/** Which rows are chosen, and what changes that. */
export type Selection = { ids: ReadonlySet<string>; onChange: (ids: ReadonlySet<string>) => void };

/** By what a list is sorted, as the URL has it. */
export type Sort = { sort_by?: string | undefined; sort_dir?: "asc" | "desc" | undefined };

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
  // On a link or a button Enter has its own meaning.
  const openActive = () => {
    if (activeRow && document.activeElement === document.body) onOpen?.(activeRow);
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
        className={cx("overflow-x-auto", card && "max-md:hidden")}
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
                  const sorted = column.sort !== undefined && sort?.sort_by === column.sort;
                  const Arrow = sort?.sort_dir === "asc" ? ArrowUp : ArrowDown;
                  return (
                    <th
                      key={header.id}
                      scope="col"
                      style={{ width: header.getSize() }}
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
                        onMouseDown={header.getResizeHandler()}
                        onTouchStart={header.getResizeHandler()}
                        onDoubleClick={() => header.column.resetSize()}
                        className="absolute top-1 right-0 bottom-1 w-1.5 cursor-col-resize touch-none select-none border-r-2 border-transparent hover:border-line-strong"
                      />
                    </th>
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
        <div className="absolute top-0.5 right-1 z-10 max-md:hidden">
          <Menu
            trigger={
              <IconButton size="sm" label={t("table.columns")} className="bg-surface">
                <Columns3 aria-hidden />
              </IconButton>
            }
          >
            {table
              .getAllLeafColumns()
              .filter((column) => column.getCanHide())
              .map((column) => (
                <MenuCheck
                  key={column.id}
                  checked={column.getIsVisible()}
                  onChange={(checked) => column.toggleVisibility(checked)}
                >
                  {columns.find((each) => each.id === column.id)?.header}
                </MenuCheck>
              ))}
          </Menu>
        </div>
      )}
    </div>
  );
}

/** The columns that are shown, kept in this browser. */
function useColumnChoice<Row>(name: string | undefined, columns: Column<Row>[]) {
  const key = `tracely.columns.${name}`;
  const [choice, setChoice] = useState<Record<string, boolean>>(() => {
    const defaults = Object.fromEntries(columns.map((column) => [column.id, !column.hidden]));
    if (!name) return defaults;
    try {
      return { ...defaults, ...JSON.parse(readStored(key) ?? "{}") };
    } catch {
      return defaults;
    }
  });
  const choose = (next: Record<string, boolean>) => {
    setChoice(next);
    if (name) writeStored(key, JSON.stringify(next));
  };
  return [choice, choose] as const;
}

function RowCheckbox({
  checked,
  label,
  onToggle,
}: {
  checked: boolean;
  label: string;
  onToggle: (stretch: boolean) => void;
}) {
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={checked}
      onChange={(event) => onToggle((event.nativeEvent as globalThis.MouseEvent).shiftKey === true)}
      className="size-4 align-middle accent-accent"
    />
  );
}

const skeletonKeys = Array.from({ length: 8 }, (_, index) => `skeleton-${index}`);

function RowSkeletons({ columns }: { columns: number }) {
  return skeletonKeys.map((key) => (
    <tr key={key} className="h-9">
      <td colSpan={columns} className="px-4">
        <Skeleton className="h-4 w-full" />
      </td>
    </tr>
  ));
}

function CardSkeletons() {
  return skeletonKeys.map((key) => (
    <li key={key} className="px-4 py-3">
      <Skeleton className="h-10 w-full" />
    </li>
  ));
}
