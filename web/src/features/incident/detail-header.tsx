import { ChevronDown, CircleCheck, Ellipsis, Flame, Link2, RotateCcw, Undo2, UserRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { cx } from "~/lib/class.ts";
import { Button, buttonClass, IconButton } from "~/ui/button.tsx";
import { Menu, MenuChoices, MenuItem } from "~/ui/menu.tsx";
import { SeverityBadge, severities } from "~/ui/severity.tsx";
import { StatusBadge } from "~/ui/status.tsx";
import { Lasted, TimeAgo } from "~/ui/time.tsx";
import { toast } from "~/ui/toast.tsx";

type Incident = Schemas["Incident"];

type Actions = {
  incident: Incident;
  pending: boolean;
  onAcknowledge: () => void;
  onClose: () => void;
  onOpen: () => void;
};

/** The one button that moves the incident on. */
export function MainButton({
  incident,
  pending,
  onAcknowledge,
  onClose,
  onOpen,
  className,
}: Actions & { className?: string }) {
  const { t } = useTranslation("incident");
  const next = {
    OPEN: { text: t("action.acknowledge"), run: onAcknowledge, keys: "a" },
    IN_PROGRESS: { text: t("action.close"), run: onClose, keys: "c" },
    CLOSED: { text: t("action.reopen"), run: onOpen, keys: undefined },
  }[incident.status];
  return (
    <Button
      look={incident.status === "CLOSED" ? "secondary" : "primary"}
      className={className}
      onClick={next.run}
      disabled={pending}
      aria-keyshortcuts={next.keys}
    >
      {next.text}
    </Button>
  );
}

/** What else can be done. */
export function MoreMenu({ incident, pending, onClose, onOpen }: Actions) {
  const { t } = useTranslation(["incident", "common"]);
  const copy = async () => {
    await navigator.clipboard.writeText(`${location.origin}/incidents/${incident.key}`);
    toast(t("common:action.copied"));
  };
  return (
    <Menu
      trigger={
        <IconButton label={t("common:action.more")} look="secondary">
          <Ellipsis aria-hidden />
        </IconButton>
      }
    >
      {incident.status === "OPEN" && (
        <MenuItem onClick={onClose} disabled={pending}>
          <CircleCheck aria-hidden />
          {t("action.close")}
        </MenuItem>
      )}
      {incident.status === "IN_PROGRESS" && (
        <MenuItem onClick={onOpen} disabled={pending}>
          <Undo2 aria-hidden />
          {t("action.release")}
        </MenuItem>
      )}
      {incident.status === "CLOSED" && (
        <MenuItem onClick={onOpen} disabled={pending}>
          <RotateCcw aria-hidden />
          {t("action.reopen")}
        </MenuItem>
      )}
      <MenuItem onClick={copy}>
        <Link2 aria-hidden />
        {t("common:action.copyLink")}
      </MenuItem>
    </Menu>
  );
}

/** Severity, status, whether it goes on, and who is on it. */
export function Badges({
  incident,
  onChange,
}: {
  incident: Incident;
  onChange: (patch: Schemas["IncidentPatch"]) => void;
}) {
  const { t } = useTranslation(["incident", "common"]);
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-sm">
      <Menu
        align="start"
        trigger={
          <button
            type="button"
            aria-label={`${t("common:field.severity")}: ${t(`common:severity.${incident.severity}`)}`}
            className={cx(buttonClass("secondary"), "px-1.5")}
          >
            <SeverityBadge severity={incident.severity} />
            <ChevronDown aria-hidden className="text-ink-3" />
          </button>
        }
      >
        <MenuChoices
          value={incident.severity}
          onChange={(severity) => onChange({ severity })}
          choices={severities.map((severity) => [
            severity,
            <SeverityBadge key={severity} severity={severity} quiet />,
          ])}
        />
      </Menu>
      <StatusBadge status={incident.status} />
      <span className="inline-flex min-w-0 items-center gap-1.5">
        <UserRound aria-hidden className="size-4 shrink-0 text-ink-3" />
        <span className="sr-only">{t("common:field.assignee")}: </span>
        {incident.assignee ? (
          <span className="foreign min-w-0">{incident.assignee}</span>
        ) : (
          <span className="text-ink-2">{t("header.nobody")}</span>
        )}
      </span>
      {incident.recovered_at ? (
        <span className="inline-flex items-center gap-1.5">
          <CircleCheck aria-hidden className="size-4 text-good" />
          {t("recovered")}
          <TimeAgo at={incident.recovered_at} className="text-ink-2" />
        </span>
      ) : (
        incident.status !== "CLOSED" && (
          <span className="inline-flex items-center gap-1.5">
            <Flame aria-hidden className="size-4 text-critical" />
            {t("header.violated")}
            <Lasted from={incident.opened_at} className="text-ink-2" />
          </span>
        )
      )}
    </div>
  );
}

/** On a phone: where it stands and the button that moves it on, within reach of the thumb. */
export function StickyBar(actions: Actions) {
  const { t } = useTranslation("incident");
  return (
    <>
      <div aria-hidden className="h-12 md:hidden" />
      <section
        aria-label={t("header.next")}
        className="fixed inset-x-0 bottom-14 z-20 flex h-13 items-center justify-between gap-3 border-t bg-raised px-4 md:hidden"
      >
        <StatusBadge status={actions.incident.status} />
        <MainButton {...actions} />
      </section>
    </>
  );
}
