import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNow } from "~/lib/now.ts";
import { duration, exactTime, relativeTime, utcTime } from "~/lib/time.ts";
import { Tip } from "./tip.tsx";

/** An instant as "5 min ago", with the exact instant here and in UTC on hover. */
export function TimeAgo({ at, className }: { at: string; className?: string }) {
  const { i18n } = useTranslation();
  const now = useNow();
  const instant = Date.parse(at);
  return (
    <Instant at={at} className={className}>
      {relativeTime(instant, Math.max(now, instant), i18n.language)}
    </Instant>
  );
}

/** How long something has lasted, or lasted until its end. */
export function Lasted({ from, to, className }: { from: string; to?: string | null; className?: string }) {
  const { i18n } = useTranslation();
  const now = useNow();
  const begin = Date.parse(from);
  const end = to ? Date.parse(to) : Math.max(now, begin);
  return (
    <Instant at={from} className={className}>
      {duration(end - begin, i18n.language)}
    </Instant>
  );
}

/** A time with its hint. A list has dozens, so the hint is made when the pointer comes near. */
function Instant({
  at,
  className,
  children,
}: {
  at: string;
  className: string | undefined;
  children: string;
}) {
  const [near, setNear] = useState(false);
  const time = (
    <time dateTime={at} className={className} onPointerEnter={() => setNear(true)}>
      {children}
    </time>
  );
  return near ? <Tip text={<ExactTime instant={Date.parse(at)} />}>{time}</Tip> : time;
}

/** The instant in the viewer's zone and in UTC, in two lines. */
export function ExactTime({ instant }: { instant: number }) {
  const { i18n } = useTranslation();
  return (
    <span className="tabular block">
      <span className="block">{exactTime(instant, i18n.language)}</span>
      <span className="block text-ink-3">{utcTime(instant)}</span>
    </span>
  );
}
