import { Columns3 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../button.tsx";
import { Menu, MenuCheck } from "../menu.tsx";
import type { Column } from "./column.ts";

/** Chooses which columns are shown. */
export function ColumnMenu<Row>({
  columns,
  shown,
  onChange,
}: {
  columns: Column<Row>[];
  shown: Record<string, boolean>;
  onChange: (id: string, shown: boolean) => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="absolute top-0.5 right-1 z-10 max-md:hidden">
      <Menu
        trigger={
          <IconButton size="sm" label={t("table.columns")} className="bg-surface">
            <Columns3 aria-hidden />
          </IconButton>
        }
      >
        {columns.map((column) => (
          <MenuCheck
            key={column.id}
            checked={shown[column.id] !== false}
            onChange={(checked) => onChange(column.id, checked)}
          >
            {column.header}
          </MenuCheck>
        ))}
      </Menu>
    </div>
  );
}
