import { useSyncExternalStore } from "react";

let badge = 0;
const listeners = new Set<() => void>();

/** Sets the number before the title of the tab: how many notifications are unread. */
export function setBadge(count: number): void {
  if (count === badge) return;
  badge = count;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The number before the title of the tab, followed. */
export function useBadge(): number {
  return useSyncExternalStore(subscribe, () => badge);
}
