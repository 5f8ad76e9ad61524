import { spawnSync } from "node:child_process";

const run = `
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)
database.execute(sys.argv[2])
`;

/** Runs a statement in the SQLite database of a server behind its back, as whoever damages or repairs it would. */
export function tamper(file: string, statement: string): void {
  const done = spawnSync("python3", ["-c", run, file, statement], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${statement}: ${done.stderr}`);
}
