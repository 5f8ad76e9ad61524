import type { Schemas } from "~/api/client.ts";

type Event = Schemas["TimelineEvent"];
type Comment = Schemas["Comment"];

/** What the stream of an incident shows: something that happened, or a comment. */
export type Entry = { kind: "event"; event: Event } | { kind: "comment"; comment: Comment };

/**
 * Puts the history and the comments into one stream, oldest first. A comment stands where the history says that it
 * was added, since the order of the history is fixed by a number and not by a clock. Both come newest first; with
 * `more` there is older history that is not loaded, and comments from then wait for it.
 */
export function mergeStream(events: readonly Event[], comments: readonly Comment[], more: boolean): Entry[] {
  const waiting = new Map(comments.map((comment) => [comment.id, comment]));
  const history = [...new Map(events.map((event) => [event.id, event])).values()].reverse();
  const entries = history.flatMap((event): Entry[] => {
    if (event.kind !== "COMMENT_ADDED") return [{ kind: "event", event }];
    const comment = waiting.get(event.new_value ?? "");
    waiting.delete(event.new_value ?? "");
    return comment ? [{ kind: "comment", comment }] : [];
  });
  const begin = history[0]?.created_at ?? "";
  for (const comment of [...waiting.values()].reverse()) {
    if (more && Date.parse(comment.created_at) < Date.parse(begin)) continue;
    const index = entries.findIndex((entry) => instantOf(entry) > Date.parse(comment.created_at));
    entries.splice(index < 0 ? entries.length : index, 0, { kind: "comment", comment });
  }
  return entries;
}

/** When an entry happened, in milliseconds since the epoch. */
export function instantOf(entry: Entry): number {
  return Date.parse(entry.kind === "event" ? entry.event.created_at : entry.comment.created_at);
}

/** Entries that are shown as one: what a person did at once, or recovering and failing again many times over. */
export type Group =
  | { kind: "comment"; id: string; comment: Comment }
  | { kind: "step"; id: string; actor: string | null; at: string; events: Event[] }
  | { kind: "folded"; id: string; events: Event[] };

/** What one person did within this time is one step. */
const AT_ONCE = 5_000;
/** From so many turns on, all but the last ones are folded. */
const MANY = 6;
const KEPT = 2;

/** Groups the stream for showing. */
export function grouped(entries: readonly Entry[]): Group[] {
  const groups: Group[] = [];
  let turns: Event[] = [];
  const endTurns = () => {
    const folded = turns.length >= MANY ? turns.slice(0, -KEPT) : [];
    const [first] = folded;
    if (first) groups.push({ kind: "folded", id: first.id, events: folded });
    for (const event of turns.slice(folded.length)) groups.push(stepOf(event));
    turns = [];
  };
  for (const entry of entries) {
    if (entry.kind === "event" && isTurn(entry.event)) {
      turns.push(entry.event);
      continue;
    }
    endTurns();
    if (entry.kind === "comment") {
      groups.push({ kind: "comment", id: entry.comment.id, comment: entry.comment });
      continue;
    }
    const { event } = entry;
    const last = groups.at(-1);
    const joins =
      last?.kind === "step" &&
      event.actor != null &&
      last.actor === event.actor &&
      Date.parse(event.created_at) - Date.parse(last.at) <= AT_ONCE;
    if (joins) last.events.push(event);
    else groups.push(stepOf(event));
  }
  endTurns();
  return groups;
}

function isTurn(event: Event): boolean {
  return event.kind === "RECOVERED" || event.kind === "VIOLATED_AGAIN";
}

function stepOf(event: Event): Group {
  return { kind: "step", id: event.id, actor: event.actor ?? null, at: event.created_at, events: [event] };
}

/** The entries of a step that say something: whoever acknowledges takes it on, whoever releases gives it back. */
export function telling(events: readonly Event[]): Event[] {
  const acknowledged = events.some(
    (event) => event.kind === "STATUS_CHANGED" && event.new_value === "IN_PROGRESS",
  );
  const released = events.some(
    (event) => event.kind === "STATUS_CHANGED" && event.old_value === "IN_PROGRESS",
  );
  return events.filter(({ kind, actor, old_value, new_value }) => {
    if (kind !== "ASSIGNED") return true;
    if (acknowledged && new_value === actor) return false;
    return !(released && !new_value && old_value === actor);
  });
}
