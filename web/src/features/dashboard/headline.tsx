import { CircleDashed, CircleHelp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";
import { useNow } from "~/lib/now.ts";
import { SeverityIcon } from "~/ui/severity.tsx";
import { Skeleton } from "~/ui/state.tsx";
import { sentence } from "./sentence.ts";
import { useStanding } from "./standing.ts";

/** The first line of the dashboard: is anything wrong? On a wall it is read from across the room. */
export function Headline({ wall }: { wall?: boolean }) {
  const { t, i18n } = useTranslation("dashboard");
  const now = useNow();
  const standing = useStanding();
  const icon = cx("shrink-0", wall ? "mt-[0.1em] size-[1em]" : "mt-1 size-7");
  const text =
    standing === null ? t("sentence.unknown") : standing && sentence(standing, t, now, i18n.language);
  return (
    <span
      aria-live="polite"
      className={cx(
        "flex items-start gap-3 text-pretty leading-snug",
        wall
          ? "gap-[0.4em] text-[clamp(1.75rem,3.2vw,4.5rem)]"
          : "text-2xl xl:max-w-[42rem] 2xl:max-w-[60rem]",
      )}
    >
      {text === undefined ? (
        <>
          <span className="sr-only">{t("name")}</span>
          <Skeleton className={cx("my-1 h-[1em] w-[16em] max-w-full")} />
        </>
      ) : (
        <>
          {standing === null ? (
            <CircleHelp aria-hidden className={cx(icon, "text-high")} />
          ) : standing?.worst ? (
            <SeverityIcon severity={standing.worst.severity} className={icon} />
          ) : standing && standing.services > 0 && standing.rules > 0 ? (
            <SeverityIcon severity="OK" className={icon} />
          ) : (
            <CircleDashed aria-hidden className={cx(icon, "text-ink-3")} />
          )}
          <span className="min-w-0">{text}</span>
        </>
      )}
    </span>
  );
}
