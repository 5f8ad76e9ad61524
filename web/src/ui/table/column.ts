import { type ReactNode, useState } from "react";
import { readStored, writeStored } from "~/lib/stored.ts";

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

/** By what a list is sorted, as the URL has it. */
export type Sort = { sort_by?: string | undefined; sort_dir?: "asc" | "desc" | undefined };

/** The columns that are shown, kept in this browser. */
export function useColumnChoice<Row>(name: string | undefined, columns: Column<Row>[]) {
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
