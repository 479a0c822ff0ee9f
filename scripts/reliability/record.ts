/**
 * Records of what was proved: each program that proves something writes one, and RELIABILITY.md is made of them.
 * A record is `docs/reliability/<program>.json`; the latest run replaces it.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, platform } from "node:os";
import { fileURLToPath } from "node:url";

export interface ReliabilityRecord {
  /** Such as `chaos`; the file's name. */
  readonly program: string;
  /** What to type to run it again, such as `npm run chaos -- --executions 10000 --kills 50`. */
  readonly command: string;
  /** Of the sources that were run; ends with `+` if files were changed since. */
  readonly commit: string;
  /** ISO 8601. */
  readonly date: string;
  readonly machine: string;
  readonly seconds: number;
  /** What was done and found, in the order in which it is to be read: `"executions": 10000, "lost": 0`. */
  readonly figures: Readonly<Record<string, number | string>>;
}

export const RECORDS = new URL("../../docs/reliability/", import.meta.url);

/** Writes the record of a run that began at `startedAt` (milliseconds since 1970) and ends now. */
export function writeRecord(
  program: string,
  command: string,
  startedAt: number,
  figures: ReliabilityRecord["figures"],
): ReliabilityRecord {
  const record: ReliabilityRecord = {
    program,
    command,
    commit: commitOfSources(),
    date: new Date().toISOString(),
    machine: `${availableParallelism()} cores, ${platform()}, Node ${process.versions.node}`,
    seconds: Math.round((Date.now() - startedAt) / 1000),
    figures,
  };
  mkdirSync(RECORDS, { recursive: true });
  writeFileSync(new URL(`${program}.json`, RECORDS), `${JSON.stringify(record, undefined, 2)}\n`);
  return record;
}

function commitOfSources(): string {
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const git = (...args: readonly string[]): string => execFileSync("git", args, { cwd, encoding: "utf8" }).trim();
  try {
    const changed = git("status", "--porcelain", "--", "src", "test", "scripts", "migrations", "wrangler.toml");
    return git("rev-parse", "--short", "HEAD") + (changed === "" ? "" : "+");
  } catch {
    return "unknown (no git here)";
  }
}
