import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { launch, open, person } from "./support/browser.ts";
import { Server } from "./support/server.ts";

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
});

/** What stands on the way from an empty install to a closed incident, as a person reads it. */
const english = {
  nothing: "Nothing is watched yet.",
  steps: "First steps",
  service: "Create a service",
  department: "Create a department",
  rule: "Create a rule",
  point: "Send a point",
  toDo: (step: string) => `To do: ${step}`,
  done: (step: string) => `Done: ${step}`,
  newService: "New service",
  newDepartment: "New department",
  newRule: "New rule",
  name: "Name",
  create: "Create",
  departmentField: "Department",
  threshold: "Threshold (ms)",
  severity: "Severity",
  critical: "Critical",
  services: "Services",
  ruleName: "Latency of Web Shop above 150 ms",
  createRule: "Create rule",
  rules: "Rules",
  dashboard: "Dashboard",
  command: "Command that sends a point",
  copy: "Copy",
  copied: "Copied",
  wrong: /^Web Shop has been critical since \d\d:\d\d\. The other service is fine\.$/,
  latest: "Latest",
  incident: /Latency of Web Shop above 150 ms since \d\d:\d\d, peak 180 ms, 1 violation/,
  acknowledge: "Acknowledge",
  inProgress: "In progress",
  comment: "Comment",
  send: "Comment",
  commentBy: "Comment by operator",
  close: "Close incident",
  closeQuestion: "Close INC-1?",
  reopen: "Reopen",
  closed: /from \d\d:\d\d, peak 180 ms, 1 violation, closed at \d\d:\d\d while still violated/,
  fine: "All 2 services are fine.",
  live: "Live",
};

const turkish: typeof english = {
  nothing: "Henüz hiçbir şey izlenmiyor.",
  steps: "İlk adımlar",
  service: "Servis oluşturun",
  department: "Departman oluşturun",
  rule: "Kural oluşturun",
  point: "Ölçüm gönderin",
  toDo: (step) => `Sırada: ${step}`,
  done: (step) => `Tamam: ${step}`,
  newService: "Yeni servis",
  newDepartment: "Yeni departman",
  newRule: "Yeni kural",
  name: "Ad",
  create: "Oluştur",
  departmentField: "Departman",
  threshold: "Eşik (ms)",
  severity: "Önem",
  critical: "Kritik",
  services: "Servisler",
  ruleName: "Web Shop: Latency 150 ms üstünde",
  createRule: "Kuralı oluştur",
  rules: "Kurallar",
  dashboard: "Genel bakış",
  command: "Ölçüm gönderen komut",
  copy: "Kopyala",
  copied: "Kopyalandı",
  wrong: /^Web Shop kritik durumda, başlangıcı \d\d:\d\d\. Diğer 1 servis sorunsuz\.$/,
  latest: "Son gelişmeler",
  incident: /Web Shop servisinde \S+ \d\d:\d\d saatinden beri 150 ms üstünde; en yüksek 180 ms, 1 ihlal/,
  acknowledge: "Üstlen",
  inProgress: "İlgileniliyor",
  comment: "Yorum",
  send: "Yorum yap",
  commentBy: "operator yorumu",
  close: "Olayı kapat",
  closeQuestion: "INC-1 kapatılsın mı?",
  reopen: "Yeniden aç",
  closed: /150 ms üstünde kaldı; en yüksek 180 ms, 1 ihlal; \d\d:\d\d saatinde düzelmeden kapatıldı/,
  fine: "2 servisin hepsi sorunsuz.",
  live: "Canlı",
};

for (const [language, words] of [
  ["en", english],
  ["tr", turkish],
] as const) {
  test(`a new user goes from an empty install to a closed incident: ${language}`, async () => {
    const { server, page, wrong } = await start({ language });
    const headline = page.getByRole("heading", { level: 1 });
    const steps = page.getByRole("region", { name: words.steps, exact: true });
    const step = (name: string) => steps.getByRole("heading", { name, exact: true });
    await headline.getByText(words.nothing).waitFor();
    await page.getByRole("status").filter({ hasText: words.live }).waitFor();
    for (const name of [words.service, words.department, words.rule, words.point]) {
      await step(words.toDo(name)).waitFor();
    }

    await steps.getByRole("button", { name: words.newService }).click();
    await create(page, words, words.newService, "Web Shop");
    await step(words.done(words.service)).waitFor();
    expect(await steps.getByRole("button", { name: words.newService }).count()).toBe(0);

    await steps.getByRole("button", { name: words.newDepartment }).click();
    await create(page, words, words.newDepartment, "Web Operations");
    await step(words.done(words.department)).waitFor();

    await steps.getByRole("link", { name: words.newRule }).click();
    await page.getByRole("heading", { level: 1, name: words.newRule }).waitFor();
    // The one department there is stands in the sentence already.
    await page
      .getByRole("combobox", { name: words.departmentField, exact: true })
      .getByText("Web Operations")
      .waitFor();
    await page.getByRole("combobox", { name: new RegExp(`^${words.services}:`) }).click();
    await page.getByRole("option", { name: "Web Shop" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("textbox", { name: words.threshold }).fill("150");
    await page.getByRole("combobox", { name: words.severity, exact: true }).click();
    await page.getByRole("option", { name: words.critical }).click();
    await soon(() => page.getByRole("textbox", { name: words.name, exact: true }).inputValue()).toBe(
      words.ruleName,
    );
    await page.getByRole("button", { name: words.createRule }).click();
    await page.getByRole("heading", { level: 1, name: words.rules }).waitFor();
    await page.getByRole("table").getByRole("link", { name: words.ruleName }).waitFor();

    await page.getByRole("link", { name: words.dashboard, exact: true }).first().click();
    await step(words.done(words.rule)).waitFor();
    await step(words.toDo(words.point)).waitFor();
    await steps.getByText(words.ruleName).waitFor();
    await steps.getByRole("button", { name: words.copy }).click();
    await steps.getByRole("button", { name: words.copied }).waitFor();
    const line = String(await page.evaluate("navigator.clipboard.readText()"));
    expect(await steps.getByRole("region", { name: words.command }).textContent()).toBe(line);
    const { stdout } = await promisify(execFile)("bash", ["-c", line]);
    expect(JSON.parse(stdout).data).toMatchObject({ metric_type: "LATENCY_MS", value: 180 });

    // Nobody touches the page: the incident comes to it.
    await soon(() => headline.textContent()).toMatch(words.wrong);
    await steps.waitFor({ state: "detached" });
    await page.getByRole("region", { name: words.latest }).getByRole("link", { name: "INC-1" }).click();

    await page.getByRole("heading", { level: 1, name: words.incident }).waitFor();
    await page.getByRole("button", { name: words.acknowledge, exact: true }).click();
    await page.getByText(words.inProgress, { exact: true }).first().waitFor();
    await page.getByRole("textbox", { name: words.comment, exact: true }).fill("A test, **nothing** burns.");
    await page.getByRole("button", { name: words.send, exact: true }).click();
    await page.getByRole("article", { name: words.commentBy }).getByText("A test, nothing burns.").waitFor();
    await page.getByRole("button", { name: words.close, exact: true }).click();
    const question = page.getByRole("alertdialog", { name: words.closeQuestion });
    await question.getByRole("button", { name: words.close }).click();
    await page.getByRole("button", { name: words.reopen, exact: true }).waitFor();
    await page.getByRole("heading", { level: 1, name: words.closed }).waitFor();

    await page.getByRole("link", { name: words.dashboard, exact: true }).first().click();
    await headline.getByText(words.fine, { exact: true }).waitFor();
    expect(await steps.count()).toBe(0);
    const { data } = await server.call("GET", "/incidents/INC-1");
    expect(data).toMatchObject({ status: "CLOSED", assignee: "operator", severity: "CRITICAL" });
    expect(wrong).toEqual([]);
  });
}

test("first steps that are hidden stay hidden", async () => {
  const { page, wrong } = await start({});
  const steps = page.getByRole("region", { name: "First steps" });
  await steps.getByRole("button", { name: "Hide" }).click();
  await steps.waitFor({ state: "detached" });
  await page.reload();
  await page.getByText("Nothing is watched yet.").waitFor();
  await page.getByRole("region", { name: "Services" }).getByText("Tracely").first().waitFor();
  expect(await steps.count()).toBe(0);
  expect(wrong).toEqual([]);
});

/** Starts a server of its own for a test and opens its dashboard. */
async function start(is: { language?: "en" | "tr" }) {
  const server = await Server.start();
  onTestFinished(() => server.stop());
  const context = await person(browser, server.url, is);
  onTestFinished(() => context.close());
  return { server, ...(await open(context, "/")) };
}

/** Fills in the dialog that makes a service or a department. */
async function create(page: Page, words: typeof english, dialog: string, name: string): Promise<void> {
  const box = page.getByRole("dialog", { name: dialog });
  await box.getByRole("textbox", { name: words.name, exact: true }).fill(name);
  await box.getByRole("button", { name: words.create }).click();
  await box.waitFor({ state: "detached" });
}

/** Looks again and again until it is as expected: the browser needs a moment, more of it when the machine is busy. */
function soon<T>(look: () => T | Promise<T>) {
  return expect.poll(look, { timeout: 15_000 });
}
