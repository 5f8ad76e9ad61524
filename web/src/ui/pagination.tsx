import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { whole } from "~/lib/number.ts";
import { IconButton } from "./button.tsx";

const sizes = [20, 50, 100];

/** Turns the pages of a list. */
export function Pagination({
  total,
  totalIsAtLeast = false,
  limit,
  offset,
  onChange,
}: {
  total: number;
  /** There may be more: the server does not count a long list to its end. */
  totalIsAtLeast?: boolean;
  limit: number;
  offset: number;
  onChange: (page: { limit: number; offset: number }) => void;
}) {
  const { t, i18n } = useTranslation();
  if (total === 0) return null;
  const shown = (value: number) => whole(value, i18n.language);
  return (
    <nav
      aria-label={t("table.rowsPerPage")}
      className="flex flex-wrap items-center justify-end gap-x-4 gap-y-2 p-2 text-ink-2 text-sm"
    >
      <span className="flex items-center gap-2">
        <span aria-hidden className="whitespace-nowrap max-sm:hidden">
          {t("table.rowsPerPage")}
        </span>
        <select
          aria-label={t("table.rowsPerPage")}
          value={limit}
          onChange={(event) => onChange({ limit: Number(event.target.value), offset: 0 })}
          className="h-8 rounded-md border border-line-strong bg-surface px-2 text-ink text-sm max-sm:text-lg"
        >
          {sizes.map((size) => (
            <option key={size} value={size}>
              {size}
            </option>
          ))}
        </select>
      </span>
      <span className="tabular">
        {t("table.pageOf", {
          from: shown(Math.min(offset + 1, total)),
          to: shown(Math.min(offset + limit, total)),
          total: totalIsAtLeast ? `${shown(total)}+` : shown(total),
        })}
      </span>
      <span className="flex gap-1">
        <IconButton
          label={t("table.previousPage")}
          look="secondary"
          disabled={offset === 0}
          onClick={() => onChange({ limit, offset: Math.max(0, offset - limit) })}
        >
          <ChevronLeft aria-hidden />
        </IconButton>
        <IconButton
          label={t("table.nextPage")}
          look="secondary"
          disabled={offset + limit >= total}
          onClick={() => onChange({ limit, offset: offset + limit })}
        >
          <ChevronRight aria-hidden />
        </IconButton>
      </span>
    </nav>
  );
}
