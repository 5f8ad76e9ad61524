/**
 * Runs the browser tests, and the files in which one failed once more, each with a server and a browser of its own.
 * A browser on two busy cores now and then misses a beat; trying a single test again would meet what its first try
 * left behind. A file that fails in every round is broken.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const rounds = 3;

const directory = mkdtempSync(join(tmpdir(), "tracely-e2e-report-"));
const report = join(directory, "report.json");
let files = process.argv.slice(2);
let failed = true;
for (let round = 1; failed && round <= rounds; round += 1) {
  if (round > 1) process.stderr.write(`e2e: round ${round} of ${rounds} for ${files.join(", ")}\n`);
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const run = spawnSync("vitest", ["run", "--config", "e2e/vitest.config.ts", ...reporters, ...files], {
    stdio: "inherit",
  });
  failed = run.status !== 0;
  if (failed) files = broken() ?? files;
}
rmSync(directory, { recursive: true });
process.exitCode = failed ? 1 : 0;

/**
 * The files of the last run in which something failed; none are known when it ended before it could tell.
 *
 * @returns {string[] | undefined}
 */
function broken() {
  try {
    /** @type {{ testResults: { name: string; status: string }[] }} */
    const told = JSON.parse(readFileSync(report, "utf8"));
    const names = told.testResults.filter((file) => file.status !== "passed").map((file) => file.name);
    return names.length > 0 ? names : undefined;
  } catch {
    return undefined;
  }
}
