import { useInfiniteQuery } from "@tanstack/react-query";
import {
  ArrowRightLeft,
  Check,
  CircleCheck,
  CircleCheckBig,
  Flame,
  Gauge,
  type LucideIcon,
  MessageSquareX,
  RotateCcw,
  Siren,
  Undo2,
  UserRound,
} from "lucide-react";
import { type Ref, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { commentsQuery, eventsQuery } from "~/api/queries/incidents.ts";
import { cx } from "~/lib/class.ts";
import { Button } from "~/ui/button.tsx";
import { Card } from "~/ui/card.tsx";
import { Failure, Skeleton } from "~/ui/state.tsx";
import { TimeAgo } from "~/ui/time.tsx";
import { CommentBox } from "./comment.tsx";
import { Composer } from "./composer.tsx";
import { useEventText } from "./event-text.ts";
import type { Metric } from "./sentence.ts";
import { type Group, grouped, instantOf, mergeStream, telling } from "./stream.ts";
import { stepName } from "./use-change.ts";

type Event = Schemas["TimelineEvent"];
type Props = { id: string; incident: Schemas["Incident"]; metric: Metric };

/** History and comments in one stream, newest last, with the composer at its end. */
export function StreamCard({
  id,
  incident,
  metric,
  composer,
}: Props & { composer: Ref<HTMLTextAreaElement> }) {
  const { t } = useTranslation("incident");
  const events = useInfiniteQuery(eventsQuery(id));
  const comments = useInfiniteQuery(commentsQuery(id));
  const failed = events.error ?? comments.error;
  const more = events.hasNextPage;
  // As many pages of each, so that every comment of the history shown is there.
  const loadMore = () => {
    events.fetchNextPage();
    if (comments.hasNextPage) comments.fetchNextPage();
  };
  const entries =
    events.data && comments.data
      ? mergeStream(
          events.data.pages.flatMap((page) => page.data),
          comments.data.pages.flatMap((page) => page.data),
          more,
        )
      : undefined;
  return (
    <Card title={t("stream.title")}>
      {more && (
        <div className="mb-3 flex justify-center">
          <Button size="sm" onClick={loadMore} disabled={events.isFetchingNextPage}>
            {t("stream.earlier")}
          </Button>
        </div>
      )}
      {!entries && failed && (
        <Failure
          error={failed}
          onRetry={() => {
            events.refetch();
            comments.refetch();
          }}
        />
      )}
      {!entries && !failed && <StreamSkeleton />}
      {entries && (
        <Stream {...{ incident, metric }} latest={entries.map(instantOf)} groups={grouped(entries)} />
      )}
      <Composer incident={incident} ref={composer} />
    </Card>
  );
}

function Stream({
  incident,
  metric,
  groups,
  latest,
}: Omit<Props, "id"> & { groups: Group[]; latest: number[] }) {
  const { t } = useTranslation("incident");
  const text = useEventText(incident, metric);
  // What comes after the stream was first shown is highlighted when it appears.
  const [seen] = useState(() => Math.max(0, ...latest));
  const isFresh = (at: string) => Date.parse(at) > seen;
  return (
    <ol
      aria-label={t("stream.title")}
      className="relative flex flex-col gap-3 before:absolute before:top-2 before:bottom-2 before:left-3 before:w-px before:bg-line"
    >
      {groups.map((group) => {
        if (group.kind === "comment") {
          return (
            <li key={group.id} id={`entry-${group.id}`} className="relative scroll-mt-16">
              <CommentBox comment={group.comment} fresh={isFresh(group.comment.created_at)} />
            </li>
          );
        }
        if (group.kind === "folded") return <Folded key={group.id} events={group.events} text={text} />;
        const [first] = group.events;
        if (!first) return null;
        return (
          <li
            key={group.id}
            id={`entry-${group.id}`}
            className={cx("scroll-mt-16", isFresh(group.at) && "appear")}
          >
            <Line event={first}>
              {group.actor !== null && <b className="font-medium">{group.actor} </b>}
              {telling(group.events).map(text).join(", ")}
            </Line>
          </li>
        );
      })}
    </ol>
  );
}

function Line({ event, children }: { event: Event; children: React.ReactNode }) {
  const { icon: Icon, look } = iconOf(event);
  return (
    <div className="relative flex items-start gap-3 text-sm">
      <span className="z-1 grid size-6 shrink-0 place-items-center rounded-full border bg-surface">
        <Icon aria-hidden className={cx("size-3.5", look)} />
      </span>
      <p className="foreign min-w-0 flex-1 pt-0.5">
        {children} <TimeAgo at={event.created_at} className="whitespace-nowrap text-ink-3 text-xs" />
      </p>
    </div>
  );
}

/** Many turns of recovering and failing again, told by their number until somebody wants to see them. */
function Folded({ events, text }: { events: Event[]; text: (event: Event) => string }) {
  const { t } = useTranslation("incident");
  const [open, setOpen] = useState(false);
  const [first] = events;
  if (!first) return null;
  if (open) {
    return events.map((event) => (
      <li key={event.id}>
        <Line event={event}>{text(event)}</Line>
      </li>
    ));
  }
  return (
    <li>
      <Line event={first}>
        {t("stream.folded", { count: events.length })}{" "}
        <Button size="sm" look="ghost" onClick={() => setOpen(true)}>
          {t("stream.unfold")}
        </Button>
      </Line>
    </li>
  );
}

function iconOf({ kind, old_value, new_value }: Event): { icon: LucideIcon; look: string } {
  const quiet = "text-ink-2";
  switch (kind) {
    case "CREATED":
      return { icon: Siren, look: "text-critical" };
    case "RECOVERED":
      return { icon: CircleCheck, look: "text-good" };
    case "VIOLATED_AGAIN":
      return { icon: Flame, look: "text-critical" };
    case "ASSIGNED":
      return { icon: UserRound, look: quiet };
    case "SEVERITY_CHANGED":
      return { icon: Gauge, look: quiet };
    case "DEPARTMENT_CHANGED":
      return { icon: ArrowRightLeft, look: quiet };
    case "STATUS_CHANGED":
      return {
        icon: { acknowledged: Check, closed: CircleCheckBig, reopened: RotateCcw, released: Undo2 }[
          stepName(old_value, new_value)
        ],
        look: "text-accent",
      };
    default:
      return { icon: MessageSquareX, look: quiet };
  }
}

function StreamSkeleton() {
  return (
    <div className="flex flex-col gap-3">
      <Skeleton className="h-6 w-3/4" />
      <Skeleton className="h-6 w-1/2" />
      <Skeleton className="h-20 w-full" />
    </div>
  );
}
