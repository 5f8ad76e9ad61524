import { Link } from "@tanstack/react-router";
import { Hourglass } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";
import { duration, SECOND } from "~/lib/time.ts";

/** What an answer says of itself: what it may lack. */
type Told = { behind_seconds?: number | null | undefined; incomplete?: boolean | undefined };

/** Says quietly that the newest points are not there yet, or that some cannot be read. Nothing when all are there. */
export function DataNotice({ of, className }: { of: readonly (Told | undefined)[]; className?: string }) {
  const { t, i18n } = useTranslation();
  const behind = Math.max(0, ...of.map((each) => each?.behind_seconds ?? 0));
  const incomplete = of.some((each) => each?.incomplete);
  if (behind === 0 && !incomplete) return null;
  return (
    <p role="status" className={cx("flex flex-wrap items-center gap-x-1.5 text-ink-2 text-sm", className)}>
      <Hourglass aria-hidden className="size-3.5 shrink-0 text-medium" />
      {behind > 0 && t("data.behind", { duration: duration(behind * SECOND, i18n.language) })}{" "}
      {incomplete && t("data.incomplete")}{" "}
      <Link to="/system" className="underline hover:text-ink">
        {t("data.why")}
      </Link>
    </p>
  );
}
