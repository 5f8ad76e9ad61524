import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { launch, open, type Person, person } from "./support/browser.ts";
import { quiet, Server } from "./support/server.ts";
import { send, world } from "./support/world.ts";

let server: Server;
let browser: Browser;
let noc: { id: string };

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
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test("a sentence says what happened, since when, how bad, and when it was over", async () => {
  const { key, page, wrong, incident } = await trouble("Sentence", [90, 95, 170]);
  const since = clock((await incident()).opened_at);
  await heading(page, `${key} Latency of Sentence above 150 ms since ${since}, peak 170 ms, 1 violation`);
  // It comes by itself, as everything below.
  await server.call("POST", "/metrics", { service: "sentence", metric_type: "LATENCY_MS", value: 412.5 });
  await heading(page, `${key} Latency of Sentence above 150 ms since ${since}, peak 412.5 ms, 2 violations`);
  await page.getByText("Violated for").waitFor();
  await server.call("POST", "/metrics", { service: "sentence", metric_type: "LATENCY_MS", value: 80 });
  await soon(async () => typeof (await incident()).recovered_at).toBe("string");
  const until = clock((await incident()).recovered_at);
  await heading(
    page,
    `${key} Latency of Sentence above 150 ms from ${since}, peak 412.5 ms, 2 violations, recovered at ${until}`,
  );
  await page.getByText("Recovered", { exact: true }).first().waitFor();
  expect(await page.getByText("Violated for").count()).toBe(0);
  expect(wrong).toEqual([]);
});

test("the chart tells in words what it shows: values, threshold and when it was violated", async () => {
  const { page, wrong, incident } = await trouble("Chart", [90, 95, 170, 412.5, 300, 80]);
  await soon(async () => typeof (await incident()).recovered_at).toBe("string");
  const { opened_at, recovered_at } = await incident();
  const words = () =>
    card(page, "What was measured").getByRole("figure").getByText("Threshold").first().textContent();
  await soon(words).toMatch(/least 80\sms/);
  expect(await words()).toMatch(/^Latency of Chart\. Latency, highest: \d+ values from /);
  expect(await words()).toContain(`violated: ${clock(opened_at)} – ${clock(recovered_at)}.`);
  const said = plain((await words()) ?? "");
  expect(said).toContain("greatest 412.5 ms");
  expect(said).toContain("Threshold 150 ms.");
  await card(page, "What was measured").getByRole("application", { name: "Latency of Chart" }).waitFor();

  await page.getByRole("button", { name: "Zoom to the violation" }).click();
  await page.waitForURL(/\?from=.*&to=/);
  await page.reload();
  await page.getByRole("button", { name: "Whole incident" }).click();
  await soon(() => new URL(page.url()).search).toBe("");
  await page.getByRole("link", { name: "Explore" }).click();
  await page.waitForURL(/\/explore\?/);
  await page
    .getByText("Latency of Chart")
    .or(page.getByText("Chart", { exact: true }))
    .first()
    .waitFor();
  expect(wrong).toEqual([]);
});

test("the one button takes it on, then closes it, and closing is taken back", async () => {
  const { key, page, wrong, incident } = await trouble("Button");
  await page.getByText("Nobody is on it yet").waitFor();
  await page.getByRole("button", { name: "Acknowledge" }).click();
  await page.getByText("In progress", { exact: true }).first().waitFor();
  await page.getByText(`${key} acknowledged`).waitFor();
  expect(await incident()).toMatchObject({ status: "IN_PROGRESS", assignee: "operator" });

  await page.getByRole("button", { name: "Close incident" }).click();
  const question = page.getByRole("alertdialog", { name: `Close ${key}?` });
  await question.getByText("Its rule is still violated.").waitFor();
  await question.getByRole("button", { name: "Cancel" }).click();
  await question.waitFor({ state: "detached" });
  expect((await incident()).status).toBe("IN_PROGRESS");
  await page.getByRole("button", { name: "Close incident" }).click();
  await question.getByRole("button", { name: "Close incident" }).click();
  const toast = page.getByRole("dialog", { name: `${key} closed` });
  await toast.waitFor();
  expect((await incident()).status).toBe("CLOSED");
  await page.getByRole("button", { name: "Reopen" }).waitFor();
  await toast.getByRole("button", { name: "Undo" }).click();
  await page.getByText(`${key} is as before`).waitFor();
  expect(await incident()).toMatchObject({ status: "IN_PROGRESS", assignee: "operator" });

  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Release" }).click();
  await page.getByText("Nobody is on it yet").waitFor();
  expect((await incident()).status).toBe("OPEN");
  expect(wrong).toEqual([]);
});

test("what has recovered is closed without a question", async () => {
  const { key, page, wrong, incident } = await trouble("Recovered", [200, 90]);
  await page.getByText("Recovered", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Acknowledge" }).click();
  await page.getByRole("button", { name: "Close incident" }).click();
  await page.getByText(`${key} closed`).waitFor();
  expect(await page.getByRole("alertdialog").count()).toBe(0);
  expect((await incident()).status).toBe("CLOSED");
  await page.getByRole("button", { name: "Reopen" }).click();
  await page.getByRole("button", { name: "Acknowledge" }).waitFor();
  expect((await incident()).status).toBe("OPEN");
  expect(wrong).toEqual([]);
});

test("keys do what the buttons do", async () => {
  const { key, page, wrong, incident } = await trouble("Keys");
  await page.keyboard.press("m");
  await page.keyboard.type("a c");
  const text = page.getByRole("textbox", { name: "Comment" });
  expect(await text.inputValue()).toBe("a c");
  expect((await incident()).status).toBe("OPEN");
  await page.keyboard.press("Escape");
  await page.keyboard.press("a");
  await page.getByText(`${key} acknowledged`).waitFor();
  expect((await incident()).status).toBe("IN_PROGRESS");
  await page.keyboard.press("c");
  await page.getByRole("alertdialog", { name: `Close ${key}?` }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("alertdialog").waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await page.waitForURL("**/incidents");
  expect(wrong).toEqual([]);
});

test("its severity is changed and taken back", async () => {
  const { key, page, wrong, incident } = await trouble("Severity");
  await page.getByRole("button", { name: "Severity: High" }).click();
  await page.getByRole("menuitemradio", { name: "Critical" }).click();
  const toast = page.getByRole("dialog", { name: `${key} is now Critical` });
  await toast.waitFor();
  await page.getByRole("button", { name: "Severity: Critical" }).waitFor();
  expect((await incident()).severity).toBe("CRITICAL");
  await timeline(page).getByText("operator changed the severity from High to Critical").waitFor();
  await toast.getByRole("button", { name: "Undo" }).click();
  await page.getByText(`${key} is as before`).waitFor();
  await page.getByRole("button", { name: "Severity: High" }).waitFor();
  expect((await incident()).severity).toBe("HIGH");
  expect(wrong).toEqual([]);
});

test("it is given to me, to somebody new, and to nobody", async () => {
  const { key, page, wrong, incident } = await trouble("Assignee");
  const picker = card(page, "Facts").getByRole("combobox", { name: "Assignee" });
  const pick = async (typed: string, option: string) => {
    await picker.click();
    if (typed) await page.getByRole("combobox", { name: "Search in Assignee" }).fill(typed);
    await page.getByRole("option", { name: option }).click();
  };
  await pick("", "Me (operator)");
  await page.getByText(`${key} assigned to operator`).waitFor();
  await timeline(page).getByText("operator took it on").waitFor();
  await pick("Zeynep Ö.", "Assign to “Zeynep Ö.”");
  const toast = page.getByRole("dialog", { name: `${key} assigned to Zeynep Ö.` });
  await toast.waitFor();
  expect((await incident()).assignee).toBe("Zeynep Ö.");
  await toast.getByRole("button", { name: "Undo" }).click();
  await soon(async () => (await incident()).assignee).toBe("operator");
  await pick("", "Nobody");
  await page.getByText("Nobody is on it yet").waitFor();
  await soon(async () => (await incident()).assignee ?? null).toBeNull();
  expect(wrong).toEqual([]);
});

test("it is handed over to another department, which is told", async () => {
  const { key, page, wrong, incident } = await trouble("Department");
  const told = card(page, "Who was told").getByRole("listitem");
  await told.filter({ hasText: "Network Operations · opened" }).waitFor();
  await card(page, "Facts").getByRole("combobox", { name: "Department" }).click();
  await page.getByRole("option", { name: "Backbone" }).click();
  const toast = page.getByRole("dialog", { name: `${key} handed over` });
  await toast.waitFor();
  const { id, department_id } = await incident();
  expect(department_id).toBe(noc.id);
  await timeline(page).getByText("operator handed it over from Network Operations to Backbone").waitFor();
  await told.filter({ hasText: "Backbone · handed over" }).waitFor();
  const inbox = await server.call("GET", `/notifications?department_id=${noc.id}&incident_id=${id}`);
  expect(inbox.data.map((each: { kind: string }) => each.kind)).toEqual(["TRANSFERRED"]);
  await toast.getByRole("button", { name: "Undo" }).click();
  await told.filter({ hasText: "Network Operations · handed over" }).waitFor();
  expect(wrong).toEqual([]);
});

test("a comment is written in Markdown, looked at before, and sent", async () => {
  const { page, wrong } = await trouble("Comment");
  const composer = page.getByRole("form", { name: "New comment" });
  const text = composer.getByRole("textbox", { name: "Comment" });
  expect(await composer.getByRole("button", { name: "Comment" }).isDisabled()).toBe(true);
  await text.fill("The **upstream** link, see https://example.com/status:\n\n- one\n- two\n\n`ping -c 3`");
  await composer.getByRole("tab", { name: "Preview" }).click();
  const preview = composer.getByRole("tabpanel", { name: "Preview" });
  await preview.getByRole("strong").getByText("upstream").waitFor();
  expect(await preview.getByRole("listitem").allTextContents()).toEqual(["one", "two"]);
  expect(await preview.getByRole("code").textContent()).toBe("ping -c 3");
  await composer.getByRole("tab", { name: "Write" }).click();
  await text.press("Control+Enter");
  const comment = timeline(page).getByRole("article", { name: "Comment by operator" });
  await comment.getByRole("strong").getByText("upstream").waitFor();
  const link = comment.getByRole("link", { name: "https://example.com/status" });
  expect(await link.getAttribute("href")).toBe("https://example.com/status");
  expect(await link.getAttribute("rel")).toContain("noopener");
  await soon(() => text.inputValue()).toBe("");

  // What was begun is there again after a look elsewhere.
  await text.fill("half a thought");
  await page.getByRole("link", { name: "Comment", exact: true }).click();
  await page.waitForURL("**/services/*");
  await page.goBack();
  await soon(() => text.inputValue()).toBe("half a thought");
  expect(wrong).toEqual([]);
});

test("a comment is deleted after a question, and the timeline keeps that it was there", async () => {
  const { key, page, wrong, incident } = await trouble("Delete");
  for (const body of ["keep me", "drop me"]) {
    await server.call("POST", `/incidents/${key}/comments`, { body });
  }
  const comments = timeline(page).getByRole("article");
  const drop = comments.filter({ hasText: "drop me" });
  await drop.getByRole("button", { name: "Delete comment" }).click();
  const question = page.getByRole("alertdialog", { name: "Delete this comment?" });
  await question.getByRole("button", { name: "Cancel" }).click();
  await question.waitFor({ state: "detached" });
  expect(await comments.count()).toBe(2);
  await drop.getByRole("button", { name: "Delete comment" }).click();
  await question.getByRole("button", { name: "Delete" }).click();
  await page.getByText("Comment deleted").waitFor();
  await drop.waitFor({ state: "detached" });
  await timeline(page).getByText("operator deleted a comment").waitFor();
  expect(await comments.count()).toBe(1);
  const { data } = await server.call("GET", `/incidents/${(await incident()).id}/comments`);
  expect(data.map((each: { body: string }) => each.body)).toEqual(["keep me"]);
  expect(wrong).toEqual([]);
});

test("what happened and what was said is one stream, newest last", async () => {
  const { key, page, wrong } = await trouble("Stream");
  const patch = (body: unknown) => server.call("PATCH", `/incidents/${key}`, body);
  const say = (body: string) => server.call("POST", `/incidents/${key}/comments`, { body });
  await say("first words");
  await patch({ status: "IN_PROGRESS" });
  await say("second words");
  await server.call("POST", "/metrics", { service: "stream", metric_type: "LATENCY_MS", value: 80 });
  await server.until(`/incidents/${key}/events`, ({ data }) =>
    (data as { kind: string }[]).some((event) => event.kind === "RECOVERED"),
  );
  await patch({ status: "CLOSED" });
  const told = [
    /^The incident opened with 412 ms/,
    /first words/,
    /^operator acknowledged/,
    /second words/,
    /^Recovered with 80 ms/,
    /^operator closed the incident/,
  ];
  const entries = async () =>
    (await timeline(page).getByRole("listitem").allTextContents()).map((entry) => plain(entry));
  await soon(entries).toHaveLength(told.length);
  for (const [index, entry] of (await entries()).entries()) expect(entry).toMatch(told[index] as RegExp);
  await page.reload();
  await soon(entries).toHaveLength(told.length);
  for (const [index, entry] of (await entries()).entries()) expect(entry).toMatch(told[index] as RegExp);
  expect(wrong).toEqual([]);
});

test("other incidents of the service are beside it", async () => {
  const { key, page, wrong } = await trouble("Related");
  const related = card(page, "Same service");
  await related.getByText("No other incident of this service.").waitFor();
  await server.call("POST", "/metrics", { service: "related", metric_type: "PACKET_LOSS", value: 9 });
  await related.getByRole("link", { name: /Packet loss of Related above 2 %/ }).click();
  await page.getByRole("heading", { level: 1, name: /Packet loss of Related above 2 %/ }).waitFor();
  await related.getByRole("link", { name: new RegExp(`Latency of Related.*${key}`) }).waitFor();
  expect(wrong).toEqual([]);
});

test("who comes too late is told what happened and may go on", async () => {
  const { key, page, wrong, incident } = await trouble("Race", [412], { offline: true });
  await page.getByRole("button", { name: "Severity: High" }).waitFor();
  await server.call("PATCH", `/incidents/${key}`, { severity: "LOW" });
  await page.getByRole("button", { name: "Acknowledge" }).click();
  const toast = page.getByRole("dialog", {
    name: `${key} was changed in the meantime, so yours was not made`,
  });
  await toast.getByText("You, in another window: Severity: High → Low").waitFor();
  // The page shows how it really is.
  await page.getByRole("button", { name: "Severity: Low" }).waitFor();
  await page.getByText("Nobody is on it yet").waitFor();
  expect((await incident()).status).toBe("OPEN");
  await toast.getByRole("button", { name: "Apply anyway" }).click();
  await page.getByText(`${key} acknowledged`).waitFor();
  expect(await incident()).toMatchObject({ status: "IN_PROGRESS", severity: "LOW", assignee: "operator" });
  expect(wrong.filter((line) => !line.includes("412") && !isCut(line))).toEqual([]);
});

test("who wants what somebody else has just done is told that it is done", async () => {
  const { key, page, wrong } = await trouble("Faster", [412], { offline: true });
  await page.getByRole("button", { name: "Acknowledge" }).waitFor();
  await server.call("PATCH", `/incidents/${key}`, { status: "IN_PROGRESS", assignee: "ayse" });
  await page.getByRole("button", { name: "Acknowledge" }).click();
  await page.getByText(`Somebody else was faster: ${key} is as you wanted it`).waitFor();
  await page.getByText("Status: Open → In progress; Assignee: Nobody → ayse").waitFor();
  await page.getByRole("button", { name: "Close incident" }).waitFor();
  expect(wrong.filter((line) => !line.includes("412") && !isCut(line))).toEqual([]);
});

test("a change that fails is taken back with a word", async () => {
  const { page, wrong, incident } = await trouble("Fails");
  await page.route("**/api/incidents/*", (route) =>
    route.request().method() === "PATCH" ? route.fulfill({ status: 503, body: "{}" }) : route.continue(),
  );
  await page.getByRole("button", { name: "Acknowledge" }).click();
  await page.getByText("The change was not made").first().waitFor();
  await page.getByRole("button", { name: "Acknowledge" }).waitFor();
  await page.getByText("Nobody is on it yet").waitFor();
  expect((await incident()).status).toBe("OPEN");
  expect(wrong.filter((line) => !line.includes("503"))).toEqual([]);
});

test("on a phone the button stays within reach of the thumb", async () => {
  const { key, page, wrong, incident } = await trouble("Phone", [412], { phone: true });
  const sticky = page.getByRole("region", { name: "Next step" });
  await sticky.getByText("Open", { exact: true }).waitFor();
  // The same button in the header is gone, and the bar stays where it is while the page moves.
  expect(await page.getByRole("button", { name: "Acknowledge" }).count()).toBe(1);
  const place = await sticky.boundingBox();
  const places = await page.getByRole("navigation", { name: "Main" }).boundingBox();
  expect((place?.y ?? 0) + (place?.height ?? 0)).toBeLessThanOrEqual(places?.y ?? 0);
  await page.getByRole("form", { name: "New comment" }).scrollIntoViewIfNeeded();
  expect(await sticky.boundingBox()).toEqual(place);
  await sticky.getByRole("button", { name: "Acknowledge" }).tap();
  await sticky.getByText("In progress").waitFor();
  expect((await incident()).status).toBe("IN_PROGRESS");
  // What just happened does not cover the next step.
  await page.getByText(`${key} acknowledged`).waitFor();
  await sticky.getByRole("button", { name: "Close incident" }).tap();
  const question = page.getByRole("alertdialog", { name: `Close ${key}?` });
  await question.getByRole("button", { name: "Close incident" }).tap();
  await sticky.getByRole("button", { name: "Reopen" }).waitFor();
  expect((await incident()).status).toBe("CLOSED");
  expect(wrong).toEqual([]);
});

/** Opens an incident of a new service by points that end now, and its page in a window of its own. */
async function trouble(name: string, values = [412], is: Person & { offline?: boolean } = {}) {
  const service = (await server.call("POST", "/services", { name })).data;
  await send(server, service.key, "LATENCY_MS", values);
  const found = await server.until<{ key: string }>(
    `/incidents?service_id=${service.id}`,
    ({ data }) => data.length > 0,
  );
  const key = found.data[0]?.key ?? "";
  const context = await person(browser, server.url, is);
  onTestFinished(() => context.close());
  if (is.offline) await context.route("**/api/live*", (route) => route.abort());
  const { page, wrong } = await open(context, `/incidents/${key}`);
  if (!is.offline) await page.getByRole("status").filter({ hasText: "Live" }).waitFor({ state: "attached" });
  const incident = async () => (await server.call("GET", `/incidents/${key}`)).data;
  return { key, page, wrong, incident };
}

function card(page: Page, title: string): Locator {
  return page.getByRole("region", { name: title, exact: true });
}

function timeline(page: Page): Locator {
  return page.getByRole("list", { name: "Timeline" });
}

function heading(page: Page, name: string): Promise<void> {
  return page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
}

/** The clock of the people in these tests. */
function clock(instant: string): string {
  const format = {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: "Europe/Istanbul",
  } as const;
  return new Intl.DateTimeFormat("en", format).format(new Date(instant));
}

/** The text with spaces that may break. */
function plain(text: string): string {
  return text.replaceAll("\u00a0", " ");
}

/** Whether a line of the console is about the live stream that this test has cut. */
function isCut(line: string): boolean {
  return line.includes("ERR_FAILED");
}

/** Looks again and again until it is as expected: the browser needs a moment, more of it when the machine is busy. */
function soon<T>(look: () => T | Promise<T>) {
  return expect.poll(look, { timeout: 15_000 });
}
