import { Link } from "@tanstack/react-router";
import { Mail, MailOpen } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { cx } from "~/lib/class.ts";
import { IconButton } from "~/ui/button.tsx";
import { SeverityBadge } from "~/ui/severity.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { Kind } from "./kind.tsx";

type Notification = Schemas["Notification"];

/** Where the row of a notification takes the focus. */
export const rowId = (id: string) => `notification-${id}`;

/** A notification in the list. Where there is room it is selected, else it leads to its incident. */
export function Row({
  notification,
  department,
  selected,
  onSelect,
  onOpen,
  onMark,
}: {
  notification: Notification;
  department: string | undefined;
  selected: boolean;
  /** Given when the incident is shown beside the list. */
  onSelect: (() => void) | undefined;
  /** Called when the row leads to the incident. */
  onOpen: () => void;
  onMark: (read: boolean) => void;
}) {
  const { t } = useTranslation("notification");
  const { id, is_read: read } = notification;
  const className = "flex min-w-0 flex-1 gap-2.5 py-2.5 pl-4 text-left -outline-offset-2";
  const content = <Content notification={notification} department={department} />;
  return (
    <li
      className={cx(
        "group relative flex items-start gap-1 pr-2 hover:bg-hover",
        selected && "bg-accent-soft shadow-[inset_3px_0_0_var(--accent)] hover:bg-accent-soft",
      )}
    >
      {onSelect ? (
        <button type="button" id={rowId(id)} aria-pressed={selected} onClick={onSelect} className={className}>
          {content}
        </button>
      ) : (
        <Link
          id={rowId(id)}
          to="/incidents/$key"
          params={{ key: notification.incident_key }}
          onClick={onOpen}
          className={className}
        >
          {content}
        </Link>
      )}
      <IconButton
        size="sm"
        className="relative mt-2"
        label={t(read ? "markUnread" : "markRead")}
        onClick={() => onMark(!read)}
      >
        {read ? <Mail aria-hidden /> : <MailOpen aria-hidden />}
      </IconButton>
    </li>
  );
}

function Content({
  notification,
  department,
}: {
  notification: Notification;
  department: string | undefined;
}) {
  const { t } = useTranslation("notification");
  const { is_read: read, severity, kind, message, created_at } = notification;
  return (
    <>
      <span className="flex w-2 shrink-0 justify-center pt-1.5">
        {!read && (
          <span className="size-2 rounded-full bg-accent">
            <span className="sr-only">{t("unread")}</span>
          </span>
        )}
      </span>
      <span className="flex min-w-0 flex-1 flex-col gap-1">
        <span
          title={message.length > 200 ? message.slice(0, 1_000) : undefined}
          className={cx("foreign line-clamp-2 text-sm", read ? "text-ink-2" : "font-medium text-ink")}
        >
          {message}
        </span>
        <span className="flex flex-wrap items-center gap-x-3 gap-y-0.5 text-ink-2 text-sm">
          <SeverityBadge severity={severity} quiet />
          <Kind kind={kind} />
          <span className="foreign min-w-0 max-w-48 truncate" title={department}>
            {department}
          </span>
          <TimeAgo at={created_at} className="ml-auto whitespace-nowrap" />
        </span>
      </span>
    </>
  );
}
