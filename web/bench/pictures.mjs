// Takes the pictures of the README from a real server with an invented evening.
//
//   make pictures             writes docs/pictures/*.png
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, until, withServer } from "./support.mjs";

const folder = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
const MINUTE = 60_000;

await withServer(async ({ url, call }) => {
  await happen(call);
  await mkdir(folder, { recursive: true });
  await take(`${url}/?range=1h`, "dashboard", "light");
  await take(`${url}/incidents/INC-3`, "incident", "dark");
});

/** Lets the evening happen: two incidents that are over, and one that somebody works on. */
async function happen(call) {
  const department = (await call("POST", "/departments", { name: "Network Operations" })).data.id;
  const rules = [
    ["High latency", "LATENCY_MS", 150, "HIGH"],
    ["Packet loss", "PACKET_LOSS", 2, "MEDIUM"],
    ["Error rate", "ERROR_RATE", 5, "CRITICAL"],
    ["Buffering", "BUFFER_RATIO", 3, "LOW"],
  ];
  for (const [name, metric_type, threshold, severity] of rules) {
    await call("POST", "/rules", {
      name,
      metric_type,
      operator: ">",
      threshold,
      severity,
      department_id: department,
    });
  }
  const measured = {
    Superonline: { LATENCY_MS: 88, PACKET_LOSS: 0.3 },
    "TV+": { BUFFER_RATIO: 0.7, ERROR_RATE: 0.9 },
    Paycell: { LATENCY_MS: 46, ERROR_RATE: 0.4 },
    fizy: { BUFFER_RATIO: 0.4, LATENCY_MS: 61 },
    Dergilik: { ERROR_RATE: 0.6 },
  };
  const random = generator(7);
  const now = Date.now();
  const keys = {};
  for (const name of Object.keys(measured)) keys[name] = (await call("POST", "/services", { name })).data.key;
  for (let at = now - 90 * MINUTE; at < now; at += 20_000) {
    const ago = (now - at) / MINUTE;
    const points = Object.entries(measured).flatMap(([name, types]) =>
      Object.entries(types).map(([metric_type, usual]) => {
        const calm = usual * (1 + 0.12 * Math.sin(ago / 6 + usual) + 0.16 * (random() - 0.5));
        const value = calm * trouble(name, metric_type, ago);
        return {
          service: keys[name],
          metric_type,
          value: Math.round(value * 100) / 100,
          recorded_at: new Date(at).toISOString(),
        };
      }),
    );
    await call("POST", "/metrics/batch", { points });
  }
  await until(async () => (await call("GET", "/incidents")).meta.total === 3, "three incidents are open", 10);
  for (const key of ["INC-1", "INC-2"]) {
    await call("PATCH", `/incidents/${key}`, { status: "IN_PROGRESS", assignee: "mehmet" });
    await call("PATCH", `/incidents/${key}`, { status: "CLOSED" });
  }
  await call("PATCH", "/incidents/INC-3", { status: "IN_PROGRESS", assignee: "ayse" });
  await call("POST", "/incidents/INC-3/comments", {
    body: "One of the two links to **core-2** is down, the other one is full. Traffic moves to `core-1` now.",
  });
}

/** By how much something is worse than usual, so many minutes ago. */
function trouble(name, metricType, ago) {
  if (name === "Paycell" && metricType === "ERROR_RATE" && ago > 41 && ago < 44) return 16;
  if (name === "TV+" && metricType === "BUFFER_RATIO" && ago > 26 && ago < 31) return 6;
  if (name === "Superonline" && ago < 12) return 1 + 2.6 * Math.sin(Math.min(1, (12 - ago) / 9) * 2.2);
  return 1;
}

/** Takes a picture of a page once it shows everything. */
async function take(address, name, theme) {
  const browser = await launch("--hide-scrollbars");
  const page = await browser.newPage({
    viewport: { width: 1280, height: 800 },
    colorScheme: theme,
    locale: "en-GB",
  });
  await page.goto(address);
  await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
  await page.locator(".animate-pulse").first().waitFor({ state: "detached" });
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await browser.close();
}

/** Numbers that are the same each time (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
