import {
  ArrowRightLeft,
  CircleCheckBig,
  type LucideIcon,
  RotateCcw,
  Siren,
  TrendingDown,
  UserCheck,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";

const icons: Record<Schemas["NotificationKind"], LucideIcon> = {
  OPENED: Siren,
  ACKNOWLEDGED: UserCheck,
  RECOVERED: TrendingDown,
  CLOSED: CircleCheckBig,
  REOPENED: RotateCcw,
  TRANSFERRED: ArrowRightLeft,
};

/** What a notification tells, as icon and word. */
export function Kind({ kind }: { kind: Schemas["NotificationKind"] }) {
  const { t } = useTranslation("notification");
  return (
    <span className="inline-flex items-center gap-1 whitespace-nowrap text-sm">
      <KindIcon kind={kind} />
      {t(`kind.${kind}`)}
    </span>
  );
}

/** The icon of what a notification tells. */
export function KindIcon({ kind }: { kind: Schemas["NotificationKind"] }) {
  const Icon = icons[kind];
  return <Icon aria-hidden className="size-4 shrink-0 text-ink-3" />;
}
