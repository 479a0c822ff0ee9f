/** Bundles of the Worker, as `wrangler deploy` makes them: of the sources as they are, changed, or as they were. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const PROJECT: string = resolve(fileURLToPath(new URL("../../..", import.meta.url)));
const WRANGLER: string = join(PROJECT, "node_modules/wrangler/bin/wrangler.js");
/** What a bundle is made of. */
const SOURCES = ["src", "examples", "public", "wrangler.toml", "package.json", "tsconfig.base.json", "tsconfig.json"];

/** A text in a source file, and what stands there instead. */
export interface Patch {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Bundles what is checked out, into that folder; answers the folder. */
export function bundle(into: string): string {
  return bundleOf(PROJECT, into);
}

/** Bundles a copy in which the patches are applied. */
export function patchedBundle(patches: readonly Patch[], into: string): string {
  const copy = join(into, "sources");
  mkdirSync(copy, { recursive: true });
  for (const name of SOURCES) cpSync(join(PROJECT, name), join(copy, name), { recursive: true });
  for (const { file, from, to } of patches) {
    const text = readFileSync(join(copy, file), "utf8");
    if (text.split(from).length !== 2) throw new Error(`${file} does not hold exactly once: ${from}`);
    writeFileSync(
      join(copy, file),
      text.replace(from, () => to),
    );
  }
  symlinkSync(join(PROJECT, "node_modules"), join(copy, "node_modules"));
  return bundleOf(copy, join(into, "bundle"));
}

/** Where the number of the stored form stands. */
const STORED_FORM = "src/engine/execution.ts";
const COMMITS_BACK = 40;

/** The oldest of the last commits that stores executions in the form of today; undefined: none is here. */
export function earlierCommit(): string | undefined {
  const git = (...args: readonly string[]): string | undefined => {
    const { status, stdout } = spawnSync("git", args, { cwd: PROJECT, encoding: "utf8" });
    return status === 0 ? stdout : undefined;
  };
  const formOf = (text: string | undefined): string | undefined => /SNAPSHOT_VERSION = (\d+)/u.exec(text ?? "")?.[1];
  const form = formOf(readFileSync(join(PROJECT, STORED_FORM), "utf8"));
  const commits = git("log", `--max-count=${COMMITS_BACK}`, "--format=%h", "--first-parent", "--", "src")?.trim();
  return commits
    ?.split("\n")
    .findLast((commit) => commit !== "" && formOf(git("show", `${commit}:${STORED_FORM}`)) === form);
}

/** Bundles the sources of that commit. */
export function bundleOfCommit(commit: string, into: string): string {
  const copy = join(into, "sources");
  mkdirSync(copy, { recursive: true });
  const archive = join(into, "sources.tar");
  execFileSync("git", ["archive", "--output", archive, commit, ...SOURCES], { cwd: PROJECT });
  execFileSync("tar", ["-xf", archive, "-C", copy]);
  symlinkSync(join(PROJECT, "node_modules"), join(copy, "node_modules"));
  return bundleOf(copy, join(into, "bundle"));
}

function bundleOf(folder: string, into: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [WRANGLER, "deploy", "--dry-run", "--outdir", into], {
    cwd: folder,
    env: { ...process.env, CI: "true", WRANGLER_SEND_METRICS: "false" },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`The Worker could not be bundled:\n${stdout}${stderr}`);
  return into;
}
