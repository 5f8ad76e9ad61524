import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open, person } from "./support/browser.ts";
import { Relay } from "./support/relay.ts";
import { quiet, Server } from "./support/server.ts";
import { incident, type World, world } from "./support/world.ts";

let server: Server;
let browser: Browser;
let things: World;

beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(quiet), launch()]);
  things = await world(server);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test("a new incident appears without reload, in the list and beside the rail", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/incidents");
  await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
  const opened = await incident(server, things.service.key);
  await page.getByRole("table").getByText(opened.key).waitFor();
  await page
    .getByRole("link", { name: /Incidents.*1 live/ })
    .first()
    .waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("two people see each other's changes as they happen", async () => {
  const { data } = await server.call("GET", "/incidents?status=OPEN");
  const key = data[0].key;
  const [one, other] = await Promise.all([person(browser, server.url), person(browser, server.url)]);
  const { page: hers } = await open(one, `/incidents/${key}`);
  const { page: his } = await open(other, `/incidents/${key}`);
  await his.getByRole("status").filter({ hasText: "Live" }).waitFor();
  await hers.getByRole("button", { name: "Acknowledge", exact: true }).first().click();
  await his.getByRole("button", { name: "Close incident" }).first().waitFor();
  await his.getByRole("textbox", { name: "Comment" }).fill("Looking into the **upstream** link");
  await his.getByRole("button", { name: "Comment", exact: true }).click();
  await hers.getByText("upstream").first().waitFor();
  await Promise.all([one.close(), other.close()]);
});

test("a lost connection is shown, and what happened meanwhile appears when it is back", async () => {
  const relay = await Relay.start(server.url);
  const context = await person(browser, relay.url);
  const { page } = await open(context, "/incidents");
  const state = page.getByRole("status").filter({ hasText: /Live|Disconnected/ });
  await state.filter({ hasText: "Live" }).waitFor();
  relay.cut();
  await state.filter({ hasText: "Disconnected" }).waitFor();
  const service = (await server.call("POST", "/services", { name: "While away" })).data;
  await server.call("POST", "/metrics", { service: service.key, metric_type: "LATENCY_MS", value: 999 });
  await server.until(`/incidents?service_id=${service.id}`, ({ meta }) => meta.total === 1);
  relay.restore();
  await state.filter({ hasText: "Live" }).waitFor({ timeout: 40_000 });
  await page.getByRole("table").getByText("While away").first().waitFor();
  await context.close();
  relay.stop();
});

test("the server may be restarted under an open page", async () => {
  const context = await person(browser, server.url);
  const { page } = await open(context, "/incidents");
  const state = page.getByRole("status").filter({ hasText: /Live|Disconnected/ });
  await state.filter({ hasText: "Live" }).waitFor();
  await server.end();
  await state.filter({ hasText: "Disconnected" }).waitFor();
  await server.begin();
  await state.filter({ hasText: "Live" }).waitFor({ timeout: 40_000 });
  const service = (await server.call("POST", "/services", { name: "After restart" })).data;
  await server.call("POST", "/metrics", { service: service.key, metric_type: "LATENCY_MS", value: 999 });
  await page.getByRole("table").getByText("After restart").first().waitFor();
  await context.close();
});
