import { Link } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { LazyMenu } from "./lazy-menu.tsx";
import { placeClass } from "./place-class.ts";
import { onPhone, places } from "./places.ts";

const MoreMenu = lazy(() => import("./more-menu.tsx"));

const main = places.filter((place) => onPhone(place.name));

/** The places at the bottom of a phone, within reach of the thumb. */
export function BottomBar({ counts }: { counts: Partial<Record<string, number>> }) {
  const { t } = useTranslation("shell");
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
            className={placeClass}
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
            {count > 0 && (
              <span className="sr-only">
                {count} {t(`kind.${name as "incidents"}`)}
              </span>
            )}
          </Link>
        );
      })}
      <LazyMenu
        button={(load) => (
          <button type="button" aria-haspopup="menu" className={placeClass} {...load}>
            <Ellipsis aria-hidden className="size-5" />
            <span>{t("more")}</span>
          </button>
        )}
      >
        <MoreMenu />
      </LazyMenu>
    </nav>
  );
}
