import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** How a person has set the browser. */
export type Person = {
  language?: "en" | "tr";
  theme?: "light" | "dark";
  phone?: boolean;
};

/** Starts Chromium without anything that talks to the network by itself. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.TRACELY_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

/** A window of its own, with nothing kept from others. */
export async function person(browser: Browser, url: string, is: Person = {}): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL: url,
    locale: is.language === "tr" ? "tr-TR" : "en-GB",
    timezoneId: "Europe/Istanbul",
    colorScheme: is.theme ?? "light",
    reducedMotion: "reduce",
    viewport: is.phone ? { width: 360, height: 740 } : { width: 1280, height: 800 },
    hasTouch: is.phone ?? false,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  context.setDefaultTimeout(15_000);
  return context;
}

/** Opens a page, and remembers what went wrong in it: errors, refused content, failed requests. */
export async function open(context: BrowserContext, path: string): Promise<{ page: Page; wrong: string[] }> {
  const page = await context.newPage();
  const wrong = watch(page);
  await page.goto(path);
  await page.getByRole("heading", { level: 1 }).waitFor();
  return { page, wrong };
}

/** Notes errors of the page as they happen. A request that the page itself gave up is none. */
export function watch(page: Page): string[] {
  const wrong: string[] = [];
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") wrong.push(`console: ${message.text()}`);
  });
  return wrong;
}
