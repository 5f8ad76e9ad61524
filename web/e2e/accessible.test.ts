import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axe } from "./support/axe.ts";
import { launch, open, person } from "./support/browser.ts";
import { quiet, Server } from "./support/server.ts";
import { send, type World, world } from "./support/world.ts";

const folder = fileURLToPath(new URL("./screenshots/", import.meta.url));
let empty: Server;
let server: Server;
let browser: Browser;
let things: World;

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  [empty, server, browser] = await Promise.all([Server.start(), Server.start(quiet), launch()]);
  things = await world(server, "CRITICAL");
  const wave = Array.from(
    { length: 200 },
    (_, index) => 90 + 30 * Math.sin(index / 9) + (index > 160 ? 160 : 0),
  );
  await send(server, "superonline", "LATENCY_MS", wave);
  await send(
    server,
    "superonline",
    "PACKET_LOSS",
    wave.map((value) => value / 100),
  );
  for (const name of ["TV+", "Paycell"]) {
    const service = (await server.call("POST", "/services", { name })).data;
    await send(server, service.key, "LATENCY_MS", wave.slice(0, 150));
  }
  await server.until("/incidents", ({ meta }) => meta.total > 0);
  await server.call("POST", "/incidents/INC-1/comments", {
    body: "The **upstream** link flaps since 03:02.",
  });
});
afterAll(async () => {
  await browser?.close();
  await empty?.stop();
  await server?.stop();
});

const explore = `/explore?range=6h&q=${encodeURIComponent(
  JSON.stringify([
    { service: "superonline", metric_type: "LATENCY_MS" },
    { service: "superonline", metric_type: "PACKET_LOSS" },
  ]),
)}`;

/** Every page with the name of its picture. */
const pages: [name: string, path: () => string][] = [
  ["dashboard", () => "/?range=6h"],
  ["incidents", () => "/incidents"],
  ["incident", () => "/incidents/INC-1"],
  ["explore", () => explore],
  ["rules", () => "/rules"],
  ["rule-new", () => "/rules/new"],
  ["rule", () => `/rules/${things.rule.id}`],
  ["services", () => "/services"],
  ["service", () => "/services/superonline"],
  ["departments", () => "/departments"],
  ["department", () => `/departments/${things.department.id}`],
  ["notifications", () => "/notifications"],
  ["analytics", () => "/analytics"],
  ["analytics-services", () => "/analytics?tab=services&range=6h"],
  ["analytics-data", () => "/analytics?tab=data&range=6h"],
  ["system", () => "/system"],
  ["not-found", () => "/nothing/here"],
];

for (const theme of ["light", "dark"] as const) {
  for (const phone of [false, true]) {
    const device = phone ? "phone" : "desktop";
    for (const [name, path] of pages) {
      test(`${name} is accessible: ${device}, ${theme}`, async () => {
        const context = await person(browser, server.url, { theme, phone });
        const { page, wrong } = await open(context, path());
        await settled(page);
        await page.screenshot({ path: `${folder}${name}-${device}-${theme}.png` });
        expect(await axe(page)).toEqual([]);
        const sideways = await page.evaluate(
          "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)",
        );
        expect(sideways).toBe(0);
        expect(wrong).toEqual([]);
        await context.close();
      });
    }
  }
}

for (const [name, path] of pages.filter(
  ([name]) => !["incident", "rule", "service", "department"].includes(name),
)) {
  test(`${name} of an empty install is accessible and teaches`, async () => {
    const context = await person(browser, empty.url, { language: "tr" });
    const { page } = await open(context, path());
    await settled(page);
    await page.screenshot({ path: `${folder}${name}-empty-turkish.png` });
    expect(await axe(page)).toEqual([]);
    await context.close();
  });
}

/** Waits until nothing is a skeleton any more and charts are drawn. */
async function settled(page: import("playwright-core").Page): Promise<void> {
  await page.locator(".animate-pulse").first().waitFor({ state: "detached" });
  await page.evaluate(
    "document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))",
  );
}
