import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const binary =
  process.env.TRACELY_BIN ?? fileURLToPath(new URL("../../../target/debug/tracely", import.meta.url));

/** Without the service that is the server itself: its own latency may violate the rules of a test. */
export const quiet = { TRACELY_SELF_MONITORING: "off" };

/** A real Tracely on a fresh data directory. */
export class Server {
  readonly url: string;
  readonly #port: number;
  readonly #directory: string;
  readonly #settings: Record<string, string>;
  #process: ChildProcess | undefined;
  #log = "";

  private constructor(port: number, directory: string, settings: Record<string, string>) {
    this.#settings = settings;
    this.#port = port;
    this.#directory = directory;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** The file of its database. */
  get database(): string {
    return join(this.#directory, "data", "tracely.db");
  }

  /** Starts a server and waits until it answers. */
  static async start(settings: Record<string, string> = {}): Promise<Server> {
    const server = new Server(await freePort(), await mkdtemp(join(tmpdir(), "tracely-e2e-")), settings);
    await server.begin();
    return server;
  }

  /** Starts the process again after `end`, on the same port and data. */
  async begin(): Promise<void> {
    const environment = {
      ...process.env,
      ...this.#settings,
      HOST: "127.0.0.1",
      PORT: String(this.#port),
      TRACELY_DATA_DIR: join(this.#directory, "data"),
    };
    const child = spawn(binary, ["serve"], { env: environment, stdio: ["ignore", "ignore", "pipe"] });
    this.#process = child;
    child.stderr?.on("data", (text) => {
      this.#log += text;
    });
    for (let attempt = 0; attempt < 400; attempt += 1) {
      if (child.exitCode !== null) throw new Error(`tracely ended at once:\n${this.#log}`);
      const answer = await fetch(`${this.url}/readyz`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`tracely did not become ready:\n${this.#log}`);
  }

  /** Ends the process and keeps its data. */
  async end(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await gone;
  }

  /** Ends the process and removes its data. */
  async stop(): Promise<void> {
    await this.end();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Calls the API; fails loudly when it refuses. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, looked into by tests only
  async call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<any> {
    const answer = await fetch(`${this.url}/api${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  /** Waits until an answer of the API is as wished: rules are judged a moment after the point. */
  async until<T>(path: string, wished: (answer: { data: T[]; meta: { total: number } }) => boolean) {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const answer = await this.call("GET", path);
      if (wished(answer)) return answer as { data: T[]; meta: { total: number } };
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`${path} did not become as wished`);
  }
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === "object" ? resolve(address.port) : reject()));
    });
  });
}

/** The licence of axe-core lets it be loaded into the page from the installed package. */
export const axeSource = () =>
  readFile(fileURLToPath(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url)), "utf8");
