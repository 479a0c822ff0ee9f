/**
 * Replays answers recorded on AWS through the real SDK and holds the rate of equal ones above the floor in floor.json.
 *
 * The recordings are not part of the project: the environment variable STEPFLARE_CONFORMANCE names the folder that holds
 * them and their runner (`run.mjs`, `cases/`). Without it this file says so and is skipped.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../e2e/server.ts";
import floor from "./floor.json" with { type: "json" };

const named = process.env["STEPFLARE_CONFORMANCE"];
// The runner starts only under its real path.
const folder = named !== undefined && existsSync(named) ? realpathSync(named) : undefined;
const runner = folder === undefined ? undefined : resolve(folder, "run.mjs");
const isThere = runner !== undefined && existsSync(runner);
const title = isThere
  ? "recorded answers"
  : "recorded answers (skipped: STEPFLARE_CONFORMANCE names no folder with recordings)";

interface Result {
  readonly id: string;
  readonly status: "pass" | "fail" | "error" | "skip";
  readonly diffs: readonly { readonly got?: unknown }[];
}

describe.skipIf(!isThere)(title, () => {
  let server: TestServer;
  let results: string;

  beforeAll(async () => {
    server = await startTestServer();
    results = mkdtempSync(join(tmpdir(), "stepflare-recorded-"));
  });

  afterAll(async () => {
    await server.stop();
    rmSync(results, { recursive: true, force: true });
  });

  test.each(Object.entries(floor))(
    "%s: at least %d of the runnable ones are answered as on AWS",
    async (kind, rate) => {
      // Such as `distributed-map with s3`: with the cases that need these services.
      const [classes = "", service] = kind.split(" with ");
      const json = join(results, `${kind.replaceAll(/\W+/gu, "-")}.json`);
      const args = [
        "--endpoint",
        server.endpoint,
        "--cases",
        resolve(folder ?? "", "cases"),
        "--class",
        classes,
        "--json",
        json,
        ...(service === undefined ? [] : ["--have", service]),
      ];
      const loaded = ["late-headers.mjs", ...(service === undefined ? [] : ["services.mjs"])];
      const imports = loaded.flatMap((name) => ["--import", resolve(import.meta.dirname, name)]);
      const output = await run([...imports, runner ?? "", ...args, "--timeout", "45"]);
      if (!existsSync(json)) throw new Error(`the runner left no report:\n${output}`);
      const report = JSON.parse(readFileSync(json, "utf8")) as {
        readonly rate: number;
        readonly results: readonly Result[];
      };
      console.log(output);
      const broken = report.results.filter((x) => x.status === "error").map((x) => [x.id, x.diffs]);
      expect(broken, "cases that ended in a 5xx answer or never").toEqual([]);
      expect(report.rate).toBeGreaterThanOrEqual(rate);
    },
  );
});

async function run(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await new Promise((exited) => child.once("exit", exited));
  return output;
}
