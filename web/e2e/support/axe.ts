import type { Page } from "playwright-core";
import { axeSource } from "./server.ts";

type Violation = { id: string; help: string; nodes: { html: string; failureSummary?: string }[] };

/** What axe finds wrong with the page as it is, each in one line. */
export async function axe(page: Page): Promise<string[]> {
  // Evaluated from outside, so the page's content security policy stays as strict as it is.
  await page.evaluate(await axeSource());
  const violations = (await page.evaluate(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((result) => result.violations)",
  )) as Violation[];
  return violations.flatMap(({ id, help, nodes }) =>
    nodes
      .slice(0, 3)
      .map(({ html, failureSummary }) => `${id}: ${help}: ${html.slice(0, 200)} ${failureSummary ?? ""}`),
  );
}
