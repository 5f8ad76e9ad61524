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
    <Tip text={<ExactTime instant={instant} />}>
      <time dateTime={at} className={className}>
        {relativeTime(instant, Math.max(now, instant), i18n.language)}
      </time>
    </Tip>
  );
}

/** How long something has lasted, or lasted until its end. */
export function Lasted({ from, to, className }: { from: string; to?: string | null; className?: string }) {
  const { i18n } = useTranslation();
  const now = useNow();
  const begin = Date.parse(from);
  const end = to ? Date.parse(to) : Math.max(now, begin);
  return (
    <Tip text={<ExactTime instant={begin} />}>
      <time dateTime={from} className={className}>
        {duration(end - begin, i18n.language)}
      </time>
    </Tip>
  );
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
