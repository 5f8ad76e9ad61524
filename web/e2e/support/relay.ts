import { connect, createServer, type Server as NetServer, type Socket } from "node:net";
import { freePort } from "./server.ts";

/** Stands between the browser and the server, and can cut the line. */
export class Relay {
  readonly url: string;
  readonly #server: NetServer;
  readonly #sockets = new Set<Socket>();
  #cut = false;

  private constructor(port: number, target: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#server = createServer((inner) => this.#join(inner, target));
  }

  /** Starts to pass bytes on to a server. */
  static async start(targetUrl: string): Promise<Relay> {
    const port = await freePort();
    const relay = new Relay(port, Number(new URL(targetUrl).port));
    await new Promise<void>((resolve) => relay.#server.listen(port, "127.0.0.1", resolve));
    return relay;
  }

  /** Ends all connections and takes no new ones. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Lets bytes pass again. */
  restore(): void {
    this.#cut = false;
  }

  /** Ends the relay. */
  stop(): void {
    this.cut();
    this.#server.close();
  }

  #join(inner: Socket, target: number): void {
    if (this.#cut) {
      inner.destroy();
      return;
    }
    const outer = connect(target, "127.0.0.1");
    for (const [socket, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      this.#sockets.add(socket);
      socket.pipe(other);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
