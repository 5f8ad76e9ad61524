import { readFile } from "node:fs/promises";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { launch, open, person } from "./support/browser.ts";
import { quiet, Server } from "./support/server.ts";
import { world } from "./support/world.ts";

let server: Server;
let browser: Browser;
let noc: { id: string };

/** Services with one incident each: INC-1 is of Alpha, INC-24 of Xray. */
const names =
  "Alpha Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey Xray".split(
    " ",
  );
const all = names.map((_, index) => `INC-${index + 1}`);

beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(quiet), launch()]);
  await world(server);
  noc = (await server.call("POST", "/departments", { name: "Backbone" })).data;
  await server.call("POST", "/rules", {
    name: "Packets lost",
    metric_type: "PACKET_LOSS",
    operator: ">",
    threshold: 2,
    severity: "CRITICAL",
    department_id: noc.id,
  });
  for (const [index, name] of names.entries()) {
    const service = (await server.call("POST", "/services", { name })).data;
    // Every sixth loses packets; the others are slow.
    const point = index % 6 === 5 ? { metric_type: "PACKET_LOSS", value: 7 } : { metric_type: "LATENCY_MS" };
    await server.call("POST", "/metrics", { service: service.key, value: 200 + index, ...point });
    await server.until("/incidents", ({ meta }) => meta.total === index + 1);
  }
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test("several filters at once are in the address and survive a reload", async () => {
  const { page, wrong } = await list();
  await choose(page, "Severity", "Critical");
  await choose(page, "Service", "Foxtrot", "Lima", "Alpha");
  await soon(() => keys(page)).toEqual(["INC-12", "INC-6"]);
  await choose(page, "Department", "Backbone");
  await choose(page, "Status", "Open", "In progress");
  const parameters = () => new URL(page.url()).searchParams;
  await soon(() => parameters().get("status")).toBe("OPEN,IN_PROGRESS");
  expect(parameters().get("severity")).toBe("CRITICAL");
  expect(parameters().get("department_id")).toBe(noc.id);
  expect(parameters().get("service_id")?.split(",")).toHaveLength(3);
  await page.reload();
  await soon(() => keys(page)).toEqual(["INC-12", "INC-6"]);
  await page.getByRole("combobox", { name: "Severity: Critical" }).waitFor();
  await page.getByRole("combobox", { name: "Service: 3 chosen" }).waitFor();
  await page.getByRole("combobox", { name: "Department: Backbone" }).waitFor();
  await page.getByRole("combobox", { name: "Status: Open, In progress" }).waitFor();

  await page.getByRole("button", { name: "Clear: Department" }).click();
  await page.getByRole("button", { name: "Clear: Severity" }).click();
  await soon(() => keys(page)).toEqual(["INC-12", "INC-6", "INC-1"]);
  await page.goBack();
  await soon(() => keys(page)).toEqual(["INC-12", "INC-6"]);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await soon(() => keys(page)).toEqual(all.toReversed());
  expect(new URL(page.url()).search).toBe("");
  expect(wrong).toEqual([]);
});

test("filters of nobody and of a time range narrow the list", async () => {
  await server.call("PATCH", "/incidents/INC-3", { assignee: "ayse" });
  onTestFinished(() => server.call("PATCH", "/incidents/INC-3", { assignee: null }));
  const { page, wrong } = await list();
  await choose(page, "Assignee", "ayse");
  await soon(() => keys(page)).toEqual(["INC-3"]);
  await page.getByRole("button", { name: "Clear: Assignee" }).click();
  await choose(page, "Assignee", "Nobody");
  await soon(() => keys(page)).toEqual(all.toReversed().filter((key) => key !== "INC-3"));
  await page.getByRole("button", { name: "Time range: Any time" }).click();
  await page.getByRole("button", { name: "Last 15 minutes" }).click();
  await page.getByRole("button", { name: "Time range: Last 15 minutes" }).waitFor();
  expect(page.url()).toContain("range=15m");
  await page.goto("/incidents?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z");
  await page.getByText("Nothing matches").waitFor();
  expect(wrong).toEqual([]);
});

test("what is typed after / is searched", async () => {
  const { page, wrong } = await list();
  await page.keyboard.press("/");
  await page.keyboard.type("quebec");
  await soon(() => keys(page)).toEqual(["INC-17"]);
  expect(new URL(page.url()).searchParams.get("search")).toBe("quebec");
  // Enter gives the keys back to the list.
  await page.keyboard.press("Enter");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await bar(page).getByText("1 selected").waitFor();
  await page.reload();
  const box = page.getByRole("searchbox", { name: "Search incidents" });
  expect(await box.inputValue()).toBe("quebec");
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await soon(() => keys(page)).toEqual(all.toReversed());
  expect(wrong).toEqual([]);
});

test("a click on a column sorts by it, another one turns the order around", async () => {
  const { page, wrong } = await list();
  const header = (name: string) => page.getByRole("columnheader", { name });
  await header("Severity").getByRole("button").click();
  await soon(async () => (await keys(page)).slice(0, 4).toSorted()).toEqual([
    "INC-12",
    "INC-18",
    "INC-24",
    "INC-6",
  ]);
  expect(await header("Severity").getAttribute("aria-sort")).toBe("descending");
  await header("Severity").getByRole("button").click();
  await soon(async () => (await keys(page)).slice(-4).toSorted()).toEqual([
    "INC-12",
    "INC-18",
    "INC-24",
    "INC-6",
  ]);
  expect(await header("Severity").getAttribute("aria-sort")).toBe("ascending");
  await header("Number").getByRole("button").click();
  await header("Number").getByRole("button").click();
  await soon(() => keys(page)).toEqual(all);
  await page.reload();
  await soon(() => keys(page)).toEqual(all);
  expect(await header("Number").getAttribute("aria-sort")).toBe("ascending");
  expect(await header("Severity").getAttribute("aria-sort")).toBeNull();
  expect(wrong).toEqual([]);
});

test("columns are chosen, and this browser remembers", async () => {
  const { page, wrong } = await list();
  const header = (name: string) => page.getByRole("columnheader", { name });
  await header("Assignee").waitFor();
  expect(await header("Rule").count()).toBe(0);
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Rule" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Assignee" }).click();
  await page.keyboard.press("Escape");
  await header("Rule").waitFor();
  await page.getByRole("cell", { name: "Packets lost", exact: true }).first().waitFor();
  await page.reload();
  await header("Rule").waitFor();
  expect(await header("Assignee").count()).toBe(0);
  // What an incident is about cannot be hidden.
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menu").waitFor();
  expect(await page.getByRole("menuitemcheckbox", { name: "What happened" }).count()).toBe(0);
  expect(wrong).toEqual([]);
});

test("a long list has pages", async () => {
  const { page, wrong } = await list();
  const pages = page.getByRole("navigation", { name: "Rows per page" });
  await pages.getByText("1–24 of 24").waitFor();
  await pages.getByRole("combobox", { name: "Rows per page" }).selectOption("20");
  await soon(() => keys(page)).toEqual(all.toReversed().slice(0, 20));
  await pages.getByText("1–20 of 24").waitFor();
  expect(await pages.getByRole("button", { name: "Previous page" }).isDisabled()).toBe(true);
  await pages.getByRole("button", { name: "Next page" }).click();
  await soon(() => keys(page)).toEqual(["INC-4", "INC-3", "INC-2", "INC-1"]);
  expect(await pages.getByRole("button", { name: "Next page" }).isDisabled()).toBe(true);
  await page.reload();
  await pages.getByText("21–24 of 24").waitFor();
  await soon(() => keys(page)).toEqual(["INC-4", "INC-3", "INC-2", "INC-1"]);
  // Another filter begins with its first page.
  await choose(page, "Severity", "High");
  await pages.getByText("1–20 of 20").waitFor();
  await page.goto("/incidents?limit=20&offset=40");
  await page.getByText("The list is shorter now").waitFor();
  await page.getByRole("button", { name: "To the first page" }).click();
  await pages.getByText("1–20 of 24").waitFor();
  expect(wrong).toEqual([]);
});

test("a view is saved, applied, changed, renamed and deleted", async () => {
  const { page, wrong } = await list("/incidents?severity=CRITICAL&sort_by=number&sort_dir=asc");
  const views = page.getByRole("button", { name: /^Views/ });
  const item = (name: string) => page.getByRole("menuitem", { name });
  await views.click();
  await page.getByText("Keep the filters that you use often under a name.").waitFor();
  await item("Save as a view…").click();
  await fillName(page, "Save as a view…", "Night shift");
  await page.getByRole("button", { name: "Views: Night shift", exact: true }).waitFor();

  await page.getByRole("navigation", { name: "Quick lists" }).getByRole("link", { name: "Closed" }).click();
  await page.getByRole("button", { name: "Clear filters" }).first().click();
  await soon(() => keys(page)).toHaveLength(24);
  await page.reload();
  await page.getByRole("button", { name: "Views", exact: true }).click();
  await page.getByRole("menuitemradio", { name: "Night shift" }).click();
  await soon(() => keys(page)).toEqual(["INC-6", "INC-12", "INC-18", "INC-24"]);
  expect(new URL(page.url()).searchParams.get("severity")).toBe("CRITICAL");

  await choose(page, "Service", "Lima");
  await page.getByRole("button", { name: "Views: Night shift (changed)" }).click();
  await item("Save changes to “Night shift”").click();
  await page.getByText("“Night shift” saved").waitFor();
  await page.getByRole("button", { name: "Views: Night shift", exact: true }).click();
  await item("Rename view…").click();
  await fillName(page, "Rename view…", "Lima at night");
  await page.getByRole("button", { name: "Views: Lima at night", exact: true }).waitFor();
  const { data } = await server.call("GET", "/views?page=incidents");
  expect(data).toHaveLength(1);
  expect(data[0].name).toBe("Lima at night");
  expect(new URLSearchParams(data[0].query).get("severity")).toBe("CRITICAL");
  expect(new URLSearchParams(data[0].query).get("service_id")).toHaveLength(36);

  await views.click();
  await item("Delete view…").click();
  const question = page.getByRole("alertdialog", { name: "Delete Lima at night?" });
  await question.getByRole("button", { name: "Cancel" }).click();
  expect((await server.call("GET", "/views?page=incidents")).data).toHaveLength(1);
  await views.click();
  await item("Delete view…").click();
  await question.getByRole("button", { name: "Delete" }).click();
  await page.getByText("View “Lima at night” deleted").waitFor();
  expect((await server.call("GET", "/views?page=incidents")).data).toEqual([]);
  await page.getByRole("button", { name: "Views", exact: true }).waitFor();
  // The list itself stays as it was.
  await soon(() => keys(page)).toEqual(["INC-12"]);
  expect(wrong).toEqual([]);
});

test("a view needs a name of its own", async () => {
  const made = { page: "incidents", name: "Taken", query: "severity=HIGH" };
  const { data: view } = await server.call("POST", "/views", made);
  onTestFinished(() => server.call("DELETE", `/views/${view.id}`));
  const { page, wrong } = await list("/incidents?severity=LOW");
  await page.getByRole("button", { name: "Views", exact: true }).click();
  await page.getByRole("menuitem", { name: "Save as a view…" }).click();
  const dialog = page.getByRole("dialog", { name: "Save as a view…" });
  expect(await dialog.getByRole("button", { name: "Save" }).isDisabled()).toBe(true);
  await dialog.getByRole("textbox", { name: "Name" }).fill("Taken");
  await dialog.getByRole("button", { name: "Save" }).click();
  await soon(() => dialog.getByRole("textbox", { name: "Name" }).getAttribute("aria-invalid")).toBe("true");
  expect(wrong.filter((line) => !line.includes("409"))).toEqual([]);
});

test("a stretch is selected with shift, acknowledged at once, and taken back", async () => {
  const { page, wrong } = await list();
  await box(page, "INC-20").click();
  await box(page, "INC-17").click({ modifiers: ["Shift"] });
  await bar(page).getByText("4 selected").waitFor();
  for (const key of ["INC-20", "INC-19", "INC-18", "INC-17"]) {
    expect(await box(page, key).isChecked()).toBe(true);
  }
  expect(await box(page, "INC-16").isChecked()).toBe(false);
  await box(page, "INC-18").click();
  await bar(page).getByText("3 selected").waitFor();
  await bar(page).getByRole("button", { name: "Acknowledge" }).click();
  const toast = page.getByRole("dialog", { name: "3 incidents acknowledged" });
  await toast.waitFor();
  await bar(page).waitFor({ state: "detached" });
  expect(await statuses("INC-20", "INC-19", "INC-18", "INC-17")).toEqual([
    "IN_PROGRESS",
    "IN_PROGRESS",
    "OPEN",
    "IN_PROGRESS",
  ]);
  await row(page, "INC-20").getByText("In progress").waitFor();
  await row(page, "INC-20").getByText("operator").waitFor();
  await toast.getByRole("button", { name: "Undo" }).click();
  await page.getByText("3 incidents are as before").waitFor();
  await row(page, "INC-20").getByText("Nobody").waitFor();
  expect(await statuses("INC-20", "INC-19", "INC-17")).toEqual(["OPEN", "OPEN", "OPEN"]);
  expect((await server.call("GET", "/incidents/INC-20")).data.assignee ?? null).toBeNull();
  expect(wrong).toEqual([]);
});

test("many incidents are closed after a question, and opened again by undo", async () => {
  const { page, wrong } = await list("/incidents?severity=CRITICAL");
  await page.getByRole("checkbox", { name: "Select all rows of this page" }).click();
  await bar(page).getByText("4 selected").waitFor();
  await bar(page).getByRole("button", { name: "Close" }).click();
  const question = page.getByRole("alertdialog", { name: "Close 4 incidents?" });
  await question.getByText("The rules of 4 are still violated").waitFor();
  await question.getByRole("button", { name: "Cancel" }).click();
  await question.waitFor({ state: "detached" });
  await bar(page).getByText("4 selected").waitFor();
  expect(await statuses("INC-6", "INC-12")).toEqual(["OPEN", "OPEN"]);
  await bar(page).getByRole("button", { name: "Close" }).click();
  await question.getByRole("button", { name: "Close 4 incidents" }).click();
  const toast = page.getByRole("dialog", { name: "4 incidents closed" });
  await toast.waitFor();
  expect(await statuses("INC-6", "INC-12", "INC-18", "INC-24")).toEqual(Array(4).fill("CLOSED"));
  await row(page, "INC-6").getByText("Closed").waitFor();
  await toast.getByRole("button", { name: "Undo" }).click();
  await page.getByText("4 incidents are as before").waitFor();
  await row(page, "INC-6").getByText("Open").waitFor();
  expect(await statuses("INC-6", "INC-12", "INC-18", "INC-24")).toEqual(Array(4).fill("OPEN"));
  expect(wrong).toEqual([]);
});

test("many incidents are given to somebody, to me and back", async () => {
  await server.call("PATCH", "/incidents/INC-1", { assignee: "ayse" });
  onTestFinished(() => server.call("PATCH", "/incidents/INC-1", { assignee: null }));
  const { page, wrong } = await list();
  const who = async (...of: string[]) =>
    Promise.all(of.map(async (key) => (await server.call("GET", `/incidents/${key}`)).data.assignee ?? null));
  await box(page, "INC-8").click();
  await box(page, "INC-7").click();
  await bar(page).getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "ayse" }).click();
  const toast = page.getByRole("dialog", { name: "Assignee of 2 incidents changed" });
  await toast.waitFor();
  expect(await who("INC-8", "INC-7")).toEqual(["ayse", "ayse"]);
  await toast.getByRole("button", { name: "Undo" }).click();
  await page.getByText("2 incidents are as before").waitFor();
  expect(await who("INC-8", "INC-7")).toEqual([null, null]);

  await box(page, "INC-8").click();
  await bar(page).getByRole("button", { name: "Assign to me" }).click();
  const mine = page.getByRole("dialog", { name: "Assignee of 1 incident changed" });
  await mine.waitFor();
  await page.getByRole("navigation", { name: "Quick lists" }).getByRole("link", { name: "Mine" }).click();
  await soon(() => keys(page)).toEqual(["INC-8"]);
  await mine.getByRole("button", { name: "Undo" }).click();
  await soon(() => who("INC-8")).toEqual([null]);
  expect(wrong).toEqual([]);
});

test("of many, those that somebody else changed are left alone and counted", async () => {
  const { page, wrong } = await list();
  await page.route("**/api/live*", (route) => route.abort());
  await page.reload();
  await box(page, "INC-10").click();
  await box(page, "INC-9").click();
  await server.call("PATCH", "/incidents/INC-9", { assignee: "mehmet" });
  onTestFinished(async () => {
    await server.call("PATCH", "/incidents/INC-9", { assignee: null });
    await server.call("PATCH", "/incidents/INC-10", { status: "OPEN" });
  });
  await bar(page).getByRole("button", { name: "Acknowledge" }).click();
  const toast = page.getByRole("dialog", { name: "1 incident acknowledged" });
  await toast.getByText("1 had been changed by somebody else.").waitFor();
  expect(await statuses("INC-10", "INC-9")).toEqual(["IN_PROGRESS", "OPEN"]);
  const expected = (line: string) => line.includes("412") || line.includes("ERR_FAILED");
  expect(wrong.filter((line) => !expected(line))).toEqual([]);
});

test("the list is worked through with the keyboard alone", async () => {
  const { page, wrong } = await list("/incidents?sort_by=number&sort_dir=asc");
  await box(page, "INC-1").waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.keyboard.press("x");
  await soon(() => box(page, "INC-2").isChecked()).toBe(true);
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await bar(page).getByText("2 selected").waitFor();
  // With a selection, a and c are those of the selection.
  await page.keyboard.press("a");
  await page.getByText("2 incidents acknowledged").waitFor();
  expect(await statuses("INC-1", "INC-2", "INC-3")).toEqual(["OPEN", "IN_PROGRESS", "IN_PROGRESS"]);
  await page.keyboard.press("x");
  await bar(page).getByText("1 selected").waitFor();
  await page.keyboard.press("Escape");
  await bar(page).waitFor({ state: "detached" });

  await page.keyboard.press("j");
  await page.keyboard.press("a");
  await page.getByText("INC-4 acknowledged").waitFor();
  expect(await statuses("INC-4", "INC-5")).toEqual(["IN_PROGRESS", "OPEN"]);
  await page.keyboard.press("c");
  const question = page.getByRole("alertdialog", { name: "Close INC-4?" });
  await question.waitFor();
  // The question has the keyboard for itself.
  await page.keyboard.press("j");
  await page.keyboard.press("Escape");
  // While it fades it has lost its name, and has the keyboard still.
  await page.getByRole("alertdialog", { includeHidden: true }).waitFor({ state: "detached" });
  expect(await statuses("INC-4")).toEqual(["IN_PROGRESS"]);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/incidents/INC-4");
  await page.getByRole("heading", { level: 1, name: /INC-4/ }).waitFor();
  await page.keyboard.press("Escape");
  await page.waitForURL("**/incidents?sort_by=number&sort_dir=asc");
  expect(wrong).toEqual([]);
});

test("rows that were selected by the mouse are worked on by keys", async () => {
  onTestFinished(() => server.call("PATCH", "/incidents/INC-14", { status: "OPEN" }));
  const { page, wrong } = await list();
  await box(page, "INC-14").click();
  await bar(page).waitFor();
  await page.keyboard.press("a");
  await page.getByText("INC-14 acknowledged").waitFor();
  expect(await statuses("INC-14")).toEqual(["IN_PROGRESS"]);
  // Where the table scrolls it takes the focus, and Enter opens the row all the same.
  await page.getByRole("region", { name: "Incidents" }).focus();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/incidents/INC-24");
  expect(wrong).toEqual([]);
});

test("the filtered list is exported as CSV", async () => {
  const hostile = (await server.call("POST", "/services", { name: '=1+1, "quoted"', key: "formula" })).data;
  await server.call("POST", "/metrics", { service: hostile.key, metric_type: "PACKET_LOSS", value: 9 });
  await server.until("/incidents", ({ meta }) => meta.total === 25);
  const { page, wrong } = await list("/incidents?severity=CRITICAL&sort_by=number&sort_dir=asc");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export CSV" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe("incidents.csv");
  const text = await readFile(await file.path(), "utf8");
  expect(text.startsWith("\ufeffkey,title,severity,status,assignee,service_name,")).toBe(true);
  const [header, ...lines] = text.slice(1).trimEnd().split("\r\n");
  expect(lines.map((line) => line.split(",")[0])).toEqual(["INC-6", "INC-12", "INC-18", "INC-24", "INC-25"]);
  const { data } = await server.call("GET", "/incidents/INC-12");
  const columns = (header ?? "").split(",");
  const cells = (lines[1] ?? "").split(",");
  for (const column of ["severity", "status", "service_name", "threshold", "peak_value", "opened_at", "id"]) {
    expect(cells[columns.indexOf(column)]).toBe(String(data[column]));
  }
  // A spreadsheet must not calculate what somebody called a service.
  expect(lines[4]).toContain(`"'=1+1, ""quoted"""`);
  expect(wrong).toEqual([]);
});

test("none yet teaches, none live is good news, nothing found leads back", async () => {
  // The server that watches itself is no service to send points of.
  const fresh = await Server.start();
  onTestFinished(() => fresh.stop());
  const context = await person(browser, fresh.url);
  onTestFinished(() => context.close());
  const { page, wrong } = await open(context, "/incidents");
  await page.getByText("No incident yet").waitFor();
  await page.getByText("There is no service yet.").waitFor();
  expect(await page.getByRole("button", { name: "Export CSV" }).isDisabled()).toBe(true);
  await world(fresh);
  await page.getByRole("region", { name: "Command that sends a point" }).getByText('"superonline"').waitFor();
  await page.getByRole("link", { name: "New rule" }).waitFor();

  await page.getByRole("navigation", { name: "Quick lists" }).getByRole("link", { name: "Live" }).click();
  await page.getByText("Nothing is wrong").waitFor();
  await page.goto("/incidents?search=nothing+like+this");
  await page.getByText("Nothing matches").waitFor();
  expect(await page.getByText("No incident yet").count()).toBe(0);
  await page.getByRole("button", { name: "Clear filters" }).last().click();
  await page.getByText("No incident yet").waitFor();
  expect(wrong).toEqual([]);
});

test("on a phone the list is cards and the filters unfold", async () => {
  const context = await person(browser, server.url, { phone: true });
  onTestFinished(() => context.close());
  const { page, wrong } = await open(context, "/incidents");
  const cards = page.getByRole("list", { name: "Incidents" }).getByRole("listitem");
  await cards.filter({ hasText: "INC-1" }).first().waitFor();
  expect(await page.getByRole("combobox", { name: "Severity" }).isVisible()).toBe(false);
  await page.getByRole("button", { name: "Filters" }).tap();
  await choose(page, "Service", "Alpha");
  await soon(() => cards.count()).toBe(1);
  await cards.getByRole("link", { name: "Latency of Alpha above 150 ms" }).tap();
  await page.getByRole("heading", { level: 1, name: /INC-1/ }).waitFor();
  expect(wrong).toEqual([]);
});

/** Opens the list in a window of its own and waits for its rows. */
async function list(path = "/incidents"): Promise<{ page: Page; wrong: string[] }> {
  const context = await person(browser, server.url);
  onTestFinished(() => context.close());
  return open(context, path);
}

/** The keys of the rows, from the top. */
function keys(page: Page): Promise<string[]> {
  return page
    .getByRole("table")
    .getByRole("cell", { name: /^INC-\d+$/ })
    .allTextContents();
}

function row(page: Page, key: string): Locator {
  return page.getByRole("row").filter({ has: page.getByRole("cell", { name: key, exact: true }) });
}

function box(page: Page, key: string): Locator {
  return page.getByRole("row").getByRole("checkbox", { name: `Select ${key}`, exact: true });
}

/** What can be done to the selected rows. */
function bar(page: Page): Locator {
  return page.getByRole("region", { name: "Selected incidents" });
}

/** Chooses values of a filter. */
async function choose(page: Page, filter: string, ...values: string[]): Promise<void> {
  await page.getByRole("combobox", { name: new RegExp(`^${filter}(:|$)`) }).click();
  for (const value of values) await page.getByRole("option", { name: value, exact: true }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: filter, exact: true }).waitFor({ state: "detached" });
}

async function fillName(page: Page, title: string, name: string): Promise<void> {
  const dialog = page.getByRole("dialog", { name: title });
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
}

function statuses(...of: string[]): Promise<string[]> {
  return Promise.all(of.map(async (key) => (await server.call("GET", `/incidents/${key}`)).data.status));
}

/** Looks again and again until it is as expected: the browser needs a moment, more of it when the machine is busy. */
function soon<T>(look: () => T | Promise<T>) {
  return expect.poll(look, { timeout: 15_000 });
}
