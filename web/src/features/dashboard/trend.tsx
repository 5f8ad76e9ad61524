import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { useNow } from "~/lib/now.ts";
import { whole } from "~/lib/number.ts";
import { clockTime } from "~/lib/time.ts";

/** Opened and closed incidents by parts of the range: small bars to see, a table to hear. */
export function Trend({ buckets, width }: { buckets: Schemas["TrendBucket"][]; width: number }) {
  const { t, i18n } = useTranslation("dashboard");
  const now = useNow();
  const language = i18n.language;
  const most = Math.max(0, ...buckets.flatMap((bucket) => [bucket.opened, bucket.closed]));
  const time = (instant: number) => clockTime(instant, now, language);
  const first = buckets[0];
  const last = buckets.at(-1);
  if (most === 0 || !first || !last) return <p className="text-ink-3 text-sm">{t("trend.none")}</p>;
  return (
    <figure aria-label={t("trend.label")}>
      <figcaption className="mb-2 flex items-center gap-4 text-ink-2 text-xs" aria-hidden>
        <Key look="bg-accent" text={t("trend.opened")} />
        <Key look="bg-line-strong" text={t("trend.closed")} />
        <span className="tabular ml-auto text-ink-3">{whole(most, language)}</span>
      </figcaption>
      <div aria-hidden className="flex h-16 items-end border-b">
        {buckets.map((bucket) => {
          const start = Date.parse(bucket.start);
          const words = `${time(start)} – ${time(start + width)}\n${t("trend.opened")}: ${bucket.opened}\n${t("trend.closed")}: ${bucket.closed}`;
          return (
            <span
              key={bucket.start}
              title={words}
              className="flex h-full min-w-0 flex-1 items-end justify-center gap-px px-px hover:bg-hover"
            >
              <Bar look="bg-accent" share={bucket.opened / most} />
              <Bar look="bg-line-strong" share={bucket.closed / most} />
            </span>
          );
        })}
      </div>
      <div aria-hidden className="tabular mt-1 flex justify-between text-ink-3 text-xs">
        <span>{time(Date.parse(first.start))}</span>
        <span>{time(Date.parse(last.start) + width)}</span>
      </div>
      <div className="sr-only">
        <table>
          <caption>{t("trend.label")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("trend.from")}</th>
              <th scope="col">{t("trend.opened")}</th>
              <th scope="col">{t("trend.closed")}</th>
            </tr>
          </thead>
          <tbody>
            {buckets.map((bucket) => (
              <tr key={bucket.start}>
                <th scope="row">{time(Date.parse(bucket.start))}</th>
                <td>{bucket.opened}</td>
                <td>{bucket.closed}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

function Key({ look, text }: { look: string; text: string }) {
  return (
    <span className="flex items-center gap-1.5">
      <span className={`size-2 rounded-[2px] ${look}`} />
      {text}
    </span>
  );
}

/** A bar of at least two pixels, so that one incident among hundreds is still seen. */
function Bar({ look, share }: { look: string; share: number }) {
  return (
    <span
      className={`max-w-2 flex-1 rounded-t-[2px] ${share > 0 ? "min-h-0.5" : ""} ${look}`}
      style={{ height: `${share * 100}%` }}
    />
  );
}
