import { Link, useNavigate } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Menu, MenuItem } from "~/ui/menu.tsx";
import { places } from "./places.ts";

const main = places.filter((place) =>
  ["dashboard", "incidents", "metrics", "notifications"].includes(place.name),
);
const rest = places.filter((place) => !main.includes(place));
const itemClass =
  "relative flex min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-ink-2 text-xs aria-[current=page]:text-accent";

/** The places at the bottom of a phone, within reach of the thumb. */
export function BottomBar({ counts }: { counts: Partial<Record<string, number>> }) {
  const { t } = useTranslation("shell");
  const navigate = useNavigate();
  return (
    <nav
      aria-label={t("rail")}
      className="fixed inset-x-0 bottom-0 z-30 flex h-14 border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {main.map(({ to, name, icon: Icon }) => {
        const count = counts[name] ?? 0;
        return (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: to === "/", includeSearch: false }}
            className={itemClass}
            aria-label={count > 0 ? t(`count.${name as "incidents"}`, { count }) : t(`place.${name}`)}
          >
            <span className="relative">
              <Icon aria-hidden className="size-5" />
              {count > 0 && (
                <span aria-hidden className="absolute -top-0.5 -right-1 size-2 rounded-full bg-critical" />
              )}
            </span>
            <span className="max-w-full truncate px-0.5">
              {t(name === "notifications" ? "place.inbox" : `place.${name}`)}
            </span>
          </Link>
        );
      })}
      <Menu
        trigger={
          <button type="button" className={itemClass}>
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
    </nav>
  );
}
