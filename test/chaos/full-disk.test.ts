/**
 * The disk is full: what cannot be stored is refused in a way that clients try again, and what was acknowledged is there when
 * there is room again.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle } from "./harness/bundle.ts";
import { chaosClient, type ApiAnswer, type ChaosClient } from "./harness/client.ts";
import { startRuntime, type Runtime } from "./harness/runtime.ts";
import { ROLE } from "./harness/workflows.ts";
import { freePort, until } from "../e2e/server.ts";

const SMALL = "12m";
const LARGE = "256m";
const MOST_STARTS = 1_000;
const REFUSALS = 40;
const folder = mkdtempSync(join(tmpdir(), "stepflare-full-"));
const disk = join(folder, "disk");
const canMount = mount(SMALL);
let runtime: Runtime;
let client: ChaosClient;

function mount(size: string): boolean {
  mkdirSync(disk, { recursive: true });
  return spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", disk]).status === 0;
}

beforeAll(async () => {
  if (!canMount) return;
  const port = await freePort();
  client = chaosClient(port);
  runtime = await startRuntime({
    port,
    bundle: bundle(join(folder, "bundle")),
    persistTo: disk,
    seed: 1,
    hostileQueues: false,
    vars: { WATCHDOG_SECONDS: "2" },
    onLine: (line) => process.env["CHAOS_LINES"] !== undefined && console.log(line),
  });
});

afterAll(async () => {
  if (canMount) {
    client.close();
    await runtime.stop();
    execFileSync("umount", [disk]);
  }
  rmSync(folder, { recursive: true, force: true });
});

/** One try, however it ends. */
async function tried(operation: string, input: object): Promise<ApiAnswer> {
  return client.once(operation, input).catch((error: unknown) => ({ status: 0, body: { error: String(error) } }));
}

test.skipIf(!canMount)(
  "[F36] a full disk refuses with 503, loses nothing that it acknowledged, and goes on when there is room (needs to mount a tmpfs)",
  { timeout: 300_000 },
  async () => {
    const definition = JSON.stringify({
      StartAt: "Hold",
      States: { Hold: { Type: "Wait", Seconds: 3, Next: "Keep" }, Keep: { Type: "Pass", End: true } },
    });
    const { body: machine } = await client.call("CreateStateMachine", { name: "full", definition, roleArn: ROLE });
    const { stateMachineArn } = machine;
    const input = JSON.stringify({ text: "x".repeat(20_000) });
    const acknowledged = new Map<string, string>();
    const refused: ApiAnswer[] = [];
    const refusedNames: string[] = [];
    for (let n = 0; n < MOST_STARTS && refused.length < REFUSALS; n += 8) {
      const names = Array.from({ length: 8 }, (_, i) => `full-${n + i}`);
      const answers = await Promise.all(names.map((name) => tried("StartExecution", { stateMachineArn, name, input })));
      for (const [i, answer] of answers.entries()) {
        const name = names[i] ?? "";
        if (answer.status === 200) acknowledged.set(name, String(answer.body["executionArn"]));
        else {
          refused.push(answer);
          refusedNames.push(name);
        }
      }
    }
    expect(refused.length).toBeGreaterThanOrEqual(REFUSALS);
    expect(acknowledged.size).toBeGreaterThan(0);
    const typed = new Set(refused.map(({ status, body }) => `${status} ${String(body["__type"])}`));
    expect([...typed]).toEqual(["503 ServiceUnavailable"]);
    // Other writes are refused in the same way, or there was still room for them.
    for (const [operation, request] of [
      ["CreateStateMachine", { name: "another", definition, roleArn: ROLE }],
      ["CreateActivity", { name: "another" }],
      ["StopExecution", { executionArn: acknowledged.values().next().value }],
      ["DescribeExecution", { executionArn: acknowledged.values().next().value }],
    ] as const) {
      const { status, body } = await tried(operation, request);
      expect(`${operation} ${status} ${JSON.stringify(body["__type"])}`).toMatch(
        / (?:200 undefined|503 "ServiceUnavailable")$/u,
      );
    }
    // Alarms and answers come due meanwhile, and cannot be stored either.
    await sleep(6_000);

    execFileSync("mount", ["-o", `remount,size=${LARGE}`, disk]);
    await runtime.kill();
    await runtime.start();
    const states = async (): Promise<readonly string[]> => {
      const found: string[] = [];
      for (const executionArn of acknowledged.values()) {
        const { body } = await client.call("DescribeExecution", { executionArn });
        found.push(String(body["status"] ?? body["__type"]));
      }
      return found;
    };
    const ended = await until(60, states, (found) => !found.includes("RUNNING"));
    expect(new Set(ended)).toEqual(new Set(ended.includes("ABORTED") ? ["SUCCEEDED", "ABORTED"] : ["SUCCEEDED"]));
    // What was refused was not half begun: the same name can be used.
    for (const name of refusedNames) {
      const { status } = await client.call("StartExecution", { stateMachineArn, name, input });
      expect(status).toBe(200);
    }
  },
);
