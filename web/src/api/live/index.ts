import { type QueryClient, type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { LiveConnection, type LiveState } from "./connection.ts";
import { type Change, distinct, staleAfter, staleAfterPoints } from "./invalidate.ts";

export type { LiveState } from "./connection.ts";
export type { Change } from "./invalidate.ts";

/** Changes that come together are answered by one round of requests. */
const GATHER = 120;
/** Points stream in all the time; what shows them is fetched at most this often. */
const POINTS_EVERY = 5_000;

let state: LiveState = { kind: "connecting" };
const stateListeners = new Set<() => void>();
const changeListeners = new Set<(change: Change) => void>();

function turn(next: LiveState): void {
  state = next;
  for (const listener of stateListeners) listener();
}

function subscribe(listener: () => void): () => void {
  stateListeners.add(listener);
  return () => stateListeners.delete(listener);
}

/** The state of the connection, followed. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(subscribe, () => state);
}

/** Calls for each change as it happens; returns what ends it. */
export function onChange(listener: (change: Change) => void): () => void {
  changeListeners.add(listener);
  return () => changeListeners.delete(listener);
}

/** Keeps the query cache true to the server while the component is mounted; belongs at the root, once. */
export function useLive(): void {
  const client = useQueryClient();
  useEffect(() => follow(client), [client]);
}

function follow(client: QueryClient): () => void {
  let stale: QueryKey[] = [];
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let pointsTimer: ReturnType<typeof setTimeout> | undefined;

  const flush = () => {
    gathering = undefined;
    for (const queryKey of distinct(stale)) client.invalidateQueries({ queryKey });
    stale = [];
  };
  const gather = (keys: QueryKey[]) => {
    stale.push(...keys);
    gathering ??= setTimeout(flush, GATHER);
  };
  const connection = new LiveConnection({
    state: turn,
    change(change) {
      gather(staleAfter(change));
      for (const listener of changeListeners) listener(change);
    },
    points() {
      pointsTimer ??= setTimeout(() => {
        pointsTimer = undefined;
        if (!document.hidden) gather(staleAfterPoints());
      }, POINTS_EVERY);
    },
    reset() {
      client.invalidateQueries();
    },
  });
  return () => {
    clearTimeout(gathering);
    clearTimeout(pointsTimer);
    connection.close();
  };
}
