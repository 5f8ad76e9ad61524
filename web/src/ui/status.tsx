import { Circle, CircleCheckBig, CircleDotDashed, type LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";

/** Where an incident stands. */
export type Status = "OPEN" | "IN_PROGRESS" | "CLOSED";

/** In the order of an incident's life. */
export const statuses: readonly Status[] = ["OPEN", "IN_PROGRESS", "CLOSED"];

const looks: Record<Status, { icon: LucideIcon; text: string }> = {
  OPEN: { icon: Circle, text: "text-critical" },
  IN_PROGRESS: { icon: CircleDotDashed, text: "text-accent" },
  CLOSED: { icon: CircleCheckBig, text: "text-ink-3" },
};

/** A status as icon and word. */
export function StatusBadge({ status, className }: { status: Status; className?: string }) {
  const { t } = useTranslation();
  const { icon: Icon, text } = looks[status];
  return (
    <span className={cx("inline-flex items-center gap-1.5 whitespace-nowrap font-medium text-sm", className)}>
      <Icon aria-hidden className={cx("size-4 shrink-0", text)} />
      {t(`status.${status}`)}
    </span>
  );
}
