import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open, person } from "./support/browser.ts";
import { quiet, Server } from "./support/server.ts";
import { incident, world } from "./support/world.ts";

let server: Server;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(quiet), launch()]);
  const { service } = await world(server);
  await incident(server, service.key);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test("the palette leads to pages, things and commands", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search or jump to" }).fill("superon");
  await page
    .getByRole("option", { name: /Superonline/ })
    .first()
    .waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search or jump to" }).fill("ack INC-1");
  await page.getByRole("option", { name: "Acknowledge INC-1" }).click();
  await page.getByText("INC-1: In progress").waitFor();
  expect((await server.call("GET", "/incidents/INC-1")).data.status).toBe("IN_PROGRESS");
  expect(wrong).toEqual([]);
  await context.close();
});

test("keys lead to places, and ? lists them", async () => {
  const context = await person(browser, server.url);
  const { page } = await open(context, "/");
  await page.keyboard.press("g");
  await page.keyboard.press("r");
  await page.waitForURL("**/rules");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.keyboard.press("Shift+?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await context.close();
});

test("theme and language are chosen and kept", async () => {
  const context = await person(browser, server.url);
  const { page } = await open(context, "/");
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  expect(await page.evaluate("document.documentElement.dataset.theme")).toBe("dark");
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("menuitemradio", { name: "Türkçe" }).click();
  await page
    .getByRole("link", { name: /^Kurallar/ })
    .first()
    .waitFor();
  await page.reload();
  await page
    .getByRole("link", { name: /^Kurallar/ })
    .first()
    .waitFor();
  expect(await page.evaluate("document.documentElement.lang")).toBe("tr");
  expect(await page.evaluate("document.documentElement.dataset.theme")).toBe("dark");
  await context.close();
});

test("a browser that speaks Turkish is answered in Turkish", async () => {
  const context = await person(browser, server.url, { language: "tr" });
  const { page } = await open(context, "/rules");
  expect(await page.title()).toContain("Kurallar");
  await context.close();
});

test("an address with nothing behind it leads back", async () => {
  const context = await person(browser, server.url);
  const { page } = await open(context, "/nothing/here");
  await page.getByRole("heading", { name: "Not found" }).waitFor();
  await page.goto("/incidents/INC-999");
  await page.getByRole("heading", { name: "Not found" }).waitFor();
  await context.close();
});

test("deep links open as they are, and the API never answers with a page", async () => {
  const deep = await fetch(`${server.url}/incidents/INC-1`, { headers: { accept: "text/html" } });
  expect(deep.headers.get("content-type")).toContain("text/html");
  expect(deep.headers.get("content-security-policy")).toContain("script-src 'self'");
  const api = await fetch(`${server.url}/api/nothing`, { headers: { accept: "text/html" } });
  expect(api.status).toBe(404);
  expect(api.headers.get("content-type")).toContain("application/problem+json");
});

test("a page that fails to load says so and can be tried again", async () => {
  const context = await person(browser, server.url);
  const page = await context.newPage();
  await page.route("**/api/rules?*", (route) => route.fulfill({ status: 500, body: "{}" }));
  await page.goto("/rules");
  await page.getByText("This could not be loaded").first().waitFor();
  await page.unroute("**/api/rules?*");
  await page.getByRole("button", { name: "Try again" }).first().click();
  await page.getByRole("link", { name: "High latency" }).first().waitFor();
  await context.close();
});
