import type { Change } from "./invalidate.ts";

/** How the page stands to the server. */
export type LiveState =
  | { kind: "connecting" }
  | { kind: "connected"; since: number; lag: number }
  | { kind: "lost"; since: number; retryAt: number };

/** What the stream of `GET /api/live` tells. */
export type LiveEvents = {
  /** Something happened. */
  change: (change: Change) => void;
  /** Points came in for some services. */
  points: () => void;
  /** The stream could not be resumed; everything on the page may be stale. */
  reset: () => void;
  /** The state of the connection turned. */
  state: (state: LiveState) => void;
};

/** The server sends a heartbeat every 10 s; after this silence the connection is taken for dead. */
const SILENCE = 25_000;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;

/** How long to wait before the next attempt: doubles up to 30 s, with jitter so that a crowd does not come at once. */
export function backoff(attempt: number, random: number): number {
  const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** attempt);
  return Math.round(delay * (0.5 + random / 2));
}

/**
 * Follows the server's live stream until it is closed.
 *
 * The browser's own reconnection gives up on an error answer and says nothing of silence, so this reconnects itself:
 * with backoff, from the last position that was seen, and at once when the browser comes back online or into view.
 */
export class LiveConnection {
  #source: EventSource | undefined;
  #position: string | undefined;
  #attempt = 0;
  #state: LiveState = { kind: "connecting" };
  #silence: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #events: LiveEvents;
  readonly #stop = new AbortController();

  constructor(events: LiveEvents) {
    this.#events = events;
    const signal = this.#stop.signal;
    addEventListener("online", () => this.#hurry(), { signal });
    addEventListener("offline", () => this.#lost(), { signal });
    document.addEventListener("visibilitychange", () => !document.hidden && this.#hurry(), { signal });
    this.#connect();
  }

  /** Ends the stream. */
  close(): void {
    this.#stop.abort();
    this.#release();
  }

  /** Tries again at once when the connection is lost. */
  #hurry(): void {
    if (this.#state.kind === "lost") this.#connect();
  }

  #connect(): void {
    this.#release();
    const resume = this.#position === undefined ? "" : `?last_event_id=${this.#position}`;
    const source = new EventSource(`/api/live${resume}`);
    this.#source = source;
    this.#listen();
    source.onerror = () => this.#lost();
    source.addEventListener("hello", (message) => {
      this.#heard(message);
      this.#attempt = 0;
      this.#turn({ kind: "connected", since: Date.now(), lag: 0 });
    });
    source.addEventListener("change", (message) => {
      this.#heard(message);
      this.#events.change(JSON.parse(message.data));
    });
    source.addEventListener("points", (message) => {
      this.#heard(message);
      this.#events.points();
    });
    source.addEventListener("reset", (message) => {
      this.#heard(message);
      this.#events.reset();
    });
    source.addEventListener("heartbeat", (message) => {
      this.#heard(message);
      this.#beat(JSON.parse(message.data));
    });
  }

  #heard(message: MessageEvent): void {
    if (message.lastEventId) this.#position = message.lastEventId;
    this.#listen();
  }

  #beat(heartbeat: { lag?: Record<string, number> }): void {
    const lag = Math.max(0, ...Object.values(heartbeat.lag ?? {}));
    if (this.#state.kind === "connected" && this.#state.lag !== lag) this.#turn({ ...this.#state, lag });
  }

  /** Starts to wait for the next message anew. */
  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lost(), SILENCE);
  }

  #lost(): void {
    if (this.#stop.signal.aborted) return;
    this.#release();
    const delay = backoff(this.#attempt, Math.random());
    this.#attempt += 1;
    this.#retry = setTimeout(() => this.#connect(), delay);
    const since = this.#state.kind === "lost" ? this.#state.since : Date.now();
    this.#turn({ kind: "lost", since, retryAt: Date.now() + delay });
  }

  #release(): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = undefined;
  }

  #turn(state: LiveState): void {
    this.#state = state;
    this.#events.state(state);
  }
}
