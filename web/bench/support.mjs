import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const binary =
  process.env.TRACELY_BIN ?? fileURLToPath(new URL("../../target/release/tracely", import.meta.url));

/** Starts a server on a fresh data directory, works with it, and takes both away. */
export async function withServer(work) {
  const directory = await mkdtemp(join(tmpdir(), "tracely-bench-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = { HOST: "127.0.0.1", PORT: String(port), TRACELY_DATA_DIR: join(directory, "data") };
  const server = spawn(binary, ["serve"], { env: { ...process.env, ...environment }, stdio: "ignore" });
  try {
    await until(
      () =>
        fetch(`${url}/readyz`).then(
          (answer) => answer.ok,
          () => false,
        ),
      "the server is ready",
      15,
    );
    await work({ url, directory, call: (method, path, body) => call(url, method, path, body) });
  } finally {
    server.kill("SIGTERM");
    await new Promise((resolve) => server.once("exit", resolve));
    await rm(directory, { recursive: true, force: true });
  }
}

/** Starts Chromium without anything that talks to the network by itself. */
export function launch(...more) {
  return chromium.launch({
    executablePath: process.env.TRACELY_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-sync",
      ...more,
    ],
  });
}

/** Asks again and again until something holds. */
export async function until(holds, what, seconds) {
  const end = Date.now() + seconds * 1_000;
  while (Date.now() < end) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`it did not come to pass that ${what}`);
}

/** Calls the API; what it cannot do right now is sent again, as it asks for. */
async function call(url, method, path, body, attempts = 60) {
  const answer = await fetch(`${url}/api${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (answer.status === 503 && attempts > 1) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return call(url, method, path, body, attempts - 1);
  }
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const found = probe.address().port;
      probe.close(() => resolve(found));
    });
  });
}
