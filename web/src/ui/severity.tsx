import {
  CircleCheck,
  CircleDot,
  Diamond,
  Info,
  type LucideIcon,
  OctagonAlert,
  TriangleAlert,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";

/** How bad an incident is. */
export type Severity = "CRITICAL" | "HIGH" | "MEDIUM" | "LOW";

/** Worst first. */
export const severities: readonly Severity[] = ["CRITICAL", "HIGH", "MEDIUM", "LOW"];

/** Each severity has a shape of its own, so that it is told apart without colour. */
const looks: Record<Severity | "OK", { icon: LucideIcon; text: string; soft: string }> = {
  CRITICAL: { icon: OctagonAlert, text: "text-critical", soft: "bg-critical-soft" },
  HIGH: { icon: TriangleAlert, text: "text-high", soft: "bg-high-soft" },
  MEDIUM: { icon: Diamond, text: "text-medium", soft: "bg-medium-soft" },
  LOW: { icon: Info, text: "text-low", soft: "bg-low-soft" },
  OK: { icon: CircleCheck, text: "text-good", soft: "bg-good-soft" },
};

/** The icon of a severity, or of a service without live incidents. */
export function SeverityIcon({ severity, className }: { severity: Severity | "OK"; className?: string }) {
  const { icon: Icon, text } = looks[severity] ?? { icon: CircleDot, text: "text-ink-3" };
  return <Icon aria-hidden className={cx("size-4 shrink-0", text, className)} />;
}

/** A severity as icon and word. */
export function SeverityBadge({ severity, quiet }: { severity: Severity | "OK"; quiet?: boolean }) {
  const { t } = useTranslation();
  const { text, soft } = looks[severity];
  return (
    <span
      className={cx(
        "inline-flex items-center gap-1 whitespace-nowrap font-medium text-sm",
        quiet ? "text-ink" : [text, soft, "h-6 rounded-sm px-1.5"],
      )}
    >
      <SeverityIcon severity={severity} />
      {t(`severity.${severity}`)}
    </span>
  );
}
