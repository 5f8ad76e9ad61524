import { readdir, truncate } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axe } from "./support/axe.ts";
import { launch, open, person } from "./support/browser.ts";
import { tamper } from "./support/database.ts";
import { quiet, Server } from "./support/server.ts";
import { send, world } from "./support/world.ts";

let browser: Browser;
let server: Server;

beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start({ ...quiet, TRACELY_FLUSH_EVERY: "1s" }), launch()]);
  await world(server);
  await send(server, "superonline", "LATENCY_MS", [10, 20, 30, 40]);
  let segments = 0;
  for (let attempt = 0; segments === 0 && attempt < 200; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    segments = (await server.call("GET", "/system")).data.analytics.segments;
  }
  await server.end();
  const directory = join(dirname(server.database), "segments");
  for (const file of await readdir(directory)) await truncate(join(directory, file), 10);
  // A segment is written again from the log as long as that has the points.
  tamper(server.database, "DELETE FROM log WHERE kind = 'points'");
  await server.begin();
  expect((await server.call("GET", "/system")).data.analytics.broken).toHaveLength(1);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const missing = "Some points of this span cannot be read and are missing.";

const q = encodeURIComponent(JSON.stringify([{ service: "superonline", metric_type: "LATENCY_MS" }]));
const places: [string, string][] = [
  ["the explorer", `/explore?range=6h&q=${q}`],
  ["the page of a service", "/services/superonline"],
  ["the dashboard", "/?range=6h"],
  ["analytics", "/analytics?tab=services&metric_type=LATENCY_MS"],
];

for (const [name, path] of places) {
  test(`${name} says that points cannot be read, and leads to why`, async () => {
    const context = await person(browser, server.url);
    const { page, wrong } = await open(context, path);
    const notice = page.getByRole("status").filter({ hasText: missing }).first();
    await notice.waitFor();
    expect(await axe(page)).toEqual([]);
    await notice.getByRole("link", { name: "Why" }).click();
    await page.waitForURL("**/system");
    await page.getByText("1 file of points cannot be read").waitFor();
    await page
      .getByRole("region", { name: "Analytics" })
      .getByText(/\.parquet: /)
      .waitFor();
    expect(wrong).toEqual([]);
    await context.close();
  });
}
