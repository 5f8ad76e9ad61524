import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open, person } from "./support/browser.ts";
import { Server } from "./support/server.ts";
import { send } from "./support/world.ts";

let browser: Browser;
let server: Server;
let department: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  department = (await server.call("POST", "/departments", { name: "Network Operations" })).data.id;
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function service(name: string): Promise<{ id: string; key: string }> {
  return (await server.call("POST", "/services", { name })).data;
}

/** Makes a rule: latency of one service above 150 ms is HIGH, unless told otherwise. */
async function rule(name: string, ids: string[], fields: object = {}): Promise<{ id: string }> {
  const body = { name, metric_type: "LATENCY_MS", operator: ">", threshold: 150, severity: "HIGH" };
  const more = { service_ids: ids, department_id: department };
  return (await server.call("POST", "/rules", { ...body, ...more, ...fields })).data;
}

/** Sends a point and waits until it was judged. */
async function point(key: string, value: number): Promise<void> {
  await server.call("POST", "/metrics", { service: key, metric_type: "LATENCY_MS", value });
}

const form = (page: Page) => page.getByRole("form", { name: "The rule" });
const threshold = (page: Page) => form(page).getByRole("textbox", { name: /^Threshold/ });
const name = (page: Page) => form(page).getByRole("textbox", { name: "Name" });
const preview = (page: Page) => page.getByRole("region", { name: "What it would have done" });
const row = (page: Page, text: string) =>
  page
    .getByRole("table")
    .getByRole("row")
    .filter({ has: page.getByRole("link", { name: text, exact: true }) });
const names = (page: Page) => page.getByRole("table").getByRole("link").allTextContents();

/** Chooses in a list that opens from a button or a field. */
async function choose(page: Page, trigger: Locator, option: string): Promise<void> {
  await trigger.click();
  await page.getByRole("option", { name: option, exact: true }).click();
}

/** Without the refusals of the server that the test asked for, which the browser logs. */
const without = (wrong: string[], status: number) =>
  wrong.filter((each) => !each.includes(`the server responded with a status of ${status} `));

test("a rule is written as a sentence, and judges the next point", async () => {
  const { id } = await service("Written");
  await service("Not meant");
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/rules");
  await page.getByRole("link", { name: "New rule" }).first().click();
  const sentence = form(page);
  await choose(page, sentence.getByRole("combobox", { name: "Metric type" }), "Packet loss");
  await sentence.getByRole("combobox", { name: /^Services/ }).click();
  await page.getByRole("option", { name: "Written" }).click();
  await page.keyboard.press("Escape");
  await choose(page, sentence.getByRole("combobox", { name: "Comparison" }), "at or above");
  await threshold(page).fill("2.5");
  await choose(page, sentence.getByRole("combobox", { name: "Severity" }), "Critical");
  // There is one department; it is chosen.
  await sentence.getByRole("combobox", { name: "Department" }).getByText("Network Operations").waitFor();
  await expect.poll(() => name(page).inputValue()).toMatch(/^Packet loss of Written at or above 2\.5\s%$/);
  await name(page).fill("Written loses packets");
  await sentence.getByRole("textbox", { name: /^Description/ }).fill("Look at the upstream link first.");
  await sentence.getByRole("button", { name: "Create rule" }).click();
  await page.getByText("Written loses packets created. It judges every point from now on.").first().waitFor();
  const line = row(page, "Written loses packets");
  await line.getByText(/^Packet loss at or above 2\.5\s%$/).waitFor();
  await line.getByText("Critical").waitFor();
  await line.getByText("Network Operations").waitFor();
  const { data } = await server.call("GET", "/rules?search=Written%20loses");
  expect(data).toHaveLength(1);
  expect(data[0]).toMatchObject({
    metric_type: "PACKET_LOSS",
    operator: ">=",
    threshold: 2.5,
    severity: "CRITICAL",
    service_ids: [id],
    department_id: department,
    description: "Look at the upstream link first.",
    enabled: true,
  });
  for (const key of ["written", "not-meant"])
    await server.call("POST", "/metrics", { service: key, metric_type: "PACKET_LOSS", value: 2.5 });
  await server.until(`/incidents?rule_id=${data[0].id}`, ({ meta }) => meta.total === 1);
  expect(wrong).toEqual([]);
  await context.close();
});

test("the preview tells how often the rule would have been violated, and when", async () => {
  const tried = await service("Tried");
  const other = await service("Tried too");
  // Two episodes of three and one violations, and one elsewhere; 13 points in all.
  await send(server, tried.key, "LATENCY_MS", [100, 210, 320, 230, 90, 80, 250, 100]);
  await send(server, other.key, "LATENCY_MS", [100, 100, 290, 100, 100]);
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, `/rules/new?service_id=${tried.id}`);
  const says = preview(page);
  await says.getByText(/^Set a threshold to see.*from 80\sms to 320\sms, 172\.5\sms on average\.$/).waitFor();
  await threshold(page).fill("200");
  await says
    .getByText(
      "In the last 24 hours this rule would have been violated 4 times in 2 episodes on 1 service; it would have opened up to 2 incidents.",
    )
    .waitFor();
  await says.getByText("Of 8 points on 1 service that it watches.").waitFor();
  const episodes = says.getByRole("table").filter({ hasText: "Began" }).getByRole("row");
  const cells = async (index: number) =>
    (await episodes.nth(index).getByRole("cell").allTextContents()).map((text) =>
      text.replace("\u00a0", " "),
    );
  // The newest first; how long, and the value that was worst.
  const newest = await cells(1);
  const oldest = await cells(2);
  expect([newest[0], newest[2], newest[3]]).toEqual(["Tried", "1 point", "250 ms"]);
  expect([oldest[0], oldest[2], oldest[3]]).toEqual(["Tried", "1 min", "320 ms"]);
  await says.getByRole("figure", { name: /Average: .*Threshold 200\sms\. Tried: / }).waitFor();

  // A threshold that nothing is above, then all services.
  await threshold(page).fill("1000");
  await says.getByText("In the last 24 hours this rule would not have been violated.").waitFor();
  expect(await says.getByText("Newest episodes").count()).toBe(0);
  await threshold(page).fill("280");
  await says
    .getByText(/violated 1 time in 1 episode on 1 service; it would have opened 1 incident\./)
    .waitFor();
  await form(page)
    .getByRole("combobox", { name: /^Services/ })
    .click();
  await page.getByRole("option", { name: "Tried too" }).click();
  await page.keyboard.press("Escape");
  await says.getByText(/violated 2 times in 2 episodes on 2 services/).waitFor();
  await says.getByText("Of 13 points on 2 services that it watches.").waitFor();

  // The same question of the API, and of another span.
  const { data } = await server.call("POST", "/rules/preview", {
    rule: {
      metric_type: "LATENCY_MS",
      operator: ">",
      threshold: 280,
      service_ids: [tried.id, other.id],
    },
  });
  expect([data.points, data.violations, data.episode_count]).toEqual([13, 2, 2]);
  await says.getByRole("button", { name: "7 days" }).click();
  await says.getByText(/^In the last 7 days this rule would have been violated 2 times/).waitFor();
  expect(new URL(page.url()).searchParams.get("span")).toBe("7d");
  await says.getByRole("link", { name: "Show Tried too in the metrics" }).click();
  // Something was written, so leaving asks.
  await page.getByRole("alertdialog").getByRole("button", { name: "Leave" }).click();
  await page.getByRole("application", { name: "Metrics: Tried too · Latency" }).waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("what is wrong is told at its field while somebody writes", async () => {
  await service("Corrected");
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/rules/new");
  const sentence = form(page);
  await preview(page)
    .getByText(/^Set a threshold to see/)
    .waitFor();
  // Nobody is told off for what they have not come to yet.
  expect(await sentence.getByText("must have 1 to 200 characters").count()).toBe(0);
  await name(page).fill("x".repeat(201));
  await sentence.getByText("must have 1 to 200 characters").waitFor();
  expect(await name(page).getAttribute("aria-invalid")).toBe("true");
  await preview(page).getByText("This cannot be tried as it stands").waitFor();
  await name(page).fill("Short");
  await sentence.getByText("must have 1 to 200 characters").waitFor({ state: "detached" });

  await sentence.getByRole("button", { name: "Only where labels match…" }).click();
  const label = sentence.getByRole("textbox", { name: "Label 1: name" });
  await label.waitFor();
  await expect
    .poll(() => label.evaluate((element) => element === element.ownerDocument.activeElement))
    .toBe(true);
  await label.fill("region");
  await choose(page, sentence.getByRole("combobox", { name: "Label 1: comparison" }), "=~ matches");
  const value = sentence.getByRole("textbox", { name: "Label 1: value" });
  await value.fill("eu-(");
  await sentence.getByText("value must be a regular expression").waitFor();
  expect(await value.getAttribute("aria-invalid")).toBe("true");
  await value.fill("eu-.*");
  await sentence.getByText("value must be a regular expression").waitFor({ state: "detached" });

  // No threshold: the server says so at its place when the rule is to be made.
  await threshold(page).pressSequentially("abc");
  expect(await threshold(page).inputValue()).toBe("");
  await sentence.getByRole("button", { name: "Create rule" }).click();
  await sentence.getByText(/^Threshold: /).waitFor();
  expect(await threshold(page).getAttribute("aria-invalid")).toBe("true");
  expect((await server.call("GET", "/rules?search=Short")).meta.total).toBe(0);
  await threshold(page).fill("150");
  await sentence.getByText(/^Threshold: /).waitFor({ state: "detached" });
  await sentence.getByRole("button", { name: "Create rule" }).click();
  await row(page, "Short").waitFor();
  const { data } = await server.call("GET", "/rules?search=Short");
  expect(data[0].labels).toEqual([{ name: "region", operator: "=~", value: "eu-.*" }]);

  // Two rules may have one name.
  await page.getByRole("link", { name: "New rule" }).first().click();
  await threshold(page).fill("999999");
  await name(page).fill("Short");
  await sentence.getByRole("button", { name: "Create rule" }).click();
  await page.waitForURL("**/rules");
  await expect.poll(() => row(page, "Short").count()).toBe(2);
  expect(without(wrong, 422)).toEqual([]);
  expect(wrong.length).toBeGreaterThan(0);
  await context.close();
});

test("a department that is missing is made on the spot and chosen", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/rules/new");
  await threshold(page).fill("5000");
  await form(page).getByRole("button", { name: "New department" }).click();
  const dialog = page.getByRole("dialog", { name: "New department" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Network Operations");
  await dialog.getByRole("button", { name: "Create" }).click();
  const field = dialog.getByRole("textbox", { name: "Name" });
  await expect.poll(() => field.getAttribute("aria-invalid")).toBe("true");
  await field.fill("Billing");
  await dialog.getByRole("button", { name: "Create" }).click();
  await form(page).getByRole("combobox", { name: "Department" }).getByText("Billing").waitFor();
  // What was written before is still there.
  expect(await threshold(page).inputValue()).toBe("5,000");
  await name(page).fill("For the new department");
  await form(page).getByRole("button", { name: "Create rule" }).click();
  await row(page, "For the new department").getByText("Billing").waitFor();
  expect(without(wrong, 409)).toEqual([]);
  expect(wrong).toHaveLength(1);
  await context.close();
});

test("a rule is changed, and only what was changed is sent", async () => {
  const { id } = await rule("To change", [(await service("Changed")).id]);
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, `/rules/${id}`);
  const save = form(page).getByRole("button", { name: "Save" });
  expect(await save.isDisabled()).toBe(true);
  expect(await threshold(page).inputValue()).toBe("150");
  await threshold(page).fill("175.5");
  // Somebody else changes something else meanwhile.
  await server.call("PATCH", `/rules/${id}`, { severity: "LOW" });
  await form(page).getByRole("combobox", { name: "Severity" }).getByText("Low").waitFor();
  await save.click();
  await page.getByText("To change saved").first().waitFor();
  expect((await server.call("GET", `/rules/${id}`)).data).toMatchObject({
    threshold: 175.5,
    severity: "LOW",
  });
  await name(page).fill("Changed it");
  await page.keyboard.press("Control+s");
  await page.getByRole("heading", { level: 1, name: "Changed it" }).waitFor();
  await page.getByRole("navigation", { name: "Where you are" }).getByText("Changed it").waitFor();
  expect(await save.isDisabled()).toBe(true);
  // Nothing is unsaved, so leaving does not ask.
  await page
    .getByRole("link", { name: /^Services/ })
    .first()
    .click();
  await page.waitForURL("**/services");
  expect(wrong).toEqual([]);
  await context.close();
});

test("a rule is duplicated from the list and from its page", async () => {
  const { id: ofService } = await service("Copied");
  const { id } = await rule("Original", [ofService], {
    threshold: 321,
    severity: "MEDIUM",
    description: "Why",
  });
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/rules?search=Original");
  await row(page, "Original").getByRole("button", { name: "Actions for Original" }).click();
  await page.getByRole("menuitem", { name: "Duplicate" }).click();
  await page.waitForURL(`**/rules/new?from=${id}`);
  await expect.poll(() => name(page).inputValue()).toBe("Copy of Original");
  expect(await threshold(page).inputValue()).toBe("321");
  await form(page).getByRole("button", { name: "Create rule" }).click();
  await row(page, "Copy of Original").waitFor();
  const { data } = await server.call("GET", "/rules?search=Copy%20of%20Original");
  expect(data[0]).toMatchObject({
    threshold: 321,
    severity: "MEDIUM",
    description: "Why",
    service_ids: [ofService],
  });
  await page.goto(`/rules/${id}`);
  await page.getByRole("link", { name: "Duplicate" }).click();
  await expect.poll(() => name(page).inputValue()).toBe("Copy of Original");
  expect(wrong).toEqual([]);
  await context.close();
});

test("a rule that is turned off opens nothing, and one that is turned on does", async () => {
  const switched = await service("Switched");
  const { id } = await rule("Switchable", [switched.id]);
  const { id: witness } = await rule("Witness", [switched.id], { threshold: 140, severity: "LOW" });
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/rules?search=witch");
  const toggle = page.getByRole("switch", { name: "Turn Switchable on or off" });
  await toggle.click();
  await page.getByText("Switchable is off").first().waitFor();
  await expect.poll(async () => (await server.call("GET", `/rules/${id}`)).data.enabled).toBe(false);
  await point("switched", 500);
  // Both rules judge in one go: once the other has opened its incident, this one has had its chance.
  await server.until(`/incidents?rule_id=${witness}`, ({ meta }) => meta.total === 1);
  expect((await server.call("GET", `/incidents?rule_id=${id}`)).meta.total).toBe(0);
  await page.reload();
  expect(await toggle.getAttribute("aria-checked")).toBe("false");
  await toggle.click();
  await page.getByText("Switchable is on").first().waitFor();
  await expect.poll(async () => (await server.call("GET", `/rules/${id}`)).data.enabled).toBe(true);
  await point("switched", 600);
  await server.until(`/incidents?rule_id=${id}`, ({ meta }) => meta.total === 1);
  expect(wrong).toEqual([]);
  await context.close();
});

test("a switch that the server refuses goes back and says so", async () => {
  await rule("Stubborn", [(await service("Stubborn service")).id]);
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/rules?search=Stubborn");
  const toggle = page.getByRole("switch", { name: "Turn Stubborn on or off" });
  await toggle.waitFor();
  await page.route("**/api/rules/*", (route) =>
    route.request().method() === "PATCH" ? route.fulfill({ status: 500, body: "{}" }) : route.continue(),
  );
  await toggle.click();
  await page.getByText("Stubborn could not be turned on or off").first().waitFor();
  await expect.poll(() => toggle.getAttribute("aria-checked")).toBe("true");
  expect(without(wrong, 500)).toEqual([]);
  await context.close();
});

test("the list counts what each rule has opened, live", async () => {
  const counted = await service("Counted");
  const { id } = await rule("Counting", [counted.id]);
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/rules?search=Counting");
  await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
  const header = page.getByRole("table").getByRole("columnheader");
  const cell = async (column: string) => {
    const index = (await header.allTextContents()).indexOf(column);
    return row(page, "Counting").getByRole("cell").nth(index);
  };
  await expect.poll(async () => (await cell("Incidents")).textContent()).toBe("0");
  await expect.poll(async () => (await cell("Latest")).textContent()).toBe("–");
  await point("counted", 400);
  const { data } = await server.until<{ key: string }>(
    `/incidents?rule_id=${id}`,
    ({ meta }) => meta.total === 1,
  );
  await expect.poll(async () => (await cell("Incidents")).textContent(), { timeout: 15_000 }).toBe("1");
  await expect.poll(async () => (await cell("Latest")).textContent()).toMatch(/now|ago/);
  await row(page, "Counting").getByRole("link", { name: "Counting" }).click();
  const incidents = page.getByRole("region", { name: "Its newest incidents" });
  await incidents
    .getByRole("link", { name: new RegExp(`^High ${data[0]?.key} Latency of Counted`) })
    .waitFor();
  await page.goBack();
  // In a span before it there was none.
  await page.goto("/rules?search=Counting&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z");
  await expect.poll(async () => (await cell("Incidents")).textContent()).toBe("0");
  expect(wrong).toEqual([]);
  await context.close();
});

test("filters and search narrow the list, stand in the address and survive a reload", async () => {
  const ids = [(await service("Filtered")).id];
  await rule("Filter high latency", ids);
  await rule("Filter critical loss", ids, { severity: "CRITICAL", metric_type: "PACKET_LOSS", threshold: 9 });
  await rule("Filter low latency", ids, { severity: "LOW", enabled: false });
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/rules");
  await page.getByRole("searchbox", { name: "Search rules" }).fill("filter");
  await page.waitForURL("**/rules?search=filter");
  await expect.poll(async () => (await names(page)).length).toBe(3);
  const filter = async (named: string, option: string) => {
    await page.getByRole("combobox", { name: new RegExp(`^${named}`) }).click();
    await page.getByRole("option", { name: option, exact: true }).click();
    await page.keyboard.press("Escape");
  };
  await filter("Metric type", "Latency");
  await expect
    .poll(async () => (await names(page)).sort())
    .toEqual(["Filter high latency", "Filter low latency"]);
  await filter("On or off", "Off");
  await expect.poll(() => names(page)).toEqual(["Filter low latency"]);
  await page.reload();
  await expect.poll(() => names(page)).toEqual(["Filter low latency"]);
  const search = new URL(page.url()).searchParams;
  expect([search.get("search"), search.get("enabled")]).toEqual(["filter", "false"]);
  await page.getByRole("button", { name: "Clear: On or off" }).click();
  await expect.poll(async () => (await names(page)).length).toBe(2);
  await page.getByRole("columnheader", { name: "Severity" }).getByRole("button").click();
  await expect.poll(() => names(page)).toEqual(["Filter high latency", "Filter low latency"]);
  await page.getByRole("columnheader", { name: "Severity" }).getByRole("button").click();
  await expect.poll(() => names(page)).toEqual(["Filter low latency", "Filter high latency"]);
  await page.goBack();
  await expect.poll(() => names(page)).toEqual(["Filter high latency", "Filter low latency"]);
  await filter("Severity", "Critical");
  await page.getByText("No row fits the filters.").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).last().click();
  await expect.poll(async () => (await names(page)).length).toBeGreaterThan(3);
  expect(wrong).toEqual([]);
  await context.close();
});

test("deleting asks, and the incidents of the rule stay", async () => {
  const lasting = await service("Lasting");
  const { id } = await rule("Short-lived", [lasting.id]);
  await point("lasting", 400);
  const { data } = await server.until<{ key: string }>(
    `/incidents?rule_id=${id}`,
    ({ meta }) => meta.total === 1,
  );
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/rules?search=Short-lived");
  const confirm = page.getByRole("alertdialog", { name: "Delete the rule Short-lived?" });
  await row(page, "Short-lived").getByRole("button", { name: "Actions for Short-lived" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await confirm.getByText("The incidents it opened stay").waitFor();
  await confirm.getByRole("button", { name: "Cancel" }).click();
  expect((await server.call("GET", `/rules/${id}`)).data.name).toBe("Short-lived");
  // On its page with something unsaved: who deletes is not asked about that.
  await row(page, "Short-lived").getByRole("link").click();
  await threshold(page).fill("200");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await confirm.getByRole("button", { name: "Delete" }).click();
  await page.getByText("Short-lived deleted").first().waitFor();
  await page.waitForURL("**/rules");
  await expect(server.call("GET", `/rules/${id}`)).rejects.toThrow("404");
  expect(wrong).toEqual([]);
  await page.goto(`/incidents/${data[0]?.key}`);
  await page
    .getByRole("heading", { level: 1 })
    .filter({ hasText: "Latency of Lasting above 150 ms" })
    .waitFor();
  expect((await server.call("GET", `/incidents/${data[0]?.key}`)).data.status).toBe("OPEN");
  // The page of the incident asks for a rule that is no more.
  expect(without(wrong, 404)).toEqual([]);
  await context.close();
});

test("leaving with unsaved changes asks", async () => {
  const { id } = await rule("Unsaved", [(await service("Left")).id]);
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, `/rules/${id}`);
  const ask = page.getByRole("alertdialog", { name: "Leave without saving?" });
  const leave = () =>
    page
      .getByRole("link", { name: /^Incidents/ })
      .first()
      .click();
  await threshold(page).fill("160");
  // What was typed counts before the field is left, too.
  await leave();
  await ask.getByRole("button", { name: "Cancel" }).click();
  await ask.waitFor({ state: "detached" });
  expect(new URL(page.url()).pathname).toBe(`/rules/${id}`);
  expect(await threshold(page).inputValue()).toBe("160");
  // Closing the tab asks in the browser's words.
  const asked = new Promise<string>((resolve) =>
    page.once("dialog", (dialog) => {
      resolve(dialog.type());
      dialog.dismiss();
    }),
  );
  await page.close({ runBeforeUnload: true });
  expect(await asked).toBe("beforeunload");
  // Back to how it was: nothing to lose.
  await threshold(page).fill("150");
  await form(page)
    .getByRole("button", { name: "Save" })
    .and(page.getByRole("button", { disabled: true }))
    .waitFor();
  await threshold(page).fill("170");
  await leave();
  await ask.getByRole("button", { name: "Leave" }).click();
  await page.waitForURL((url) => url.pathname === "/incidents");
  expect((await server.call("GET", `/rules/${id}`)).data.threshold).toBe(150);
  expect(wrong).toEqual([]);
  await context.close();
});
