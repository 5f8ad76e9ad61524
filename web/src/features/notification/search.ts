import * as v from "valibot";
import type { Schemas } from "~/api/client.ts";
import { flag, listSchema } from "~/lib/list-search.ts";
import { ids, someOf } from "~/lib/search.ts";
import { severities } from "~/ui/severity.tsx";

/** What a notification can tell, in the order of an incident's life. */
export const kinds: readonly Schemas["NotificationKind"][] = [
  "OPENED",
  "ACKNOWLEDGED",
  "RECOVERED",
  "CLOSED",
  "REOPENED",
  "TRANSFERRED",
];

/** How many notifications a page has when the URL says nothing. */
export const PAGE_SIZE = 20;

/** What the URL of the inbox holds. */
export const inboxSchema = v.object({
  department_id: ids(),
  kind: someOf(kinds),
  severity: someOf(severities),
  unread: flag,
  ...listSchema,
  /** The notification that is shown beside the list. */
  selected: v.optional(v.fallback(v.optional(v.pipe(v.string(), v.uuid())), undefined)),
});

/** The state of the inbox. */
export type InboxSearch = v.InferOutput<typeof inboxSchema>;

/** What the inbox asks the server for. */
export function inboxParams(search: InboxSearch) {
  const { selected: _, unread, ...filters } = search;
  return {
    ...filters,
    ...(unread ? { is_read: false } : {}),
    limit: search.limit ?? PAGE_SIZE,
    offset: search.offset ?? 0,
  };
}

/** Whether the inbox is narrowed down. */
export function isFiltered({ department_id, kind, severity, unread, search }: InboxSearch): boolean {
  return [department_id, kind, severity, unread, search].some((filter) => filter !== undefined);
}

/** The one to go to from the selected notification by so many steps; the first when none is selected. */
export function stepFrom(
  ids: readonly string[],
  selected: string | undefined,
  step: number,
): string | undefined {
  const index = selected === undefined ? -1 : ids.indexOf(selected);
  if (index < 0) return ids[0];
  return ids[Math.max(0, Math.min(ids.length - 1, index + step))];
}

/** Which notification is selected when one leaves the list: the next, or at the end the one before. */
export function selectedWithout(ids: readonly string[], leaving: string): string | undefined {
  const index = ids.indexOf(leaving);
  return ids[index + 1] ?? ids[index - 1];
}
