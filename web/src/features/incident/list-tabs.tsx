import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";
import { useMe } from "./known.ts";
import { type ListSearch, tabOf, tabSearch, tabs } from "./search.ts";

/** The lists that are one click away; each is a link that sets the filters. */
export function ListTabs({ search }: { search: ListSearch }) {
  const { t } = useTranslation("incident");
  const me = useMe();
  const shown = tabOf(search, me);
  return (
    <nav aria-label={t("list.tabs")} className="flex rounded-md border bg-sunken p-0.5">
      {tabs.map((tab) =>
        tab === "mine" && me === undefined ? null : (
          <Link
            key={tab}
            to="/incidents"
            search={tabSearch(search, tab, me ?? "")}
            aria-current={tab === shown ? "page" : undefined}
            className={cx(
              "rounded-sm px-2.5 py-1 text-sm",
              tab === shown
                ? "bg-surface font-medium text-ink shadow-[0_0_0_1px_var(--line)]"
                : "text-ink-2 hover:text-ink",
            )}
          >
            {t(`list.tab.${tab}`)}
          </Link>
        ),
      )}
    </nav>
  );
}
