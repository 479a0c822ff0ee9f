/**
 * `npm run check:supply`: what comes from elsewhere is what it should be.
 *
 * S1. The lockfile names every package with its hash, those for other machines too, and none from anywhere but the npm
 *     registry.
 * S2. What is deployed has a license that asks for no more than its notice; and is pinned exactly, as is every tool.
 * S3. The bundle that is deployed makes no code out of texts, and asks for nothing of Node.
 *
 * With --audit, npm is asked for known vulnerabilities of what is deployed; that needs the network.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundleFaults, lockfileFaults, pinFaults, type Lockfile } from "./supply-chain/rules.ts";

const { values } = parseArgs({ options: { audit: { type: "boolean", default: false } } });
const root = resolve(import.meta.dirname, "..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

/** The deployed Worker, as wrangler would upload it. */
function bundle(): string {
  const out = mkdtempSync(join(tmpdir(), "stepflare-bundle-"));
  try {
    const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
    const { status, stderr } = spawnSync(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", out], {
      cwd: root,
      env: { ...process.env, CI: "true", WRANGLER_SEND_METRICS: "false" },
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`the Worker could not be bundled:\n${stderr}`);
    const scripts = readdirSync(out).filter((name) => name.endsWith(".js"));
    if (scripts.length === 0) throw new Error("wrangler wrote no bundle");
    return scripts.map((name) => readFileSync(join(out, name), "utf8")).join("\n");
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

const faults = [
  ...lockfileFaults(JSON.parse(read("package-lock.json")) as Lockfile),
  ...pinFaults(JSON.parse(read("package.json")) as Parameters<typeof pinFaults>[0]),
  ...bundleFaults(bundle()),
];
if (values.audit) {
  const { status, stdout } = spawnSync("npm", ["audit", "--omit=dev"], { cwd: root, encoding: "utf8" });
  if (status !== 0) faults.push(`npm audit --omit=dev:\n${stdout}`);
}
for (const fault of faults) console.error(fault);
console.log(`${faults.length} faults in the lockfile, the licenses, the pins and the bundle`);
if (faults.length > 0) process.exitCode = 1;
