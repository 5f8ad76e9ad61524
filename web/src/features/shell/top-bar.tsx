import { Link, useMatches } from "@tanstack/react-router";
import { Bell, Search, Settings2 } from "lucide-react";
import { Fragment, lazy } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";
import { buttonClass, IconButton } from "~/ui/button.tsx";
import { LazyMenu } from "./lazy-menu.tsx";
import { LiveDot } from "./live-dot.tsx";

const PersonMenu = lazy(() => import("./person-menu.tsx"));

/** The bar at the top: where am I, search, is it live, what is unread, my settings. */
export function TopBar({ unread, onSearch }: { unread: number; onSearch: () => void }) {
  const { t } = useTranslation("shell");
  const label = unread > 0 ? t("count.notifications", { count: unread }) : t("place.notifications");
  return (
    <header className="sticky top-0 z-20 flex h-12 items-center gap-2 border-b bg-page/95 px-4 backdrop-blur lg:px-6">
      <Crumbs />
      <div className="ml-auto flex items-center gap-1">
        <button
          type="button"
          onClick={onSearch}
          aria-keyshortcuts="Control+K"
          className={cx(buttonClass("secondary"), "font-normal text-ink-3 md:w-56 md:justify-start")}
        >
          <Search aria-hidden />
          <span className="flex-1 text-left max-md:sr-only">{t("palette.open")}</span>
          <kbd className="rounded-sm border px-1 text-xs max-md:hidden">
            {navigator.platform.startsWith("Mac") ? "⌘K" : "Ctrl K"}
          </kbd>
        </button>
        <LiveDot />
        <Link
          to="/notifications"
          aria-label={label}
          title={label}
          className={cx(buttonClass("ghost"), "relative w-8 px-0 max-md:hidden")}
        >
          <Bell aria-hidden />
          {unread > 0 && (
            <span
              aria-hidden
              className="tabular -top-0.5 absolute right-0 min-w-4 rounded-full bg-accent px-1 text-accent-ink text-[10px] leading-4"
            >
              {unread > 99 ? "99+" : unread}
            </span>
          )}
        </Link>
        <LazyMenu
          button={(load) => (
            <IconButton label={t("settings")} aria-haspopup="menu" {...load}>
              <Settings2 aria-hidden />
            </IconButton>
          )}
        >
          <PersonMenu />
        </LazyMenu>
      </div>
    </header>
  );
}

/** The way from the top to here. A route says its own name with `staticData.crumb` or its loader's `crumb`. */
function Crumbs() {
  const { t } = useTranslation("shell");
  const matches = useMatches();
  const crumbs = matches.flatMap((match) => {
    const loaded = match.loaderData as { crumb?: string } | undefined;
    const text = loaded?.crumb ?? (match.staticData.crumb ? t(`place.${match.staticData.crumb}`) : undefined);
    return text ? [{ text, to: match.pathname }] : [];
  });
  return (
    <nav aria-label={t("crumbs")} className="min-w-0 text-ink-2 text-sm max-sm:max-w-40">
      <ol className="flex min-w-0 items-center gap-1.5">
        {crumbs.map(({ text, to }, index) => (
          <Fragment key={to}>
            {index > 0 && (
              <li aria-hidden className="max-sm:hidden">
                /
              </li>
            )}
            <li className={cx("min-w-0 truncate", index < crumbs.length - 1 && "max-sm:hidden")}>
              {index < crumbs.length - 1 ? (
                <a href={to} className="hover:text-ink">
                  {text}
                </a>
              ) : (
                <span className="text-ink">{text}</span>
              )}
            </li>
          </Fragment>
        ))}
      </ol>
    </nav>
  );
}
