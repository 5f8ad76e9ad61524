// Measures what the web app promises, against a server with 100 000 incidents and 1 000 services.
//
//   make bench-web            fills a fresh server, then measures; some minutes
//
// What is measured and how the figures are meant is told in bench/REPORT.md. The server is the release binary on a
// fresh data directory, the browser is Chromium on the same machine, driven by playwright-core.
import { readFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { launch, until, withServer } from "./support.mjs";

const SERVICES = 1_000;
const RULES = 100;
const RUNS = 5;
const METRIC_TYPES = ["LATENCY_MS", "PACKET_LOSS", "ERROR_RATE", "BUFFER_RATIO"];

// A server that is filled already may be named, to measure again without filling.
if (process.env.TRACELY_URL) await measure({ url: process.env.TRACELY_URL, directory: tmpdir() });
else
  await withServer(async (server) => {
    await fill(server);
    await measure(server);
  });

/** Makes the services, the rules, an incident of each rule for each service, and a day of points. */
async function fill({ call }) {
  const department = (await call("POST", "/departments", { name: "Operations" })).data.id;
  const severities = ["LOW", "MEDIUM", "HIGH", "CRITICAL"];
  for (let index = 0; index < RULES; index += 1) {
    await call("POST", "/rules", {
      name: `Latency over ${100 + index} ms`,
      metric_type: "LATENCY_MS",
      operator: ">",
      threshold: 100 + index,
      severity: severities[index % 4],
      department_id: department,
    });
  }
  const keys = [];
  await crowd(Array.from({ length: SERVICES }), 8, async (_, index) => {
    const service = (await call("POST", "/services", { name: `Service ${String(index).padStart(4, "0")}` }))
      .data;
    keys[index] = service.key;
  });
  const now = Date.now();
  await send(
    call,
    keys.map((service) => point(service, "LATENCY_MS", 500, now - 3_600_000)),
  );
  const opened = async () => (await call("GET", "/incidents?limit=1")).meta.total >= SERVICES * RULES;
  await until(opened, "all incidents are open", 600);
  log(`${SERVICES * RULES} incidents on ${SERVICES} services are open`);
  // Closing takes a write to disk each, so one of ten must do; a grown installation has most of them closed.
  for (let offset = 0; ; ) {
    const page = await call(
      "GET",
      `/incidents?status=OPEN&limit=100&offset=${offset}&sort_by=number&sort_dir=asc`,
    );
    if (page.meta.total <= (SERVICES * RULES * 9) / 10) break;
    await crowd(page.data, 8, (incident) => call("PATCH", `/incidents/${incident.id}`, { status: "CLOSED" }));
  }
  log("one of ten incidents is closed");
  for (let minute = 60; minute > 0; minute -= 1) {
    await send(
      call,
      keys.flatMap((key) =>
        METRIC_TYPES.map((type) => point(key, type, value(type, minute), now - minute * 60_000)),
      ),
    );
  }
  const [first] = keys;
  for (const type of METRIC_TYPES) {
    const day = Array.from({ length: 1_440 }, (_, minute) =>
      point(first, type, value(type, minute), now - minute * 60_000),
    );
    await send(call, day.slice(61));
  }
  log("an hour of points for each service and metric type, and a day for one, are stored");
}

/** Opens pages in a browser and prints what it took. */
async function measure({ url, directory }) {
  const browser = await launch();
  const explore = `/explore?bucket=minute&range=24h&q=${encodeURIComponent(
    JSON.stringify(METRIC_TYPES.map((metric_type) => ({ service: "service-0000", metric_type }))),
  )}`;
  const pages = {
    "/": "/",
    "/incidents": "/incidents",
    "/incidents/INC-99999": "/incidents/INC-99999",
    "/services": "/services",
    "/explore (4 × 1 440)": explore,
  };
  log(
    `\n${new Date().toISOString()}, ${cpus().length} × ${cpus()[0]?.model}, median of ${RUNS} (least – greatest)\n`,
  );
  for (const [name, path] of Object.entries(pages)) {
    const runs = [];
    for (let run = 0; run < RUNS; run += 1) runs.push(await load(browser, url + path));
    print(
      `${name}: largest paint`,
      runs.map((run) => run.paint),
      "ms",
    );
    print(
      `${name}: script`,
      runs.map((run) => run.script / 1_000),
      "KB",
    );
  }
  const actions = [];
  for (let run = 0; run < RUNS; run += 1) actions.push(await interact(browser, url));
  for (const name of Object.keys(actions[0]))
    print(
      `interaction: ${name}`,
      actions.map((each) => each[name]),
      "ms",
    );
  const draws = [];
  for (let run = 0; run < RUNS; run += 1) draws.push(await draw(browser, url + explore, directory));
  print("a day of four metric types, main thread from the last answer until idle", draws, "ms");
  await browser.close();
}

/** Loads a page with an empty cache: the largest paint since navigation, and the script that came over the wire. */
async function load(browser, address) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(address);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.locator(".animate-pulse").first().waitFor({ state: "detached" });
  await page.waitForTimeout(1_000);
  const result = await page.evaluate(async () => {
    const paint = await new Promise((resolve) => {
      new PerformanceObserver((list) => resolve(list.getEntries().at(-1)?.startTime)).observe({
        type: "largest-contentful-paint",
        buffered: true,
      });
    });
    const scripts = performance.getEntriesByType("resource").filter((entry) => entry.name.endsWith(".js"));
    return { paint, script: scripts.reduce((sum, entry) => sum + entry.encodedBodySize, 0) };
  });
  await context.close();
  return result;
}

/** Works in the list of incidents as a person would, and tells how long each interaction took to the next paint. */
async function interact(browser, url) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(`${url}/incidents`);
  await page.getByRole("table").getByRole("row").nth(5).waitFor();
  await page.evaluate(() => {
    globalThis.slowest = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (entry.interactionId) globalThis.slowest = Math.max(globalThis.slowest, entry.duration);
    }).observe({ type: "event", durationThreshold: 16, buffered: true });
  });
  const result = {};
  const time = async (name, act) => {
    await page.evaluate("globalThis.slowest = 0");
    await act();
    await page.waitForTimeout(700);
    result[name] = await page.evaluate("globalThis.slowest");
  };
  await time("open a filter", () => page.getByRole("combobox", { name: "Severity" }).click());
  await time("choose in it", () => page.getByRole("option", { name: "Critical" }).click());
  await page.keyboard.press("Escape");
  await time("select a row", () => page.getByRole("row").nth(3).getByRole("checkbox").click());
  await time("sort", () => page.getByRole("columnheader").getByRole("button").nth(1).click());
  await time("type a search", () =>
    page.getByRole("searchbox").first().pressSequentially("service 00", { delay: 30 }),
  );
  await time("next row by key", async () => {
    await page.getByRole("searchbox").first().press("Escape");
    await page.keyboard.press("j");
  });
  await time("open the palette", () => page.keyboard.press("Control+k"));
  await page.keyboard.press("Escape");
  await time("open an incident", () => page.getByRole("table").getByRole("link").first().click());
  await context.close();
  return result;
}

/** Traces the chart: how long the main thread worked from the last chart answer until it was idle for 300 ms. */
async function draw(browser, address, directory) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  let answered = 0;
  page.on("requestfinished", (request) => {
    if (request.url().includes("/metrics/chart")) answered += 1;
  });
  await page.goto(address);
  await page.locator("canvas").first().waitFor();
  const trace = join(directory, "trace.json");
  await browser.startTracing(page, {
    path: trace,
    categories: ["devtools.timeline", "toplevel", "disabled-by-default-devtools.timeline"],
  });
  answered = 0;
  await page.reload();
  await page.locator("canvas").first().waitFor();
  while (answered < METRIC_TYPES.length) await page.waitForTimeout(50);
  await page.waitForTimeout(1_000);
  await browser.stopTracing();
  await context.close();
  const { traceEvents } = JSON.parse(await readFile(trace, "utf8"));
  const finished = traceEvents.filter((event) => event.name === "ResourceFinish").map((event) => event.ts);
  const charts = new Set(
    traceEvents
      .filter(
        (event) => event.name === "ResourceSendRequest" && event.args.data.url.includes("/metrics/chart"),
      )
      .map((event) => event.args.data.requestId),
  );
  const last = Math.max(
    ...traceEvents
      .filter((event) => event.name === "ResourceFinish" && charts.has(event.args.data.requestId))
      .map((event) => event.ts),
  );
  if (!finished.length || !Number.isFinite(last)) throw new Error("the trace holds no chart request");
  const main = traceEvents.find((event) => event.name === "ResourceSendRequest");
  const tasks = traceEvents.filter(
    (event) =>
      event.name === "RunTask" &&
      event.pid === main.pid &&
      event.tid === main.tid &&
      event.ts >= last &&
      event.ts < last + 1_000_000,
  );
  return tasks.reduce((sum, task) => sum + (task.dur ?? 0), 0) / 1_000;
}

function print(name, values, unit) {
  const sorted = values.toSorted((a, b) => a - b);
  const round = (number) => Math.round(number);
  log(
    `${name.padEnd(72)} ${round(sorted[Math.floor(sorted.length / 2)])} ${unit} (${round(sorted[0])} – ${round(sorted.at(-1))})`,
  );
}

function value(type, minute) {
  const wave = Math.sin(minute / 40) + Math.sin(minute / 7) / 3;
  return {
    LATENCY_MS: 70 + 20 * wave,
    PACKET_LOSS: 1 + 0.5 * wave,
    ERROR_RATE: 2 + wave,
    BUFFER_RATIO: 0.4 + 0.1 * wave,
  }[type];
}

function point(service, metric_type, number, at) {
  return { service, metric_type, value: number, recorded_at: new Date(at).toISOString() };
}

async function send(call, points) {
  for (let index = 0; index < points.length; index += 1_000) {
    await call("POST", "/metrics/batch", { points: points.slice(index, index + 1_000) });
  }
}

/** Does something for each item, a few at a time. */
async function crowd(items, width, act) {
  let next = 0;
  const one = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      await act(items[index], index);
    }
  };
  await Promise.all(Array.from({ length: width }, one));
}

function log(text) {
  process.stdout.write(`${text}\n`);
}
