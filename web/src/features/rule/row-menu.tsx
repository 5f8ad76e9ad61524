import { useNavigate } from "@tanstack/react-router";
import { Copy, Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { IconButton } from "~/ui/button.tsx";
import { Menu, MenuItem } from "~/ui/menu.tsx";

/** What can be done with a rule of the list. */
export function RowMenu({ rule, onDelete }: { rule: Schemas["Rule"]; onDelete: () => void }) {
  const { t } = useTranslation(["rule", "common"]);
  const navigate = useNavigate();
  return (
    <Menu
      trigger={
        <IconButton size="sm" label={t("list.more", { name: rule.name.slice(0, 80) })}>
          <Ellipsis aria-hidden />
        </IconButton>
      }
    >
      <MenuItem onClick={() => navigate({ to: "/rules/$id", params: { id: rule.id } })}>
        <Pencil aria-hidden />
        {t("common:action.edit")}
      </MenuItem>
      <MenuItem onClick={() => navigate({ to: "/rules/new", search: { from: rule.id } })}>
        <Copy aria-hidden />
        {t("list.duplicate")}
      </MenuItem>
      <MenuItem danger onClick={onDelete}>
        <Trash2 aria-hidden />
        {t("common:action.delete")}
      </MenuItem>
    </Menu>
  );
}
