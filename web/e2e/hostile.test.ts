import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open, person } from "./support/browser.ts";
import { quiet, Server } from "./support/server.ts";

let server: Server;
let browser: Browser;

const html = `<img src=x onerror="document.title='stolen'"><b>bold</b>`;
const rightToLeft = "\u202Eservis\u202C שירות خدمة";

beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(quiet), launch()]);
  const department = (await server.call("POST", "/departments", { name: `Team ${html}` })).data;
  const service = (
    await server.call("POST", "/services", { name: html, key: "hostile", description: "x".repeat(900) })
  ).data;
  await server.call("POST", "/services", { name: rightToLeft, key: "rtl" });
  await server.call("POST", "/rules", {
    name: `Rule ${html}`,
    metric_type: "LATENCY_MS",
    operator: ">",
    threshold: 150,
    severity: "CRITICAL",
    department_id: department.id,
  });
  for (const key of [service.key, "rtl"]) {
    const labels = { region: "<script>alert(1)</script>", long: "L".repeat(250) };
    await server.call("POST", "/metrics", { service: key, metric_type: "LATENCY_MS", value: 400, labels });
  }
  await server.until("/incidents", ({ meta }) => meta.total === 2);
  const comments = [
    html,
    "<script>document.title='stolen'</script>",
    "[click](javascript:document.title='stolen')",
    `![x](https://example.invalid/pixel.png)`,
    "W".repeat(10_000),
    rightToLeft,
    "# Heading\n\n- one\n- two\n\n`code` and **bold**",
  ];
  for (const body of comments) await server.call("POST", "/incidents/INC-1/comments", { body });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const pages = [
  "/",
  "/incidents",
  "/incidents/INC-1",
  "/rules",
  "/services",
  "/services/hostile",
  "/departments",
  "/notifications",
  `/explore?q=${encodeURIComponent(JSON.stringify([{ service: "hostile", metric_type: "LATENCY_MS" }]))}`,
];

for (const phone of [false, true]) {
  for (const path of pages) {
    test(`hostile content is shown harmlessly: ${path.split("?")[0]}${phone ? " on a phone" : ""}`, async () => {
      const context = await person(browser, server.url, { phone });
      const outside: string[] = [];
      context.on("request", (request) => {
        if (!request.url().startsWith(server.url)) outside.push(request.url());
      });
      const { page, wrong } = await open(context, path);
      await page.waitForLoadState("load");
      await page.getByText("<img src=x").first().waitFor({ state: "attached" });
      expect(await page.title()).not.toBe("stolen");
      expect(await page.locator("img[src=x], main b:has-text('bold'), a[href^='javascript']").count()).toBe(
        0,
      );
      const sideways = await page.evaluate(
        "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)",
      );
      expect(sideways).toBe(0);
      expect(outside).toEqual([]);
      expect(wrong).toEqual([]);
      await context.close();
    });
  }
}
