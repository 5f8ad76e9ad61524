import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open, person } from "./support/browser.ts";
import { Server } from "./support/server.ts";
import { send } from "./support/world.ts";

let browser: Browser;
let server: Server;

beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Makes a rule that judges one service, and answers with its id. */
async function rule(service: string, department: string, name: string): Promise<string> {
  const answer = await server.call("POST", "/rules", {
    name,
    metric_type: "LATENCY_MS",
    operator: ">",
    threshold: 150,
    severity: "HIGH",
    service_ids: [service],
    department_id: department,
  });
  return answer.data.id;
}

async function make(kind: "services" | "departments", name: string): Promise<{ id: string; key: string }> {
  return (await server.call("POST", `/${kind}`, { name })).data;
}

const menu = async (page: Page, name: string, item: string) => {
  await page
    .getByRole("table")
    .getByRole("button", { name: `More: ${name}` })
    .click();
  await page.getByRole("menuitem", { name: item }).click();
};
const card = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const copied = (page: Page) => page.evaluate("navigator.clipboard.readText()") as Promise<string>;

/** Without the refusals of the server that the test asked for, which the browser logs. */
const without = (wrong: string[], status: number) =>
  wrong.filter((each) => !each.includes(`the server responded with a status of ${status} `));

test("a service is created with the key that its name suggests", async () => {
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/services");
  await page.getByRole("button", { name: "New service" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New service" });
  const name = dialog.getByRole("textbox", { name: "Name" });
  const key = dialog.getByRole("textbox", { name: /^Key/ });
  await name.fill("TV+ Canlı Yayın");
  expect(await key.inputValue()).toBe("tv-canli-yayin");
  await dialog.getByText("Made from the name.").waitFor();
  await dialog.getByRole("textbox", { name: /^Description/ }).fill("Live television");
  await dialog.getByRole("button", { name: "Create" }).click();
  // The new service is where one goes on.
  await page.waitForURL("**/services/tv-canli-yayin");
  await page.getByRole("heading", { level: 1, name: "TV+ Canlı Yayın" }).waitFor();
  await page.getByText("No points yet").waitFor();
  expect((await server.call("GET", "/services/tv-canli-yayin")).data).toMatchObject({
    name: "TV+ Canlı Yayın",
    key: "tv-canli-yayin",
    description: "Live television",
  });
  expect(wrong).toEqual([]);
  await context.close();
});

test("a key of one's own wins over the suggestion, and one that is taken or wrong is told at the field", async () => {
  await make("services", "Paycell");
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/services");
  await page.getByRole("button", { name: "New service" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New service" });
  const key = dialog.getByRole("textbox", { name: /^Key/ });
  const create = dialog.getByRole("button", { name: "Create" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Paycell for shops");
  await key.fill("paycell");
  await create.click();
  await dialog.getByText("another service has the key paycell").waitFor();
  expect(await key.getAttribute("aria-invalid")).toBe("true");
  expect(await described(page, key)).toContain("another service has the key paycell");
  await key.fill("Pay cell!");
  await create.click();
  await dialog.getByText(/^must be lower-case letters/).waitFor();
  expect(await dialog.getByText("another service has the key paycell").count()).toBe(0);
  await key.fill("paycell.shops");
  await create.click();
  await page.waitForURL("**/services/paycell.shops");
  expect(without(without(wrong, 409), 422)).toEqual([]);
  expect(wrong).toHaveLength(2);
  await context.close();
});

test("a name that exists gets the next free key, and the page says which it became", async () => {
  await make("services", "Doubled");
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/services");
  await page.getByRole("button", { name: "New service" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New service" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Doubled");
  await dialog.getByRole("button", { name: "Create" }).click();
  await page.waitForURL("**/services/doubled-2");
  await card(page, "Facts").getByText("doubled-2", { exact: true }).waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("a service is renamed, and a new key leads its page to the new address", async () => {
  await make("services", "Old name");
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/services");
  await menu(page, "Old name", "Edit");
  const dialog = page.getByRole("dialog", { name: "Edit Old name" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("New name");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("table").getByRole("link", { name: "New name" }).click();
  // The key is what programs send by; it does not follow the name.
  await page.waitForURL("**/services/old-name");
  await page.getByRole("button", { name: "Edit" }).click();
  const again = page.getByRole("dialog", { name: "Edit New name" });
  await again.getByRole("textbox", { name: /^Key/ }).fill("new-name");
  await again.getByText("Whoever sends points by old-name must use the new key too.").waitFor();
  await again.getByRole("button", { name: "Save" }).click();
  await page.waitForURL("**/services/new-name");
  await page.reload();
  await card(page, "Facts").getByText("new-name", { exact: true }).waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("a service with a live incident cannot be deleted and the page says why; without one it can", async () => {
  const service = await make("services", "Doomed");
  const department = await make("departments", "Doomed operations");
  await rule(service.id, department.id, "Doomed latency");
  await server.call("POST", "/metrics", { service: "doomed", metric_type: "LATENCY_MS", value: 400 });
  const { data } = await server.until<{ id: string; key: string }>(
    `/incidents?service_id=${service.id}`,
    ({ meta }) => meta.total === 1,
  );
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/services");
  const confirm = page.getByRole("alertdialog", { name: "Delete Doomed?" });
  await menu(page, "Doomed", "Delete");
  await confirm.getByRole("button", { name: "Cancel" }).click();
  await menu(page, "Doomed", "Delete");
  await confirm.getByText("Its points and its closed incidents stay").waitFor();
  await confirm.getByRole("button", { name: "Delete" }).click();
  await page.getByText("Doomed was not deleted").first().waitFor();
  await page.getByText("Doomed has 1 live incident(s); close them first").first().waitFor();
  await page.getByRole("table").getByRole("link", { name: "Doomed", exact: true }).waitFor();
  expect(without(wrong, 409)).toEqual([]);
  expect(wrong).toHaveLength(1);

  await server.call("PATCH", `/incidents/${data[0]?.key}`, { status: "CLOSED" });
  await page.getByRole("table").getByRole("link", { name: "Doomed", exact: true }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await confirm.getByRole("button", { name: "Delete" }).click();
  await page.waitForURL("**/services");
  await page.getByRole("table").getByRole("link", { name: "Paycell", exact: true }).waitFor();
  await expect
    .poll(() => page.getByRole("table").getByRole("link", { name: "Doomed", exact: true }).count())
    .toBe(0);
  // What it was about is not lost.
  await page.goto(`/incidents/${data[0]?.key}`);
  await page.getByRole("heading", { level: 1 }).filter({ hasText: "Latency of Doomed" }).waitFor();
  await page.goto("/services/doomed");
  await page.getByRole("heading", { name: "Not found" }).waitFor();
  await context.close();
});

test("the page of a service has a chart for each metric type, its incidents, its rules and a command", async () => {
  const service = await make("services", "Superonline");
  const other = await make("services", "Bystander");
  const department = await make("departments", "Field operations");
  await rule(service.id, department.id, "Superonline is slow");
  await rule(other.id, department.id, "Bystander is slow");
  await send(server, "superonline", "PACKET_LOSS", [1, 2, 3, 0.5]);
  await send(server, "superonline", "LATENCY_MS", [100, 120, 140]);
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/services/superonline");
  await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
  await page.getByText("No live incident.").waitFor();
  await card(page, "Incidents").getByText("No incident yet.").waitFor();
  await server.call("POST", "/metrics", { service: "superonline", metric_type: "LATENCY_MS", value: 412.5 });
  await page.getByText(/^1 live incident since \d\d:\d\d; the worst is High\.$/).waitFor();
  const incidents = card(page, "Incidents");
  await incidents.getByRole("link", { name: /INC-\d+ Latency of Superonline above 150 ms/ }).waitFor();

  // The sentences of the charts say what the lines show.
  await card(page, "Latency")
    .getByRole("figure", { name: /max: \d values .*greatest 412\.5\sms.*Superonline is slow 150\sms\./ })
    .waitFor();
  const loss = card(page, "Packet loss").getByRole("figure", { name: /max: \d values .*greatest 3\s%/ });
  await loss.waitFor();
  await loss.and(page.getByRole("figure", { name: /is slow/ })).waitFor({ state: "detached" });

  const rules = card(page, "Rules");
  await rules.getByText("Latency above 150 ms").waitFor();
  expect(await rules.getByText("Bystander is slow").count()).toBe(0);
  await rules.getByRole("link", { name: "Superonline is slow" }).waitFor();

  await rules.getByRole("link", { name: "New rule" }).click();
  await page.waitForURL(`**/rules/new?service_id=${service.id}`);
  await page.getByRole("combobox", { name: "Services: Superonline" }).waitFor();
  await page.goBack();

  await card(page, "Facts").getByRole("button", { name: "Copy the key" }).click();
  expect(await copied(page)).toBe("superonline");
  await card(page, "Send a point").getByRole("button", { name: "Copy" }).click();
  await card(page, "Send a point").getByRole("button", { name: "Copied" }).waitFor();
  const command = await copied(page);
  expect(command).toContain(`curl ${server.url}/api/metrics`);
  const body = JSON.parse(/-d '(.*)'/.exec(command)?.[1] ?? "");
  expect(body).toMatchObject({ service: "superonline" });
  await server.call("POST", "/metrics", body);

  await card(page, "Latency").getByRole("link", { name: "Explore Latency" }).click();
  await page.waitForURL("**/explore?*");
  await page.getByRole("application", { name: "Metrics: Superonline · Latency" }).waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("services are found by search, sorted by the server, and the address keeps both", async () => {
  for (const name of ["Needle one", "Needle two"]) await make("services", name);
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/services");
  const table = page.getByRole("table");
  await page.getByRole("searchbox", { name: "Search services" }).fill("needle");
  await page.waitForURL("**/services?search=needle");
  const names = () => table.getByRole("link").allTextContents();
  await expect.poll(names).toEqual(["Needle one", "Needle two"]);
  await table.getByRole("columnheader", { name: "Name" }).getByRole("button").click();
  await expect.poll(names).toEqual(["Needle two", "Needle one"]);
  await page.reload();
  await expect.poll(names).toEqual(["Needle two", "Needle one"]);
  await page.getByRole("searchbox", { name: "Search services" }).fill("no such service");
  await page.getByText("No service matches “no such service”.").waitFor();
  await page.getByRole("button", { name: "Clear" }).last().click();
  await table.getByRole("link", { name: "Paycell", exact: true }).waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test("a department is created, changed, and its name can be taken only once", async () => {
  await make("departments", "Taken");
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/departments");
  await page.getByRole("button", { name: "New department" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New department" });
  const name = dialog.getByRole("textbox", { name: "Name" });
  await name.fill("Taken");
  await dialog.getByRole("button", { name: "Create" }).click();
  await dialog.getByText(/Taken/).waitFor();
  expect(await name.getAttribute("aria-invalid")).toBe("true");
  await name.fill("Billing");
  await dialog.getByRole("textbox", { name: /^Description/ }).fill("Invoices");
  await dialog.getByRole("button", { name: "Create" }).click();
  await page.getByRole("heading", { level: 1, name: "Billing" }).waitFor();
  await page.getByText("Invoices").waitFor();
  await page.getByRole("button", { name: "Edit" }).click();
  const edit = page.getByRole("dialog", { name: "Edit Billing" });
  await edit.getByRole("textbox", { name: "Name" }).fill("Billing and payments");
  await edit.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { level: 1, name: "Billing and payments" }).waitFor();
  await page.getByRole("navigation", { name: "Where you are" }).getByText("Billing and payments").waitFor();
  await page.goto("/departments");
  await page.getByRole("table").getByRole("link", { name: "Billing and payments" }).waitFor();
  expect(without(wrong, 409)).toEqual([]);
  expect(wrong).toHaveLength(1);
  await context.close();
});

test("a department that rules need cannot be deleted and the page says why; without them it can", async () => {
  const service = await make("services", "Needy");
  const department = await make("departments", "Needed");
  const id = await rule(service.id, department.id, "Needs it");
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, "/departments");
  const confirm = page.getByRole("alertdialog", { name: "Delete Needed?" });
  await menu(page, "Needed", "Delete");
  await confirm.getByRole("button", { name: "Delete" }).click();
  await page.getByText("Needed was not deleted").first().waitFor();
  await page.getByText("1 rule(s) and 0 live incident(s) are routed to Needed").first().waitFor();
  expect(without(wrong, 409)).toEqual([]);
  expect(wrong).toHaveLength(1);
  await server.call("DELETE", `/rules/${id}`);
  await page.getByRole("table").getByRole("link", { name: "Needed" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await confirm.getByRole("button", { name: "Delete" }).click();
  await page.waitForURL("**/departments");
  await expect.poll(() => page.getByRole("table").getByRole("link", { name: "Needed" }).count()).toBe(0);
  await expect(server.call("GET", `/departments/${department.id}`)).rejects.toThrow("404");
  await context.close();
});

test("the page of a department shows its live incidents, its rules and its inbox", async () => {
  const service = await make("services", "Routed");
  const department = await make("departments", "Receivers");
  await rule(service.id, department.id, "Routed here");
  const context = await person(browser, server.url);
  const { page, wrong } = await open(context, `/departments/${department.id}`);
  await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
  await page.getByText("Everything is read.").waitFor();
  await card(page, "Rules").getByRole("link", { name: "Routed here" }).waitFor();
  await server.call("POST", "/metrics", { service: "routed", metric_type: "LATENCY_MS", value: 400 });
  await card(page, "Incidents")
    .getByRole("link", { name: /Latency of Routed/ })
    .waitFor();
  await page.getByText("1 unread notification", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Open the inbox" }).click();
  await page.waitForURL("**/notifications?*");
  await page
    .getByText(/Latency of Routed/)
    .first()
    .waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

/** What assistive technology reads for a field besides its name. */
async function described(page: Page, field: ReturnType<Page["getByRole"]>): Promise<string> {
  const ids = (await field.getAttribute("aria-describedby")) ?? "";
  const texts = await Promise.all(ids.split(" ").map((id) => page.locator(`[id="${id}"]`).textContent()));
  return texts.join(" ");
}
