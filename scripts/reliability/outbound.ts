/** `npm run outbound`: the tests of what leaves and of secrets, against a real server, and a record of what they found. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { writeRecord } from "./record.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const FILES = ["test/e2e/outbound.test.ts", "test/e2e/secrets.test.ts"];

const startedAt = Date.now();
const args = ["node_modules/vitest/vitest.mjs", "run", "--project", "front-door", ...FILES];
const { status, stdout } = spawnSync(process.execPath, args, {
  cwd: PROJECT,
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
});
console.log(stdout);
if (status === 0) {
  // Only a test that held prints its figures.
  const lines = [...stdout.matchAll(/figures: (\{.*\})$/gmu)].map(([, json = "{}"]) => JSON.parse(json) as object);
  writeRecord("outbound", "npm run outbound", startedAt, Object.assign({}, ...lines) as Record<string, number>);
} else process.exitCode = 1;
