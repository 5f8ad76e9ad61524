import { CircleAlert, CloudOff, SearchX } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "~/lib/class.ts";
import { Button } from "./button.tsx";

/** A part of the page that has nothing to show yet and teaches the next step. */
export function Empty({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-12 text-center">
      <div aria-hidden className="text-ink-3 [&_svg]:size-7">
        {icon ?? <SearchX />}
      </div>
      <p className="font-semibold">{title}</p>
      {children && <div className="max-w-xl text-ink-2 text-sm">{children}</div>}
      {action && <div className="mt-2 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

/** A part of the page that could not be loaded, with a way out. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const status = error && typeof error === "object" && "status" in error ? Number(error.status) : undefined;
  const offline = status === 0;
  const text = offline
    ? t("state.offline")
    : error instanceof Error && error.message && status !== 500
      ? error.message
      : t("state.serverError");
  return (
    <div role="alert" className="flex flex-col items-center gap-2 px-6 py-12 text-center">
      <div aria-hidden className="text-high [&_svg]:size-7">
        {offline ? <CloudOff /> : <CircleAlert />}
      </div>
      <p className="font-semibold">{t("state.errorTitle")}</p>
      <p className="foreign max-w-xl text-ink-2 text-sm">{text}</p>
      {onRetry && (
        <Button className="mt-2" onClick={onRetry}>
          {t("action.retry")}
        </Button>
      )}
    </div>
  );
}

/** A grey bar in the shape of what will be there. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cx("animate-pulse rounded-sm bg-hover", className)} />;
}

/** A command to copy, e.g. the curl line that sends the first point. */
export function Snippet({ code, label }: { code: string; label: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(code);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <div className="my-3 flex items-start gap-2 rounded-md border bg-sunken p-2 text-left">
      <pre
        role="region"
        aria-label={label}
        tabIndex={0}
        className="min-w-0 flex-1 overflow-x-auto p-1 text-ink text-xs"
      >
        <code>{code}</code>
      </pre>
      <Button size="sm" onClick={copy} aria-live="polite">
        {copied ? t("action.copied") : t("action.copy")}
      </Button>
    </div>
  );
}
