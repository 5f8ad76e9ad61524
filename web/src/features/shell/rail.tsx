import { Link } from "@tanstack/react-router";
import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";
import { whole } from "~/lib/number.ts";
import { readStored, writeStored } from "~/lib/stored.ts";
import { IconButton } from "~/ui/button.tsx";
import { Logo } from "./logo.tsx";
import { places } from "./places.ts";

const KEY = "tracely.rail";

/** The places at the left; icons only when it is folded. */
export function Rail({ counts }: { counts: Partial<Record<string, number>> }) {
  const { t } = useTranslation("shell");
  const [folded, setFolded] = useState(() => readStored(KEY) === "folded");
  const fold = (next: boolean) => {
    setFolded(next);
    writeStored(KEY, next ? "folded" : null);
  };
  return (
    <nav
      aria-label={t("rail")}
      className={cx(
        "sticky top-0 flex h-dvh shrink-0 flex-col gap-1 border-r bg-sunken p-2 max-md:hidden",
        folded ? "w-13" : "w-52",
      )}
    >
      <Link
        to="/"
        className="mb-2 flex h-9 items-center gap-2 rounded-md px-1.5 font-semibold"
        aria-label="Tracely"
      >
        <Logo />
        {!folded && <span className="text-lg">Tracely</span>}
      </Link>
      <div className="flex flex-col gap-0.5">
        {places.map(({ to, name, icon: Icon }) => {
          const count = counts[name] ?? 0;
          const label = count > 0 ? t(`count.${name as "incidents"}`, { count }) : t(`place.${name}`);
          return (
            <Link
              key={to}
              to={to}
              activeOptions={{ exact: to === "/", includeSearch: false }}
              aria-label={folded ? label : undefined}
              title={folded ? label : undefined}
              className="relative flex h-8 items-center gap-2.5 rounded-md px-2 text-ink-2 text-sm hover:bg-hover hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-ink"
            >
              <Icon aria-hidden className="size-4.5 shrink-0" />
              {!folded && <span className="flex-1 truncate">{t(`place.${name}`)}</span>}
              {count > 0 && <Count count={count} folded={folded} name={name as "incidents"} />}
            </Link>
          );
        })}
      </div>
      <div className="mt-auto flex justify-end">
        <IconButton label={t(folded ? "unfold" : "fold")} onClick={() => fold(!folded)}>
          {folded ? <PanelLeftOpen aria-hidden /> : <PanelLeftClose aria-hidden />}
        </IconButton>
      </div>
    </nav>
  );
}

/** How many there are, with a word for those who cannot see where the number stands. */
function Count({
  count,
  folded,
  name,
}: {
  count: number;
  folded: boolean;
  name: "incidents" | "notifications";
}) {
  const { t, i18n } = useTranslation("shell");
  if (folded) return <span aria-hidden className="absolute top-1 right-1 size-2 rounded-full bg-critical" />;
  return (
    <span className="tabular rounded-sm bg-surface px-1.5 font-medium text-ink text-xs leading-5">
      {whole(count, i18n.language)} <span className="sr-only">{t(`kind.${name}`)}</span>
    </span>
  );
}
