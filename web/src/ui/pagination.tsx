import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { whole } from "~/lib/number.ts";
import { IconButton } from "./button.tsx";
import { Select } from "./field.tsx";

const sizes = ["20", "50", "100"] as const;

/** Turns the pages of a list. */
export function Pagination({
  total,
  limit,
  offset,
  onChange,
}: {
  total: number;
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
        <span aria-hidden className="max-sm:hidden">
          {t("table.rowsPerPage")}
        </span>
        <Select
          className="w-20"
          label={t("table.rowsPerPage")}
          value={String(limit) as (typeof sizes)[number]}
          choices={sizes.map((size) => [size, size] as const)}
          onChange={(size) => onChange({ limit: Number(size), offset: 0 })}
        />
      </span>
      <span className="tabular">
        {t("table.pageOf", {
          from: shown(Math.min(offset + 1, total)),
          to: shown(Math.min(offset + limit, total)),
          total: shown(total),
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
