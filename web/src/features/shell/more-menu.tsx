import { useNavigate } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Menu, MenuItem } from "~/ui/menu.tsx";
import { placeClass } from "./place-class.ts";
import { onPhone, places } from "./places.ts";

const rest = places.filter((place) => !onPhone(place.name));

/** The places for which a phone's bar has no room. Loaded by the click on it. */
export default function MoreMenu() {
  const { t } = useTranslation("shell");
  const navigate = useNavigate();
  return (
    <Menu
      defaultOpen
      trigger={
        <button type="button" className={placeClass}>
          <Ellipsis aria-hidden className="size-5" />
          <span>{t("more")}</span>
        </button>
      }
    >
      {rest.map(({ to, name, icon: Icon }) => (
        <MenuItem key={to} onClick={() => navigate({ to })}>
          <Icon aria-hidden />
          {t(`place.${name}`)}
        </MenuItem>
      ))}
    </Menu>
  );
}
