import { OctagonAlert, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNow } from "~/lib/now.ts";
import { whole } from "~/lib/number.ts";
import { clockTime, duration, SECOND } from "~/lib/time.ts";
import type { Trouble } from "./troubles.ts";
import { useWorkerName } from "./worker-name.ts";

/** What is wrong, each with what it means, since when, and what the server says of it. */
export function TroubleList({ troubles }: { troubles: readonly Trouble[] }) {
  if (troubles.length === 0) return null;
  return (
    <ul className="flex flex-col gap-2">
      {troubles.map((trouble) => (
        <TroubleItem
          key={JSON.stringify([trouble.kind, "who" in trouble && trouble.who])}
          trouble={trouble}
        />
      ))}
    </ul>
  );
}

function TroubleItem({ trouble }: { trouble: Trouble }) {
  const { t, i18n } = useTranslation("system");
  const nameOf = useWorkerName();
  switch (trouble.kind) {
    case "failing":
      return (
        <Item
          bad
          title={t(`failing.title.${trouble.words}`, { who: trouble.who })}
          since={trouble.since}
          meaning={t(`failing.meaning.${trouble.words}`)}
          reason={trouble.error}
        />
      );
    case "cluster":
      return <Item bad title={t("clusterTrouble")} meaning={t("clusterMeaning")} reason={trouble.error} />;
    case "behind": {
      const behind = duration(trouble.seconds * SECOND, i18n.language);
      return <Item title={t("behindTrouble", { duration: behind })} meaning={t("behindMeaning")} />;
    }
    case "segmentsOnly": {
      const points = whole(trouble.points, i18n.language);
      const [from, to] = [trouble.from, trouble.to].map((day) => day.slice(0, 10));
      return (
        <Item
          title={t("segmentsOnlyTrouble", { points })}
          meaning={t("segmentsOnlyMeaning", { from, to, command: "tracely reindex" })}
        />
      );
    }
    case "broken":
      return <Item title={t("brokenTrouble", { count: trouble.count })} meaning={t("brokenMeaning")} />;
    case "parked":
      return <Item title={t("parkedTrouble", { count: trouble.count })} meaning={t("parkedMeaning")} />;
    case "lag": {
      const lag = whole(trouble.lag, i18n.language);
      const worker = nameOf(trouble.worker);
      return <Item title={t("lagTrouble", { worker, lag })} meaning={t("lagMeaning")} />;
    }
  }
}

function Item({
  bad = false,
  title,
  since,
  meaning,
  reason,
}: {
  /** Whether something does not happen that should. */
  bad?: boolean;
  title: ReactNode;
  since?: string;
  meaning: string;
  /** What the server says, in its own words. */
  reason?: string;
}) {
  const { t, i18n } = useTranslation("system");
  const now = useNow();
  const begin = since ? Date.parse(since) : now;
  return (
    <li className="flex items-start gap-3 rounded-lg border bg-surface px-4 py-3">
      {bad ? (
        <OctagonAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-critical" />
      ) : (
        <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-high" />
      )}
      <div className="min-w-0 flex-1">
        <p className="foreign font-medium">
          {title}
          {since && (
            <span className="tabular ml-2 font-normal text-ink-2 text-sm">
              {t("since", {
                duration: duration(Math.max(0, now - begin), i18n.language),
                time: clockTime(begin, now, i18n.language),
              })}
            </span>
          )}
        </p>
        <p className="text-ink-2 text-sm">{meaning}</p>
        {reason && (
          <p className="mt-1 text-sm">
            <span className="text-ink-3">{t("reason")}</span> <span className="foreign">{reason}</span>
          </p>
        )}
      </div>
    </li>
  );
}
