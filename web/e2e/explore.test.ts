import { readFile } from "node:fs/promises";
import type { Browser, Download, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open, person } from "./support/browser.ts";
import { Server } from "./support/server.ts";
import { send } from "./support/world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Two whole hours that are over. */
const from = Math.floor(Date.now() / HOUR) * HOUR - 3 * HOUR;
const to = from + 2 * HOUR;

let browser: Browser;
let server: Server;
let alpha: { id: string };

beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  alpha = (await server.call("POST", "/services", { name: "Alpha" })).data;
  await server.call("POST", "/services", { name: "Bravo" });
  // Latency: 120 points, one each minute, from 100 ms to 219 ms.
  await points("LATENCY_MS", 120, (index) => ({ value: 100 + index }));
  // Packet loss: 60 points from two regions in turn, 1 % and 3 %.
  await points("PACKET_LOSS", 60, (index) =>
    index % 2 === 0 ? { value: 1, labels: { region: "eu" } } : { value: 3, labels: { region: "us" } },
  );
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function points(
  metric_type: string,
  count: number,
  of: (index: number) => { value: number; labels?: Record<string, string> },
): Promise<void> {
  const each = (_: unknown, index: number) => ({
    service: "alpha",
    metric_type,
    recorded_at: new Date(from + index * MINUTE).toISOString(),
    ...of(index),
  });
  await server.call("POST", "/metrics/batch", { points: Array.from({ length: count }, each) });
}

/** The address of a chart of Alpha's latency in the two hours, with more or other parameters. */
function address(parameters: Record<string, string> = {}, types = ["LATENCY_MS"]): string {
  const q = JSON.stringify(types.map((metric_type) => ({ service: "alpha", metric_type })));
  const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  return `/explore?${new URLSearchParams({ q, ...span, ...parameters })}`;
}

const chart = (page: Page) => page.getByRole("application", { name: /^Metrics: / });
/** The chart by what its summary says. */
const says = (page: Page, text: RegExp) => page.getByRole("figure", { name: text });
const series = (page: Page, number: number) => page.getByRole("listitem", { name: `Series ${number}` });
const search = (page: Page) => new URL(page.url()).searchParams;
const queries = (page: Page) => JSON.parse(search(page).get("q") ?? "null");
const table = (page: Page) => page.getByRole("region", { name: "Points", exact: true }).getByRole("table");
const values = async (page: Page) =>
  (
    await table(page)
      .getByRole("cell", { name: /(ms|%)$/ })
      .allTextContents()
  ).map(plain);

const whole = /Alpha · Latency: 120 values .*average 159\.5\sms, least 100\sms, greatest 219\sms/;

async function choose(page: Page, trigger: Locator, option: string | RegExp): Promise<void> {
  await trigger.click();
  await page.getByRole("option", { name: option, exact: true }).click();
}

test("from nothing to a chart, then a second series with another statistic", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/explore");
  const show = page.getByRole("button", { name: "Show chart" });
  await page.getByRole("heading", { name: "What do you want to see?" }).waitFor();
  expect(await show.getAttribute("aria-disabled")).toBe("true");
  await choose(page, page.getByRole("combobox", { name: "Service" }), "Alpha");
  await choose(page, page.getByRole("combobox", { name: "Metric type" }), "Latency");
  await show.click();
  await says(page, whole).waitFor();
  expect(queries(page)).toEqual([{ service: "alpha", metric_type: "LATENCY_MS" }]);
  await page.getByRole("button", { name: "Add series" }).click();
  const second = series(page, 2);
  // What the service measures and is not shown yet.
  await second.getByRole("combobox", { name: "Metric type" }).getByText("Packet loss").waitFor();
  await choose(page, second.getByRole("combobox", { name: "Statistic" }), "Number of points");
  await says(page, /Alpha · Packet loss · Number of points: 60 values .*greatest 1\spts/).waitFor();
  await choose(page, second.getByRole("combobox", { name: "Statistic" }), "Maximum");
  await says(page, /Alpha · Packet loss · Maximum: 60 values .*least 1\s%, greatest 3\s%/).waitFor();
  await says(page, whole).waitFor();
  expect(queries(page)[1]).toEqual({ service: "alpha", metric_type: "PACKET_LOSS", statistic: "max" });
  // A series is hidden and shown by its row and by the legend, and taken away.
  await page.getByRole("button", { name: "Hide series 2" }).click();
  await page.getByRole("application", { name: "Metrics: Alpha · Latency", exact: true }).waitFor();
  const legend = page.getByRole("figure").getByRole("button", { name: "Alpha · Packet loss · Maximum" });
  expect(await legend.getAttribute("aria-pressed")).toBe("false");
  await legend.click();
  await page.getByRole("application", { name: /Packet loss/ }).waitFor();
  await page.getByRole("button", { name: "Remove series 1" }).click();
  await page
    .getByRole("application", { name: "Metrics: Alpha · Packet loss · Maximum", exact: true })
    .waitFor();
  await page.getByRole("button", { name: "Remove series 1" }).click();
  await page.getByRole("heading", { name: "What do you want to see?" }).waitFor();
  await page.goBack();
  await chart(page).waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("what is measured right now is one click away", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/explore");
  const suggestions = page.getByRole("region", { name: "Measured right now" });
  await suggestions.getByRole("link", { name: /Alpha Packet loss · region=us 3\s%/ }).click();
  await page.getByRole("application", { name: "Metrics: Alpha · Packet loss · region=us" }).waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("labels narrow a series and its points", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, address({}, ["PACKET_LOSS"]));
  await says(page, /Packet loss: 60 values .*average 2\s%/).waitFor();
  const labels = series(page, 1).getByRole("combobox", { name: /^Labels/ });
  await choose(page, labels, "region=eu");
  await says(page, /Packet loss · region=eu: 30 values .*average 1\s%, least 1\s%, greatest 1\s%/).waitFor();
  expect(queries(page)[0].labels).toEqual({ region: "eu" });
  await page.getByText("1–20 of 30").waitFor();
  expect(new Set(await values(page))).toEqual(new Set(["1 %"]));
  // Of two values of a label the later holds: a point has only one.
  await page.getByRole("option", { name: "region=us", exact: true }).click();
  await says(page, /Packet loss · region=us: 30 values .*average 3\s%/).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Clear: Labels" }).click();
  await says(page, /Packet loss: 60 values/).waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("the bucket is chosen; one that is too fine for the span is refused with a way back", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, address());
  const bucket = page.getByRole("combobox", { name: "Bucket width" });
  await says(page, whole).waitFor();
  await choose(page, bucket, "1 hour");
  await says(
    page,
    /Latency: 2 values .*latest 189\.5\sms, average 159\.5\sms, least 129\.5\sms, greatest 189\.5\sms/,
  ).waitFor();
  expect(search(page).get("bucket")).toBe("hour");
  await choose(page, bucket, "10 seconds");
  await says(page, whole).waitFor();
  expect(wrong).toEqual([]);
  await page.getByRole("button", { name: /^Time range/ }).click();
  await page.getByRole("button", { name: "Last 30 days" }).click();
  const alert = page.getByRole("alert").filter({ hasText: "10 seconds does not fit this span" });
  await alert.getByText(/more than 50000 buckets/).waitFor();
  await alert.getByRole("button", { name: "Use auto" }).click();
  await alert.waitFor({ state: "detached" });
  await says(page, /Alpha · Latency: \d+ values .*greatest/).waitFor();
  await bucket.getByText("Auto (1 hour)").waitFor();
  expect(search(page).has("bucket")).toBe(false);
  expect(wrong.filter((each) => !each.includes("a status of 422 "))).toEqual([]);
  await context.close();
});

test("a drag zooms, a double click leads back step by step", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, address());
  await says(page, whole).waitFor();
  const span = () => Date.parse(search(page).get("to") ?? "") - Date.parse(search(page).get("from") ?? "");
  const drag = async (begin: number, end: number) => {
    const box = await chart(page).boundingBox();
    if (!box) throw new Error("the chart is not shown");
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * begin, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * ((begin + end) / 2), y);
    await page.mouse.move(box.x + box.width * end, y);
    await page.mouse.up();
  };
  await chart(page).scrollIntoViewIfNeeded();
  await drag(0.25, 0.75);
  await expect.poll(span).toBeLessThan(1.2 * HOUR);
  const first = span();
  // The axis takes some room at the left, so half of the box is a little more of the span.
  expect(first).toBeGreaterThan(0.9 * HOUR);
  expect(Date.parse(search(page).get("from") ?? "")).toBeGreaterThan(from);
  expect(Date.parse(search(page).get("to") ?? "")).toBeLessThan(to);
  await says(page, /Latency: (5\d|6\d) values/).waitFor();
  await drag(0.25, 0.75);
  await expect.poll(span).toBeLessThan(0.7 * HOUR);
  await says(page, /Latency: (2|3)\d values/).waitFor();
  await chart(page).dblclick();
  await expect.poll(span).toBe(first);
  await chart(page).dblclick();
  await expect.poll(span).toBe(2 * HOUR);
  await says(page, whole).waitFor();
  // The browser's way back does the same.
  await page.goBack();
  await expect.poll(span).toBe(first);
  expect(wrong).toEqual([]);
  await context.close();
});

test("the chart is read with the keyboard, and what it says is announced", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, address());
  await says(page, whole).waitFor();
  await chart(page).focus();
  const announced = (value: number, time: string) =>
    page.getByText(new RegExp(`, ${time}(:00)?; Alpha · Latency ${value}\\sms$`)).waitFor();
  const at = (index: number) => new Date(from + index * MINUTE + 3 * HOUR).toISOString().slice(11, 16);
  await page.keyboard.press("Home");
  await announced(100, at(0));
  await page.keyboard.press("ArrowRight");
  await announced(101, at(1));
  await page.keyboard.press("PageDown");
  await announced(111, at(11));
  await page.keyboard.press("End");
  await announced(219, at(119));
  await page.keyboard.press("ArrowLeft");
  await announced(218, at(118));
  await page.keyboard.press("Escape");
  await page.getByText(/; Alpha · Latency \d+\sms$/).waitFor({ state: "detached" });
  // Zoom and move without a mouse.
  await page.keyboard.press("Home");
  await page.keyboard.press("+");
  await expect.poll(() => Date.parse(search(page).get("to") ?? "")).toBe(from + HOUR / 2);
  await page.keyboard.press("-");
  await says(page, whole).waitFor();
  await page.keyboard.press("Shift+ArrowLeft");
  await expect.poll(() => search(page).get("from")).toBe(new Date(from - HOUR / 2).toISOString());
  expect(wrong).toEqual([]);
  await context.close();
});

test("the span before is compared, on the axis of this one", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, address({ from: new Date(from + HOUR).toISOString() }));
  await says(
    page,
    /^Metrics: Alpha · Latency\. Alpha · Latency: 60 values .*least 160\sms, greatest 219\sms/,
  ).waitFor();
  const compare = page.getByRole("switch", { name: "Compare with the span before" });
  await compare.click();
  await says(page, /Alpha · Latency \(before\): 60 values .*least 100\sms, greatest 159\sms/).waitFor();
  expect(search(page).get("compare")).toBe("true");
  await chart(page).focus();
  await page.keyboard.press("Home");
  await page.getByText(/; Alpha · Latency 160\sms; Alpha · Latency \(before\) 100\sms$/).waitFor();
  await compare.click();
  await says(page, /before/).waitFor({ state: "detached" });
  expect(wrong).toEqual([]);
  await context.close();
});

test("the thresholds of the rules that judge the series are in the chart", async () => {
  const department = (await server.call("POST", "/departments", { name: "Network Operations" })).data;
  const bravo = (await server.call("GET", "/services/bravo")).data;
  const rule = async (name: string, fields: object) =>
    (
      await server.call("POST", "/rules", {
        name,
        metric_type: "LATENCY_MS",
        operator: ">",
        threshold: 1_000,
        severity: "HIGH",
        department_id: department.id,
        service_ids: [alpha.id],
        ...fields,
      })
    ).data.id;
  const id = await rule("Too slow", {});
  await rule("Elsewhere", { service_ids: [bravo.id] });
  await rule("Turned off", { enabled: false });
  await rule("Of another metric", { metric_type: "PACKET_LOSS", threshold: 90 });
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, address());
  const drawn = says(page, /Too slow > 1,000\sms\./);
  await drawn.waitFor();
  for (const name of ["Elsewhere", "Turned off", "Of another metric"])
    expect(await says(page, new RegExp(name)).count()).toBe(0);
  const rules = page.getByRole("switch", { name: "Rules" });
  await rules.click();
  await drawn.waitFor({ state: "detached" });
  expect(search(page).get("rules")).toBe("false");
  await rules.click();
  await page.getByRole("link", { name: /^Too slow > 1,000\sms$/ }).click();
  await page.waitForURL(`**/rules/${id}`);
  expect(wrong).toEqual([]);
  await context.close();
});

test("the table turns, sorts and filters the points on the server", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, address());
  await page.getByText("1–20 of 120").waitFor();
  await expect.poll(async () => (await values(page)).slice(0, 2)).toEqual(["219 ms", "218 ms"]);
  await page.getByRole("button", { name: "Next page" }).click();
  await page.getByText("21–40 of 120").waitFor();
  await expect.poll(async () => (await values(page))[0]).toBe("199 ms");
  expect(search(page).get("offset")).toBe("20");
  const byValue = table(page).getByRole("columnheader", { name: "Value" });
  await byValue.getByRole("button").click();
  await expect.poll(() => byValue.getAttribute("aria-sort")).toBe("descending");
  await byValue.getByRole("button").click();
  await expect.poll(() => byValue.getAttribute("aria-sort")).toBe("ascending");
  // Another order begins at the first page.
  await page.getByText("1–20 of 120").waitFor();
  await expect.poll(async () => (await values(page)).slice(0, 2)).toEqual(["100 ms", "101 ms"]);
  await page.getByRole("spinbutton", { name: "Least value" }).fill("195");
  await page.keyboard.press("Enter");
  await page.getByText("1–20 of 25").waitFor();
  await expect.poll(async () => (await values(page))[0]).toBe("195 ms");
  await page.getByRole("spinbutton", { name: "Greatest value" }).fill("199.5");
  await page.keyboard.press("Enter");
  await page.getByText("1–5 of 5").waitFor();
  expect([search(page).get("min_value"), search(page).get("max_value")]).toEqual(["195", "199.5"]);
  await page.reload();
  await expect.poll(() => values(page)).toEqual(["195 ms", "196 ms", "197 ms", "198 ms", "199 ms"]);
  await page.getByRole("spinbutton", { name: "Greatest value" }).fill("1");
  await page.keyboard.press("Enter");
  await page.getByText("Choose a longer span, another series, or wider limits for the value.").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByText("1–20 of 120").waitFor();
  // The chart never minded.
  await says(page, whole).waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("chart and points are exported as CSV, the chart as a picture", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(
    context,
    address({ table: "1", bucket: "minute" }, ["LATENCY_MS", "PACKET_LOSS"]),
  );
  await says(page, whole).waitFor();
  const exported = async (item: string): Promise<Download> => {
    await page.getByRole("button", { name: "Export", exact: true }).click();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("menuitem", { name: item }).click(),
    ]);
    return file;
  };
  const lines = await csv(await exported("Chart as CSV"));
  expect(lines[0]).toBe("time,Alpha · Latency (ms),Alpha · Packet loss (%)");
  expect(lines).toHaveLength(121);
  expect(lines[1]).toBe(`${new Date(from).toISOString()},100,1`);
  expect(lines[2]).toBe(`${new Date(from + MINUTE).toISOString()},101,3`);
  expect(lines[120]).toBe(`${new Date(from + 119 * MINUTE).toISOString()},219,`);

  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Points as CSV" }).click(),
  ]);
  expect(file.suggestedFilename()).toBe("alpha-packet-loss-points.csv");
  const rows = await csv(file);
  expect(rows[0]).toBe("recorded_at,service,metric_type,value,unit,label region");
  expect(rows).toHaveLength(61);
  const [at, ...rest] = rows[2]?.split(",") ?? [];
  expect(Date.parse(at ?? "")).toBe(from + MINUTE);
  expect(rest).toEqual(["Alpha", "PACKET_LOSS", "3", "%", "us"]);

  const picture = await exported("Chart as PNG");
  expect(picture.suggestedFilename()).toBe("alpha-latency.png");
  const bytes = await readFile(await picture.path());
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  const canvas = await chart(page).boundingBox();
  expect(bytes.readUInt32BE(16)).toBeGreaterThan(canvas?.width ?? 0);
  expect(bytes.readUInt32BE(20)).toBeGreaterThan(canvas?.height ?? 0);
  expect(wrong).toEqual([]);
  await context.close();
});

test("a copied link shows the same view to somebody else, also later", async () => {
  const context = await person(browser, server.url);
  // A range that ends now, which the link must hold still.
  const moving = address({ compare: "true", bucket: "five_minutes", range: "6h" }, [
    "LATENCY_MS",
    "PACKET_LOSS",
  ]);
  const { page, wrong } = await open(context, moving.replace(/&(from|to)=[^&]*/g, ""));
  await says(page, /Alpha · Latency: 24 values/).waitFor();
  await page.getByRole("button", { name: "Hide series 2" }).click();
  await page.getByRole("button", { name: "Time range: Last 6 hours" }).waitFor();
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByText("Link copied").first().waitFor();
  const link = (await page.evaluate("navigator.clipboard.readText()")) as string;
  expect(link.startsWith(`${server.url}/explore?`)).toBe(true);
  const other = await person(browser, server.url);
  const { page: there, wrong: wrongThere } = await open(other, link);
  await says(there, /Alpha · Latency: 24 values .*average 159\.5\sms/).waitFor();
  const sent = search(there);
  expect(sent.has("range")).toBe(false);
  expect(Date.parse(sent.get("to") ?? "") - Date.parse(sent.get("from") ?? "")).toBe(6 * HOUR);
  await there.getByRole("button", { name: "Show series 2" }).waitFor();
  expect(await there.getByRole("switch", { name: "Compare with the span before" }).isChecked()).toBe(true);
  await there.getByRole("combobox", { name: "Bucket width" }).getByText("5 minutes").waitFor();
  expect([...wrong, ...wrongThere]).toEqual([]);
  await Promise.all([context.close(), other.close()]);
});

test("new points move a range that ends now", async () => {
  await server.call("POST", "/services", { name: "Moving" });
  await send(server, "moving", "LATENCY_MS", [10, 20, 30], 60);
  const q = JSON.stringify([{ service: "moving", metric_type: "LATENCY_MS", statistic: "max" }]);
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, `/explore?${new URLSearchParams({ q, range: "15m" })}`);
  await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
  await says(page, /latest 30\sms, average 20\sms, least 10\sms/).waitFor();
  await page.getByText("1–3 of 3").waitFor();
  await server.call("POST", "/metrics", { service: "moving", metric_type: "LATENCY_MS", value: 777 });
  await says(page, /greatest 777\sms/).waitFor();
  await page.getByText("1–4 of 4").waitFor();
  await expect.poll(async () => (await values(page))[0]).toBe("777 ms");
  expect(search(page).get("range")).toBe("15m");
  expect(wrong).toEqual([]);
  await context.close();
});

test("a service that was deleted is told in its row, also while the chart is open", async () => {
  await server.call("POST", "/services", { name: "Leaving" });
  await send(server, "leaving", "LATENCY_MS", [10, 20, 30], 60);
  const q = JSON.stringify([
    { service: "leaving", metric_type: "LATENCY_MS" },
    { service: "alpha", metric_type: "LATENCY_MS" },
  ]);
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, `/explore?${new URLSearchParams({ q })}`);
  await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
  await says(page, /Leaving · Latency: \d+ values/).waitFor();
  expect(wrong).toEqual([]);
  await server.call("DELETE", "/services/leaving");
  const told = series(page, 1)
    .getByRole("alert")
    .getByText("There is no service with the key leaving any more. Choose another one or remove the series.");
  await told.waitFor();
  await page.reload();
  await told.waitFor();
  await says(page, whole).waitFor();
  await page
    .getByRole("region", { name: "Points", exact: true })
    .getByText(/no service with the key leaving/)
    .waitFor();
  await page.getByRole("button", { name: "Remove series 1" }).click();
  await told.waitFor({ state: "detached" });
  await page.getByText("1–20 of 120").waitFor();
  // The service is looked up by its key, its series and its points by a filter.
  expect(wrong.filter((each) => !/a status of (404|422) /.test(each))).toEqual([]);
  await context.close();
});

test("a view of the metrics is kept, applied from nothing, changed, renamed and deleted", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, address({ bucket: "minute", offset: "20", view: "nothing" }));
  await says(page, whole).waitFor();
  const views = page.getByRole("button", { name: /^Views/ });
  const menu = async (item: string | RegExp) => {
    await views.click();
    await page.getByRole("menuitem", { name: item }).click();
  };
  const write = async (dialog: string, name: string) => {
    await page.getByRole("dialog", { name: dialog }).getByRole("textbox", { name: "Name" }).fill(name);
    await page.getByRole("dialog", { name: dialog }).getByRole("button", { name: "Save" }).click();
  };
  await menu("Save as a view…");
  await write("Save as a view…", "Two hours");
  await page.getByRole("button", { name: "Views: Two hours", exact: true }).waitFor();
  const kept = async () => (await server.call("GET", "/views?page=explore")).data;
  expect(await kept()).toHaveLength(1);

  // Applied where nothing is shown yet, it brings all of it and nothing of the table's page.
  await page.goto("/explore");
  await views.click();
  await page.getByRole("menuitemradio", { name: "Two hours" }).click();
  await says(page, whole).waitFor();
  expect(search(page).get("bucket")).toBe("minute");
  expect(search(page).has("offset")).toBe(false);
  await page.getByRole("button", { name: "Views: Two hours", exact: true }).waitFor();

  await choose(page, page.getByRole("combobox", { name: "Bucket width" }), "1 hour");
  await page.getByRole("button", { name: "Views: Two hours (changed)" }).waitFor();
  await menu(/^Save changes to “Two hours”$/);
  await page.getByRole("button", { name: "Views: Two hours", exact: true }).waitFor();
  expect(new URLSearchParams((await kept())[0].query).get("bucket")).toBe("hour");

  // A second view of the name is refused at the field.
  await choose(page, page.getByRole("combobox", { name: "Bucket width" }), "1 day");
  await menu("Save as a view…");
  expect(wrong).toEqual([]);
  await write("Save as a view…", "Two hours");
  const naming = page.getByRole("dialog", { name: "Save as a view…" });
  await naming.getByText(/another of your views is called Two hours/).waitFor();
  expect(await naming.getByRole("textbox").getAttribute("aria-invalid")).toBe("true");
  await write("Save as a view…", "By day");
  await page.getByRole("button", { name: "Views: By day", exact: true }).waitFor();
  await menu("Rename view…");
  await write("Rename view…", "Day by day");
  await page.getByRole("button", { name: "Views: Day by day", exact: true }).waitFor();
  await menu("Delete view…");
  await page
    .getByRole("alertdialog", { name: "Delete Day by day?" })
    .getByRole("button", { name: "Delete" })
    .click();
  await page.getByRole("button", { name: "Views", exact: true }).waitFor();
  expect((await kept()).map((view: { name: string }) => view.name)).toEqual(["Two hours"]);
  // The lists of incidents have views of their own.
  expect((await server.call("GET", "/views?page=incidents")).data).toEqual([]);
  expect(wrong.filter((each) => !each.includes("a status of 409 "))).toEqual([]);
  await context.close();
});

/** The lines of a CSV file; it must say that it is UTF-8. */
async function csv(file: Download): Promise<string[]> {
  const text = await readFile(await file.path(), "utf8");
  expect(text.startsWith("\ufeff")).toBe(true);
  expect(text.endsWith("\r\n")).toBe(true);
  return text.slice(1).trimEnd().split("\r\n");
}

/** A text with usual spaces. */
function plain(text: string): string {
  return text.replaceAll("\u00a0", " ");
}
