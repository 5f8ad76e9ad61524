import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { launch, open, person } from "./support/browser.ts";
import { Server } from "./support/server.ts";
import { send } from "./support/world.ts";

let browser: Browser;
let server: Server;
/** The rules of the test by their severity. */
let rules: { high: string; critical: string };

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
});

// Each test has its own server: what the dashboard says is about everything there is.
beforeEach(async () => {
  server = await Server.start();
  const ids: string[] = [];
  for (const name of ["Alpha", "Bravo", "Charlie"]) {
    ids.push((await server.call("POST", "/services", { name })).data.id);
    await send(server, name.toLowerCase(), "LATENCY_MS", [80, 90, 100]);
  }
  const department = (await server.call("POST", "/departments", { name: "Network Operations" })).data;
  const rule = async (name: string, metric_type: string, threshold: number, severity: string) =>
    (
      await server.call("POST", "/rules", {
        name,
        metric_type,
        operator: ">",
        threshold,
        severity,
        // The server is a service too, and may be slow today.
        service_ids: ids,
        department_id: department.id,
      })
    ).data.id as string;
  rules = {
    high: await rule("High latency", "LATENCY_MS", 150, "HIGH"),
    critical: await rule("Lost packets", "PACKET_LOSS", 5, "CRITICAL"),
  };
});
afterEach(async () => {
  await server?.stop();
});

/** Opens a HIGH incident of Bravo. */
async function bravo(): Promise<void> {
  await server.call("POST", "/metrics", { service: "bravo", metric_type: "LATENCY_MS", value: 412.5 });
  await server.until("/incidents?severity=HIGH", ({ meta }) => meta.total === 1);
}

/** Opens a CRITICAL incident of Charlie. */
async function charlie(): Promise<void> {
  await server.call("POST", "/metrics", { service: "charlie", metric_type: "PACKET_LOSS", value: 12 });
  await server.until("/incidents?severity=CRITICAL", ({ meta }) => meta.total === 1);
}

async function change(key: string, status: string): Promise<void> {
  await server.call("PATCH", `/incidents/${key}`, { status });
}

const headline = (page: Page, text: string | RegExp) =>
  page.getByRole("heading", { level: 1 }).filter({ hasText: text });
const card = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const live = (page: Page) => page.getByRole("status").filter({ hasText: "Live" }).waitFor();

test("one sentence says that all is well, and what is wrong as soon as it is", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/");
  await live(page);
  await headline(page, /^All 4 services are fine\.$/).waitFor();
  await bravo();
  await headline(
    page,
    /^Bravo has had a high-severity incident since \d\d:\d\d\. The other 3 services are fine\.$/,
  ).waitFor();
  await charlie();
  await headline(page, /^2 services are in trouble: Charlie has been critical since \d\d:\d\d\.$/).waitFor();
  for (const key of ["INC-1", "INC-2"]) await change(key, "CLOSED");
  await headline(page, /^All 4 services are fine\.$/).waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("the worst service comes first, each with its latest value, its unit and its threshold", async () => {
  await bravo();
  await charlie();
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/");
  const rows = card(page, "Services")
    .getByRole("listitem")
    .filter({ has: page.getByRole("link") });
  await rows.getByRole("link", { name: "Charlie", exact: true }).waitFor();
  const names = await card(page, "Services")
    .getByRole("link", { name: /^(Alpha|Bravo|Charlie|Tracely)$/ })
    .allTextContents();
  expect(names).toEqual(["Charlie", "Bravo", "Alpha", "Tracely"]);
  const latency = page.getByRole("link", { name: /^Explore Bravo:.*Latency/ });
  expect(plain(await latency.textContent())).toMatch(/412\.5 ms.*violated: above 150 ms/);
  expect(plain(await page.getByRole("link", { name: /^Explore Alpha:.*Latency/ }).textContent())).toMatch(
    /100 ms.*50 ms below 150 ms/,
  );
  expect(
    plain(await page.getByRole("link", { name: /^Explore Charlie:.*Packet loss/ }).textContent()),
  ).toMatch(/12 %.*violated: above 5 %/);
  await latency.click();
  await page.waitForURL("**/explore?*");
  await page
    .getByRole("listitem", { name: "Series 1" })
    .getByRole("combobox", { name: "Service" })
    .getByText("Bravo")
    .waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("the live incidents of a severity lead to just those", async () => {
  await bravo();
  await charlie();
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/");
  await page.getByRole("link", { name: "1 live incident, High" }).click();
  await page.waitForURL((url) => url.pathname === "/incidents");
  const search = new URL(page.url()).searchParams;
  expect([search.get("severity"), search.get("status")]).toEqual(["HIGH", "OPEN,IN_PROGRESS"]);
  await page.getByRole("table").getByText("INC-1", { exact: true }).waitFor();
  expect(await page.getByRole("table").getByText("INC-2", { exact: true }).count()).toBe(0);
  await page.goBack();
  await page.getByRole("link", { name: "1 live incident of Charlie: Critical" }).click();
  await page.getByRole("table").getByText("INC-2", { exact: true }).waitFor();
  expect(await page.getByRole("table").getByText("INC-1", { exact: true }).count()).toBe(0);
  expect(wrong).toEqual([]);
  await context.close();
});

test("counts, trend and durations follow the work on incidents as it happens", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/");
  await live(page);
  const incidents = card(page, "Incidents");
  const counts = (open: number, inProgress: number, closed: number) =>
    Promise.all([
      incidents.getByRole("link", { name: `${open} Open now` }).waitFor(),
      incidents.getByRole("link", { name: `${inProgress} In progress now` }).waitFor(),
      incidents.getByRole("link", { name: `${closed} Closed in the range` }).waitFor(),
    ]);
  await counts(0, 0, 0);
  await incidents.getByText("Nothing opened or closed in this range.").waitFor();
  await incidents.getByText("None acknowledged in this range.").waitFor();
  await incidents.getByText("None closed in this range.").waitFor();
  await bravo();
  await charlie();
  await counts(2, 0, 0);
  await change("INC-1", "IN_PROGRESS");
  await counts(1, 1, 0);
  await incidents.getByText("mean of 1 incident", { exact: true }).waitFor();
  await incidents.getByText("None closed in this range.").waitFor();
  await change("INC-1", "CLOSED");
  await counts(1, 0, 1);
  await expect.poll(() => incidents.getByText("mean of 1 incident", { exact: true }).count()).toBe(2);
  const [acknowledge, resolve] = await incidents.getByRole("definition").allTextContents();
  for (const text of [acknowledge, resolve])
    expect(plain(text)).toMatch(/^[\d.]+ (ms|sec).*median [\d.]+ (ms|sec)/);
  const { data } = await server.call("GET", "/incidents/summary");
  expect(data.mtta.count).toBe(1);
  expect(data.mttr.mean_seconds).toBeGreaterThanOrEqual(data.mtta.mean_seconds);
  const trend = incidents.getByRole("table", { name: "Opened and closed" });
  const cells = await trend.getByRole("cell").allTextContents();
  const sum = (column: number) =>
    cells.filter((_, index) => index % 2 === column).reduce((total, text) => total + Number(text), 0);
  expect([sum(0), sum(1)]).toEqual([2, 1]);
  await incidents.getByRole("link", { name: "1 Closed in the range" }).click();
  await page.getByRole("table").getByText("INC-1", { exact: true }).waitFor();
  expect(new URL(page.url()).searchParams.get("status")).toBe("CLOSED");
  expect(wrong).toEqual([]);
  await context.close();
});

test("the rules that fire most and what happened last lead to their pages", async () => {
  await bravo();
  await server.call("POST", "/metrics", { service: "alpha", metric_type: "LATENCY_MS", value: 500 });
  await server.until("/incidents?severity=HIGH", ({ meta }) => meta.total === 2);
  await charlie();
  await change("INC-3", "IN_PROGRESS");
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/");
  const top = card(page, "Rules that fire most").getByRole("listitem");
  await top.first().waitFor();
  expect((await top.allTextContents()).map(plain)).toEqual([
    "HighHigh latency2 incidents",
    "CriticalLost packets1 incident",
  ]);
  const latest = card(page, "Latest").getByRole("listitem");
  await latest.filter({ hasText: /^CriticalINC-3 is In progress by operator/ }).waitFor();
  await latest.filter({ hasText: /^HighINC-1 opened/ }).waitFor();
  await latest
    .filter({ hasText: /^HighINC-1 opened/ })
    .getByRole("link", { name: "INC-1" })
    .click();
  await page.waitForURL("**/incidents/INC-1");
  await page.goBack();
  await top.getByRole("link", { name: "Lost packets" }).click();
  await page.waitForURL(`**/rules/${rules.critical}`);
  await page.getByRole("heading", { level: 1, name: "Lost packets" }).waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("the time range stands in the address, survives a reload and decides what is counted", async () => {
  await bravo();
  await change("INC-1", "CLOSED");
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/");
  await page.getByRole("button", { name: "Time range: Last 24 hours" }).click();
  await page.getByRole("button", { name: "Last hour", exact: true }).click();
  await page.waitForURL("**/?range=1h");
  await page.reload();
  await page.getByRole("button", { name: "Time range: Last hour" }).click();
  await card(page, "Incidents").getByRole("link", { name: "1 Closed in the range" }).waitFor();
  await page.getByLabel("From", { exact: true }).fill("2026-01-10T08:00");
  await page.getByLabel("To", { exact: true }).fill("2026-01-10T20:00");
  await page.getByRole("button", { name: "Apply" }).click();
  await card(page, "Incidents").getByRole("link", { name: "0 Closed in the range" }).waitFor();
  await page.getByText("No rule opened an incident in this range.").waitFor();
  await page.getByText("Nothing happened in this range.").waitFor();
  // The clock of the person is Istanbul's, three hours ahead of the address.
  const search = new URL(page.url()).searchParams;
  expect([search.get("range"), search.get("from"), search.get("to")]).toEqual([
    null,
    "2026-01-10T05:00:00.000Z",
    "2026-01-10T17:00:00.000Z",
  ]);
  await page.reload();
  await page.getByRole("button", { name: /^Time range: Jan 10, 2026, 08:00.*20:00$/ }).waitFor();
  await page.getByText("Nothing happened in this range.").waitFor();
  await page.goBack();
  await page.getByRole("button", { name: "Time range: Last hour" }).waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("the wall screen shows sentence, numbers and services, follows what happens, and Escape leaves it", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/");
  await live(page);
  await page.getByRole("button", { name: "Wall screen" }).click();
  const wall = page.getByRole("dialog", { name: "All 4 services are fine." });
  await wall.waitFor();
  expect(new URL(page.url()).searchParams.get("wall")).toBe("true");
  // Nothing else can be reached.
  expect(await page.getByRole("navigation").count()).toBe(0);
  await charlie();
  const trouble = page.getByRole("dialog", { name: /^Charlie has been critical since .*fine\.$/ });
  await trouble.waitFor();
  await trouble.getByRole("link", { name: "1 Open now" }).waitFor();
  await trouble.getByRole("listitem").filter({ hasText: "Charlie" }).getByText("12 %").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Wall screen" }).waitFor();
  expect(await page.getByRole("dialog").count()).toBe(0);
  expect(new URL(page.url()).searchParams.has("wall")).toBe(false);
  // The address of the wall opens the wall, for a screen that nobody touches.
  await page.goto("/?wall=true&range=7d");
  await trouble.waitFor();
  await page.getByRole("button", { name: "Leave the wall screen" }).click();
  await page.getByRole("button", { name: "Time range: Last 7 days" }).waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("a new point changes the latest value without reload", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/");
  await live(page);
  const alpha = page.getByRole("link", { name: /^Explore Alpha:.*Latency/ });
  await alpha.getByText("100 ms", { exact: true }).waitFor();
  await server.call("POST", "/metrics", { service: "alpha", metric_type: "LATENCY_MS", value: 123 });
  await alpha.getByText("123 ms", { exact: true }).waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

/** A text with usual spaces. */
function plain(text: string | null | undefined): string {
  return (text ?? "").replaceAll("\u00a0", " ");
}
