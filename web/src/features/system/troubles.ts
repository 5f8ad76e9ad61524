import type { System } from "~/api/queries/system.ts";

/** Entries a worker may be behind before it is worth a word. */
export const BEHIND = 1_000;

/** What may fail by name, and has words of its own. */
export const knownFailing = [
  "evaluator",
  "dispatcher",
  "indexer",
  "elastic",
  "retention",
  "live",
  "points",
  "clock",
  "snapshots",
] as const;

/** What has words of its own, or `other`. */
type Failing = (typeof knownFailing)[number] | "other";

/** Something that an operator should know of. */
export type Trouble =
  | { kind: "failing"; words: Failing; who: string; since: string; error: string }
  | { kind: "cluster"; error: string }
  | { kind: "behind"; seconds: number }
  | { kind: "segmentsOnly"; points: number; from: string; to: string }
  | { kind: "broken"; count: number }
  | { kind: "parked"; count: number }
  | { kind: "lag"; worker: string; lag: number };

/**
 * What is wrong, the worst first: what is not stored, then what does not happen, what cannot be seen, what was left
 * behind. A trouble that follows from another one is not told again.
 */
export function troublesOf({ failing, analytics, parked, consumers }: System): Trouble[] {
  const fails = new Set(failing.map((each) => each.who));
  const { cluster } = analytics;
  const order = (who: string) => {
    const place = ["points", "evaluator", "dispatcher"].indexOf(who);
    return place < 0 ? 3 : place;
  };
  const first = [...failing].sort((a, b) => order(a.who) - order(b.who));
  return [
    ...first.map(({ who, since, error }): Trouble => {
      const words = knownFailing.find((each) => each === who) ?? "other";
      return { kind: "failing", words, who, since, error };
    }),
    ...(cluster?.error && !fails.has("elastic") ? [{ kind: "cluster", error: cluster.error } as const] : []),
    ...(cluster?.behind_seconds ? [{ kind: "behind", seconds: cluster.behind_seconds } as const] : []),
    ...(cluster?.segments_only ? [{ kind: "segmentsOnly", ...cluster.segments_only } as const] : []),
    ...(analytics.broken.length > 0 ? [{ kind: "broken", count: analytics.broken.length } as const] : []),
    ...(parked.length > 0 ? [{ kind: "parked", count: positionsOf(parked).length } as const] : []),
    ...consumers
      .filter(({ name, lag }) => lag > BEHIND && !fails.has(name))
      .map(({ name, lag }): Trouble => ({ kind: "lag", worker: name, lag })),
  ];
}

/** How a worker gets on. */
export type WorkerState = "ok" | "working" | "behind" | "fails";

/** How a worker gets on: that it fails says more than how far it is behind. */
export function workerState(name: string, lag: number, failing: System["failing"]): WorkerState {
  if (failing.some((each) => each.who === name)) return "fails";
  if (lag > BEHIND) return "behind";
  return lag > 0 ? "working" : "ok";
}

/** A parked entry with every worker that left it behind. */
export type ParkedEntry = {
  position: number;
  created_at: string;
  by: { worker: string; error: string }[];
  /** Whether some worker takes it up again; the evaluator does not. */
  retries: boolean;
};

/** The parked entries, newest first, those that several workers left behind once. */
export function positionsOf(parked: System["parked"]): ParkedEntry[] {
  const entries = new Map<number, ParkedEntry>();
  for (const { position, consumer, error, created_at } of parked) {
    const entry = entries.get(position) ?? { position, created_at, by: [], retries: false };
    entry.by.push({ worker: consumer, error });
    entry.retries ||= consumer !== "evaluator";
    entries.set(position, entry);
  }
  return [...entries.values()];
}
