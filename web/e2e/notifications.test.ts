import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { launch, open, type Person, person } from "./support/browser.ts";
import { quiet, Server } from "./support/server.ts";
import { type World, world } from "./support/world.ts";

let server: Server;
let browser: Browser;
let things: World;
let noc: { id: string };
let made = 0;

beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(quiet), launch()]);
  things = await world(server);
  noc = (await server.call("POST", "/departments", { name: "Backbone" })).data;
  await server.call("POST", "/rules", {
    name: "Packets lost",
    metric_type: "PACKET_LOSS",
    operator: ">",
    threshold: 2,
    severity: "CRITICAL",
    department_id: noc.id,
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});
// Each test counts from zero.
beforeEach(() => server.call("POST", "/notifications/read-all"));

test("the count of the unread changes by itself: in the bell, in the rail, in the title of the tab", async () => {
  const { page, wrong } = await look("/");
  const rail = page.getByRole("navigation", { name: "Main" });
  const bell = page.getByRole("banner").getByRole("link", { name: /^Notifications/ });
  await soon(() => page.title()).toBe("Dashboard · Tracely");
  expect(await bell.getAttribute("aria-label")).toBe("Notifications");
  await slow();
  await soon(() => page.title()).toBe("(1) Dashboard · Tracely");
  expect(await bell.getAttribute("aria-label")).toBe("Notifications, 1 unread");
  await rail.getByRole("link", { name: "Notifications 1 unread" }).waitFor();
  await slow();
  await soon(() => page.title()).toBe("(2) Dashboard · Tracely");
  await rail.getByRole("link", { name: "Notifications 2 unread" }).waitFor();
  // It is as true on another page, and after what somebody else reads elsewhere.
  await bell.click();
  await soon(() => page.title()).toBe("(2) Notifications · Tracely");
  await server.call("POST", "/notifications/read-all");
  await soon(() => page.title()).toBe("Notifications · Tracely");
  await rail.getByRole("link", { name: "Notifications", exact: true }).waitFor();
  expect(wrong).toEqual([]);
});

test("a notification comes by itself, and is marked read and unread by its button", async () => {
  const { page, wrong } = await look("/notifications");
  const incident = await slow();
  const row = rows(page).filter({ hasText: `${incident.key} opened: Latency of ` });
  await row.getByText("Unread:").waitFor();
  await row.getByText("Network Operations").waitFor();
  await row.getByText("High", { exact: true }).waitFor();
  await row.getByRole("button", { name: "Mark read" }).click();
  await row.getByRole("button", { name: "Mark unread" }).waitFor();
  expect(await row.getByText("Unread:").count()).toBe(0);
  await soon(() => page.title()).toBe("Notifications · Tracely");
  await soon(unread).toBe(0);
  await row.getByRole("button", { name: "Mark unread" }).click();
  await row.getByText("Unread:").waitFor();
  await soon(() => page.title()).toBe("(1) Notifications · Tracely");
  await soon(unread).toBe(1);
  expect(wrong).toEqual([]);
});

test("the inbox is worked through with the keyboard alone", async () => {
  const first = await slow();
  const second = await lossy();
  const { page, wrong } = await look("/notifications");
  const row = (key: string) => rows(page).filter({ hasText: `${key} opened` });
  // The newest is shown beside the list.
  await preview(page, second.key).waitFor();
  await page.keyboard.press("e");
  await row(second.key).getByRole("button", { name: "Mark unread" }).waitFor();
  await soon(unread).toBe(1);
  await page.keyboard.press("j");
  await preview(page, first.key).waitFor();
  await page.keyboard.press("e");
  await soon(unread).toBe(0);
  await page.keyboard.press("u");
  await soon(unread).toBe(1);
  await row(first.key).getByText("Unread:").waitFor();
  await page.keyboard.press("k");
  await preview(page, second.key).waitFor();
  await page.keyboard.press("j");
  await preview(page, first.key).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/incidents/${first.key}`);
  await page.getByRole("heading", { level: 1, name: new RegExp(first.key) }).waitFor();
  await soon(unread).toBe(0);
  expect(wrong).toEqual([]);
});

test("filters by department, kind, severity and unread are in the address and survive a reload", async () => {
  const read = await slow();
  const { page, wrong } = await look("/notifications");
  await rows(page)
    .filter({ hasText: `${read.key} opened` })
    .getByRole("button", { name: "Mark read" })
    .click();
  await soon(unread).toBe(0);
  const kept = await slow();
  const lost = await lossy();
  await server.call("PATCH", `/incidents/${kept.key}`, { status: "IN_PROGRESS" });
  await rows(page)
    .filter({ hasText: `${kept.key} acknowledged` })
    .waitFor();

  await page.getByRole("switch", { name: "Unread only" }).click();
  await soon(() => told(page)).toEqual([
    `${kept.key} acknowledged`,
    `${lost.key} opened`,
    `${kept.key} opened`,
  ]);
  await choose(page, "Department", "Network Operations");
  await soon(() => told(page)).toEqual([`${kept.key} acknowledged`, `${kept.key} opened`]);
  await choose(page, "Kind", "Opened");
  await soon(() => told(page)).toEqual([`${kept.key} opened`]);
  const address = decodeURIComponent(page.url());
  for (const part of ["unread=true", things.department.id, "OPENED"]) expect(address).toContain(part);
  await page.reload();
  await soon(() => told(page)).toEqual([`${kept.key} opened`]);
  expect(await page.getByRole("switch", { name: "Unread only" }).isChecked()).toBe(true);
  await page.getByRole("combobox", { name: "Department: Network Operations" }).waitFor();
  await page.getByRole("combobox", { name: "Kind: Opened" }).waitFor();

  await choose(page, "Severity", "Critical");
  await page.getByText("Nothing matches").waitFor();
  await page.getByRole("button", { name: "Clear: Department" }).click();
  await soon(() => told(page)).toEqual([`${lost.key} opened`]);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await soon(async () => (await told(page)).includes(`${read.key} opened`)).toBe(true);
  expect(new URL(page.url()).search).toBe("");
  expect(wrong).toEqual([]);
});

test("what is typed after / is searched", async () => {
  const incident = await slow();
  await slow();
  const { page, wrong } = await look("/notifications");
  await rows(page).first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type(incident.service);
  await soon(() => told(page)).toEqual([`${incident.key} opened`]);
  await page.keyboard.press("Enter");
  // The keys work on the list again.
  await page.keyboard.press("e");
  await soon(unread).toBe(1);
  expect(wrong).toEqual([]);
});

test("of the unread, what is read leaves and the next one is selected", async () => {
  const [first, second] = [await slow(), await slow()];
  const { page, wrong } = await look("/notifications?unread=true");
  await soon(() => told(page)).toEqual([`${second.key} opened`, `${first.key} opened`]);
  await preview(page, second.key).waitFor();
  await page.keyboard.press("e");
  await soon(() => told(page)).toEqual([`${first.key} opened`]);
  await preview(page, first.key).waitFor();
  await page.keyboard.press("e");
  await page.getByText("Nothing here: you have read everything").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).last().click();
  await rows(page).first().waitFor();
  expect(wrong).toEqual([]);
});

test("everything of one department is marked read, and nothing of another", async () => {
  await slow();
  await slow();
  await lossy();
  const { page, wrong } = await look("/notifications");
  await soon(() => page.title()).toBe("(3) Notifications · Tracely");
  await choose(page, "Department", "Network Operations");
  await page.getByRole("button", { name: "Mark all of 1 department read" }).click();
  await page.getByText("2 notifications marked read").waitFor();
  await soon(() => page.title()).toBe("(1) Notifications · Tracely");
  const { data } = await server.call("GET", "/notifications?is_read=false");
  expect(data.map((each: { department_id: string }) => each.department_id)).toEqual([noc.id]);
  await page.getByRole("button", { name: "Clear: Department" }).click();
  await page.getByRole("button", { name: "Mark all read" }).click();
  await page.getByText("1 notification marked read").waitFor();
  await soon(unread).toBe(0);
  await page.getByRole("button", { name: "Mark all read" }).click();
  await page.getByText("Everything was read already").waitFor();
  expect(wrong).toEqual([]);
});

test("who opens the incident from the inbox has read of it", async () => {
  const incident = await slow();
  const { page, wrong } = await look("/notifications");
  await preview(page, incident.key).getByText("Peak").waitFor();
  expect(await unread()).toBe(1);
  await preview(page, incident.key).getByRole("link", { name: "Open incident" }).click();
  await page.waitForURL(`**/incidents/${incident.key}`);
  await page.getByRole("heading", { level: 1, name: new RegExp(incident.key) }).waitFor();
  await soon(unread).toBe(0);
  await soon(() => page.title()).toBe(`${incident.key} · Tracely`);
  expect(wrong).toEqual([]);
});

test("an incident is acknowledged where it is told of", async () => {
  const incident = await lossy();
  const { page, wrong } = await look("/notifications");
  const beside = preview(page, incident.key);
  await beside.getByText("Packets lost").waitFor();
  await beside.getByText("Critical", { exact: true }).waitFor();
  await beside.getByRole("button", { name: "Acknowledge" }).click();
  await page.getByText(`${incident.key} is in progress`).waitFor();
  await beside.getByText("In progress", { exact: true }).waitFor();
  expect(await beside.getByRole("button", { name: "Acknowledge" }).count()).toBe(0);
  const { data } = await server.call("GET", `/incidents/${incident.key}`);
  expect(data).toMatchObject({ status: "IN_PROGRESS", assignee: "operator" });
  expect(wrong).toEqual([]);
});

test("a mark that the server refuses is taken back with a word", async () => {
  const incident = await slow();
  const { page, wrong } = await look("/notifications");
  await page.route("**/api/notifications/*/read", (route) => route.fulfill({ status: 503, body: "{}" }));
  const row = rows(page).filter({ hasText: `${incident.key} opened` });
  await row.getByRole("button", { name: "Mark read" }).click();
  await page.getByText("It could not be marked").first().waitFor();
  await row.getByRole("button", { name: "Mark read" }).waitFor();
  await soon(() => page.title()).toBe("(1) Notifications · Tracely");
  expect(wrong.filter((line) => !line.includes("503"))).toEqual([]);
});

test("on a phone a notification leads to its incident and is read then", async () => {
  const incident = await slow();
  const { page, wrong } = await look("/", { phone: true });
  const places = page.getByRole("navigation", { name: "Main" });
  await places.getByRole("link", { name: "Inbox 1 unread" }).tap();
  await page.waitForURL("**/notifications");
  expect(await page.getByRole("link", { name: "Open incident" }).count()).toBe(0);
  await rows(page)
    .getByRole("link", { name: new RegExp(`${incident.key} opened`) })
    .tap();
  await page.getByRole("heading", { level: 1, name: new RegExp(incident.key) }).waitFor();
  await places.getByRole("link", { name: "Inbox", exact: true }).waitFor();
  expect(await unread()).toBe(0);
  expect(wrong).toEqual([]);
});

test("an empty inbox says that no news is good news, and what would come", async () => {
  const fresh = await Server.start();
  onTestFinished(() => fresh.stop());
  const context = await person(browser, fresh.url);
  onTestFinished(() => context.close());
  const { page, wrong } = await open(context, "/notifications");
  await page.getByText("Nothing here: no news is good news").waitFor();
  await page.getByRole("link", { name: "See the rules" }).click();
  await page.waitForURL("**/rules");
  await page.goto("/notifications?search=nothing");
  await page.getByText("Nothing matches").waitFor();
  expect(wrong).toEqual([]);
});

/** Opens a page in a window of its own and waits until it is live. */
async function look(path: string, is: Person = {}): Promise<{ page: Page; wrong: string[] }> {
  const context = await person(browser, server.url, is);
  onTestFinished(() => context.close());
  const opened = await open(context, path);
  await opened.page.getByRole("status").filter({ hasText: "Live" }).waitFor({ state: "attached" });
  return opened;
}

/** Opens an incident of a new service and waits until its department is told. */
async function incident(point: { metric_type: string; value: number }) {
  made += 1;
  const service = (await server.call("POST", "/services", { name: `Service number ${made}` })).data;
  await server.call("POST", "/metrics", { service: service.key, ...point });
  const found = await server.until<{ id: string; key: string }>(
    `/incidents?service_id=${service.id}`,
    ({ data }) => data.length > 0,
  );
  const { id, key } = found.data[0] ?? { id: "", key: "" };
  await server.until(`/notifications?incident_id=${id}`, ({ meta }) => meta.total > 0);
  return { key, service: `Service number ${made}` };
}

/** An incident of the first department, HIGH. */
const slow = () => incident({ metric_type: "LATENCY_MS", value: 412.5 });

/** An incident of Backbone, CRITICAL. */
const lossy = () => incident({ metric_type: "PACKET_LOSS", value: 7 });

async function unread(): Promise<number> {
  return (await server.call("GET", "/notifications/unread-count")).data.count;
}

function rows(page: Page): Locator {
  return page.getByRole("list", { name: "Notifications" }).getByRole("listitem");
}

/** What the rows tell, each as "INC-1 opened", from the top. */
async function told(page: Page): Promise<string[]> {
  const texts = await rows(page).allTextContents();
  return texts.map((text) => text.match(/INC-\d+ \w+/)?.[0] ?? text);
}

/** The incident beside the list. */
function preview(page: Page, key: string): Locator {
  return page.getByRole("region", { name: key, exact: true });
}

/** Chooses a value of a filter. */
async function choose(page: Page, filter: string, value: string): Promise<void> {
  await page.getByRole("combobox", { name: new RegExp(`^${filter}(:|$)`) }).click();
  await page.getByRole("option", { name: value, exact: true }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: filter, exact: true }).waitFor({ state: "detached" });
}

/** Looks again and again until it is as expected: the browser needs a moment, more of it when the machine is busy. */
function soon<T>(look: () => T | Promise<T>) {
  return expect.poll(look, { timeout: 15_000 });
}
