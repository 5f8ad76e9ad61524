import { readFile } from "node:fs/promises";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axe } from "./support/axe.ts";
import { launch, open, person } from "./support/browser.ts";
import { quiet, Server } from "./support/server.ts";
import { world } from "./support/world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let browser: Browser;
let server: Server;
/** The beginning of an hour, long enough ago that all below is in the past. */
const begin = Math.floor(Date.now() / HOUR) * HOUR - 10 * HOUR;

/** Sends values of a service, one every `step` from an instant on. */
async function values(service: string, at: number, step: number, list: (number | undefined)[], labels = {}) {
  const points = list.flatMap((value, index) =>
    value === undefined
      ? []
      : [
          {
            service,
            metric_type: "LATENCY_MS",
            value,
            labels,
            recorded_at: new Date(at + index * step).toISOString(),
          },
        ],
  );
  await server.call("POST", "/metrics/batch", { points });
}

beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(quiet), launch()]);
  const { department } = await world(server);
  await server.call("POST", "/rules", {
    name: "Severe latency",
    metric_type: "LATENCY_MS",
    operator: ">",
    threshold: 350,
    severity: "CRITICAL",
    department_id: department.id,
  });
  await server.call("POST", "/services", { name: "Paycell" });
  // One service violates both rules, an hour later another one the milder of them.
  await values("superonline", begin, MINUTE, [100, 400]);
  const { data } = await server.until<{ key: string; severity: string }>(
    "/incidents",
    ({ meta }) => meta.total === 2,
  );
  const key = data.find(({ severity }) => severity === "HIGH")?.key;
  await server.call("PATCH", `/incidents/${key}`, { status: "IN_PROGRESS" });
  await server.call("PATCH", `/incidents/${key}`, { status: "CLOSED" });
  await values("superonline", begin + HOUR, MINUTE, [20]);
  await values("paycell", begin + HOUR, MINUTE, [300]);
  await server.until("/incidents", ({ meta }) => meta.total === 3);
  // An hour of points every minute, without those of a quarter.
  const gap = Array.from({ length: 60 }, (_, index) => (index >= 15 && index < 30 ? undefined : 50 + index));
  await values("paycell", begin + 2 * HOUR, MINUTE, gap, { region: "eu" });
  await values(
    "superonline",
    begin + 2 * HOUR,
    MINUTE,
    Array.from({ length: 60 }, () => 10),
    { region: "us" },
  );
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const panel = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const rows = (table: Locator) =>
  table
    .getByRole("row")
    .evaluateAll((found) =>
      found.map((row) =>
        [...row.querySelectorAll("th, td")].map((cell) => cell.textContent?.replaceAll("\u00a0", " ")),
      ),
    );

/** The file that the button of a panel makes. */
async function exported(page: Page, name: string): Promise<string[]> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    panel(page, name)
      .getByRole("button", { name: `Export CSV: ${name}` })
      .click(),
  ]);
  const text = await readFile(await file.path(), "utf8");
  return text
    .replace(/^\ufeff/, "")
    .trim()
    .split(/\r?\n/);
}

const fixed = (span = { from: begin, to: begin + 4 * HOUR }) =>
  `from=${new Date(span.from).toISOString()}&to=${new Date(span.to).toISOString()}`;

test("incidents are told by numbers, parts, groups, rules and hours", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/");
  await page.keyboard.press("g");
  await page.keyboard.press("l");
  await page.waitForURL("**/analytics");
  await page.getByRole("button", { name: "Time range: Last 7 days" }).waitFor();
  const numbers = panel(page, "In short");
  await numbers.getByText("mean of 1 incident").first().waitFor();
  expect(await numbers.locator("dd").first().textContent()).toBe("3");
  expect(await numbers.locator("dd").nth(1).textContent()).toBe("1");

  const groups = page.getByRole("region", { name: "By group" }).last();
  expect((await rows(groups)).map((row) => row.slice(0, 3))).toEqual([
    ["Severity", "Opened", "Closed"],
    ["High", "2", "1"],
    ["Critical", "1", "0"],
  ]);
  const rules = page.getByRole("region", { name: "Rules that fire most" }).last();
  expect((await rows(rules)).map((row) => row.slice(0, 3))).toEqual([
    ["Rule", "Incidents", "Violations"],
    ["HighHigh latency", "2", "2"],
    ["CriticalSevere latency", "1", "1"],
  ]);
  const hour = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", timeZone: "Europe/Istanbul" });
  await panel(page, "Busiest hours")
    .getByText(new RegExp(`^Busiest: \\w+ ${hour.format(begin)}:00–\\d\\d:00, 2 incidents\\.$`))
    .waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("what is chosen is in the address, narrows every panel, and is shown to somebody else", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, `/analytics?${fixed()}`);
  await page.getByRole("combobox", { name: "Group by" }).click();
  await page.getByRole("option", { name: "Service", exact: true }).click();
  const groups = page.getByRole("region", { name: "By group" }).last();
  const told = async () => (await rows(groups)).map((row) => row.slice(0, 2));
  await expect.poll(told).toEqual([
    ["Service", "Opened"],
    ["Superonline", "2"],
    ["Paycell", "1"],
  ]);
  await page.getByRole("combobox", { name: "Service", exact: true }).click();
  await page.getByRole("option", { name: "Paycell" }).click();
  await page.keyboard.press("Escape");
  await expect.poll(told).toEqual([
    ["Service", "Opened"],
    ["Paycell", "1"],
  ]);
  const rules = page.getByRole("region", { name: "Rules that fire most" }).last();
  await expect
    .poll(() => rows(rules))
    .toEqual([
      ["Rule", "Incidents"],
      ["High latency", "1"],
    ]);
  const { page: there } = await open(context, page.url().slice(server.url.length));
  await expect
    .poll(async () => (await rows(there.getByRole("region", { name: "By group" }).last())).length)
    .toBe(2);
  await there.getByRole("link", { name: "Incidents of Paycell" }).click();
  await there.waitForURL("**/incidents?**");
  await there.getByRole("table").getByText("INC-3").waitFor();
  expect(await there.getByText("INC-1").count()).toBe(0);
  expect(wrong).toEqual([]);
  await context.close();
});

test("parts of the span are read as columns by arrow keys, and as a table", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, `/analytics?by=all&bucket=hour&${fixed()}`);
  const flow = panel(page, "Opened and closed");
  const columns = flow.getByRole("application");
  await columns.focus();
  await page.keyboard.press("Home");
  await flow.getByText(/; Opened 2$/).waitFor({ state: "attached" });
  await page.keyboard.press("ArrowRight");
  await flow.getByText(/; Opened 1$/).waitFor({ state: "attached" });
  await flow.getByRole("button", { name: "Show as a table" }).click();
  const table = flow.getByRole("table");
  expect((await rows(table)).map((row) => row.slice(1))).toEqual([
    ["Opened", "Closed"],
    ["2", "0"],
    ["1", "0"],
    ["0", "0"],
    ["0", "0"],
  ]);
  const lines = await exported(page, "Opened and closed");
  expect(lines[0]).toMatch(/^group_key,group_name,start,opened,closed/);
  expect(lines.slice(1).map((line) => line.split(",").slice(1, 5))).toEqual([
    ["", new Date(begin).toISOString().replace(".000Z", "Z"), "2", "0"],
    ["", new Date(begin + HOUR).toISOString().replace(".000Z", "Z"), "1", "0"],
  ]);
  expect(wrong).toEqual([]);
  await context.close();
});

test("services are ranked, charted beside each other and with the span before, and told value by value", async () => {
  const context = await person(browser, server.url);
  const span = fixed({ from: begin + 2 * HOUR, to: begin + 3 * HOUR });
  const { page, wrong } = await open(context, `/analytics?tab=services&${span}`);
  const ranking = page.getByRole("region", { name: "Ranking" }).last();
  await expect
    .poll(async () => (await rows(ranking)).map((row) => row.slice(0, 2)))
    .toEqual([
      ["Service", "Average"],
      ["Paycell", "82 ms"],
      ["Superonline", "10 ms"],
    ]);
  await page.getByRole("combobox", { name: "Statistic" }).click();
  await page.getByRole("option", { name: "Number of points" }).click();
  await page.getByRole("combobox", { name: "Order" }).click();
  await page.getByRole("option", { name: "Least first" }).click();
  await expect
    .poll(async () => (await rows(ranking)).map((row) => row.slice(0, 2)))
    .toEqual([
      ["Service", "Number of points"],
      ["Paycell", "45"],
      ["Superonline", "60"],
    ]);
  expect((await exported(page, "Ranking"))[1]).toMatch(/,Paycell,45,50,109,82,3690,/);

  await page.getByRole("combobox", { name: "Group by" }).click();
  await page.getByRole("option", { name: "Label region" }).click();
  await expect.poll(async () => (await rows(ranking)).map((row) => row[0])).toEqual(["region", "eu", "us"]);

  const chart = panel(page, "Over time");
  const summary = (text: RegExp) => chart.locator("figcaption").filter({ hasText: text });
  await summary(/^Number of points of Latency\. eu: 45 values .* us: 60 values/).waitFor({
    state: "attached",
  });
  await page.goto(`/analytics?tab=services&${fixed({ from: begin + HOUR, to: begin + 2 * HOUR })}`);
  await summary(/Paycell: 1 values .*latest 300\sms/).waitFor({ state: "attached" });
  await page.getByRole("switch", { name: "Compare with the span before" }).click();
  await summary(/Superonline \(before\): 2 values/).waitFor({ state: "attached" });

  await page.goto(`/analytics?tab=services&${span}`);
  const distribution = panel(page, "Distribution");
  await distribution.getByText("105 points from 10 ms to 109 ms.").waitFor();
  await distribution.getByRole("button", { name: "Show as a table" }).click();
  const counts = (await rows(distribution.getByRole("table"))).slice(1).map((row) => Number(row[1]));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(105);
  expect(Math.max(...counts)).toBe(60);
  expect(wrong).toEqual([]);
  await context.close();
});

test("gaps of data are told for each service, with the interval that is expected", async () => {
  const context = await person(browser, server.url, { phone: true });
  const span = fixed({ from: begin + 2 * HOUR, to: begin + 3 * HOUR });
  const { page, wrong } = await open(context, `/analytics?tab=data&interval=60&${span}`);
  const items = panel(page, "Availability of data").getByRole("listitem");
  const paycell = items.filter({ hasText: "Paycell" }).first();
  await paycell.getByText("75% covered").waitFor();
  await paycell.getByText(/45 points · expected every 1 min · longest 15 min/).waitFor();
  await paycell.getByText("Gaps of Paycell").click();
  // Where today is another day already, the day stands before the time.
  await paycell.getByText(/ – .*\(15 min\)$/).waitFor();
  const superonline = items.filter({ hasText: "Superonline" }).first();
  await superonline.getByText("100% covered").waitFor();
  await superonline.getByText("no gap").waitFor();
  expect((await exported(page, "Availability of data"))[1]).toMatch(/,Paycell,45,/);
  expect(await axe(page)).toEqual([]);
  expect(wrong).toEqual([]);
  await context.close();
});

test("a question for too much is refused in words, with a way on", async () => {
  const context = await person(browser, server.url);
  const month = fixed({ from: begin - 40 * 24 * HOUR, to: begin + 4 * HOUR });
  const { page, wrong } = await open(context, `/analytics?bucket=minute&${month}`);
  const flow = panel(page, "Opened and closed");
  const refusal = flow.getByRole("alert").first();
  await refusal.getByText(/more than 50,000 parts \(max_buckets\)/).waitFor();
  expect(await axe(page)).toEqual([]);
  await refusal.getByRole("button", { name: "Use the automatic width" }).click();
  await flow.getByRole("application").waitFor();
  expect(new URL(page.url()).searchParams.has("bucket")).toBe(false);
  expect(wrong.filter((each) => !/a status of 422 /.test(each))).toEqual([]);
  await context.close();
});

test("a span in which nothing happened says so, and another language says it too", async () => {
  const context = await person(browser, server.url, { language: "tr" });
  const empty = fixed({ from: begin - 9 * HOUR, to: begin - 5 * HOUR });
  const { page, wrong } = await open(context, `/analytics?${empty}`);
  await panel(page, "Açılan ve kapanan").getByText("Bu aralıkta ne açılan ne kapanan oldu.").waitFor();
  await panel(page, "En yoğun saatler").getByText("Bu aralıkta olay açılmadı.").waitFor();
  await page.getByRole("link", { name: "Servisler", exact: true }).last().click();
  await panel(page, "Sıralama").getByText("Bu aralıkta ölçüm yok").waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});
