import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axe } from "./support/axe.ts";
import { launch, open, person } from "./support/browser.ts";
import { tamper } from "./support/database.ts";
import { quiet, Server } from "./support/server.ts";
import { incident, type World, world } from "./support/world.ts";

let browser: Browser;
let server: Server;
let things: World;

beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(quiet), launch()]);
  things = await world(server);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test("an installation that works says so in its first line, and how far each worker is", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/");
  await page.keyboard.press("g");
  await page.keyboard.press("y");
  await page.waitForURL("**/system");
  await page.getByText("Everything works.").waitFor();
  expect(await page.title()).toBe("System · Tracely");
  const row = page.getByRole("region", { name: "Workers" }).getByRole("row", { name: /^Evaluator/ });
  await row.getByText("up to date").waitFor();
  await page.getByText("Every entry of the log could be worked on.").waitFor();
  const installation = page.getByRole("region", { name: "Installation" });
  await installation.getByText("SQLite").waitFor();
  // It follows by itself: a new service is an entry of the log.
  const { head } = (await server.call("GET", "/system")).data.log;
  await installation.getByText(String(head), { exact: true }).first().waitFor();
  await server.call("POST", "/services", { name: "Newcomer" });
  await installation
    .getByText(String(head + 1), { exact: true })
    .first()
    .waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("what cannot be stored is told with its reason, what it means and since when, and leaves when it is over", async () => {
  const context = await person(browser, server.url, { phone: true });
  const { page, wrong } = await open(context, "/system");
  await page.getByText("Everything works.").waitFor();
  const point = { service: things.service.key, metric_type: "LATENCY_MS", value: 1 };
  await server.call("POST", "/metrics", point);
  tamper(
    server.database,
    "CREATE TRIGGER full BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT, 'no room for it'); END",
  );
  await expect(server.call("POST", "/metrics", point)).rejects.toThrow(/ 50\d /);
  const trouble = page.getByRole("listitem").filter({ hasText: "Points that are sent cannot be stored" });
  await trouble.getByText(/since \d\d:\d\d$/).waitFor();
  await trouble.getByText(/nothing that was acknowledged is lost/).waitFor();
  await trouble.getByText(/no room for it/).waitFor();
  expect(await axe(page)).toEqual([]);
  tamper(server.database, "DROP TRIGGER full");
  await server.call("POST", "/metrics", point);
  await page.getByText("Everything works.").waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("an entry that was left behind is taken up again when what was wrong is put right", async () => {
  const { key } = await incident(server, things.service.key);
  await server.until("/notifications", ({ meta }) => meta.total === 1);
  tamper(server.database, "CREATE UNIQUE INDEX once ON notification (incident_id)");
  await server.call("PATCH", `/incidents/${key}`, { status: "IN_PROGRESS" });
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/system");
  await page.getByText("1 entry of the log was left behind").waitFor();
  const parked = page.getByRole("region", { name: "Parked entries" });
  await parked.getByText("left behind by Dispatcher:").waitFor();
  await parked.getByText("could not add notifications: it is already taken").waitFor();
  expect(await axe(page)).toEqual([]);
  const retry = parked.getByRole("button", { name: /^Take up again: entry \d+$/ });
  await retry.click();
  await page
    .getByText(/^Entry \d+ stays parked$/)
    .first()
    .waitFor();

  tamper(server.database, "DROP INDEX once");
  await retry.click();
  await page
    .getByText(/^Entry \d+ was taken up again$/)
    .first()
    .waitFor();
  await page.getByText("Everything works.").waitFor();
  await parked.getByText("Every entry of the log could be worked on.").waitFor();
  const { data } = await server.call("GET", "/notifications");
  expect(data.map((each: { incident_key: string; kind: string }) => [each.incident_key, each.kind])).toEqual([
    [key, "ACKNOWLEDGED"],
    [key, "OPENED"],
  ]);
  expect(wrong.filter((each) => !/a status of (409|500) /.test(each))).toEqual([]);
  await context.close();
});

test("a server that is gone leaves the last state on the page and says so", async () => {
  const context = await person(browser, server.url);
  const { page } = await open(context, "/system");
  await page.getByText("Everything works.").waitFor();
  await server.end();
  await page
    .getByRole("alert")
    .getByText(/^The server does not answer\. What you see is as it was at/)
    .waitFor();
  await page.getByText("Evaluator").waitFor();
  await server.begin();
  await page.getByText(/^As of \d\d:\d\d:\d\d$/).waitFor();
  await page.getByRole("alert").waitFor({ state: "detached" });
  await context.close();
});
