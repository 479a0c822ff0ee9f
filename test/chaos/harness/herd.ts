/** A herd: executions whose timers all come due while the runtime is down; then it starts, and they fire at once. */
import { setTimeout as sleep } from "node:timers/promises";
import { chaosClient, type ChaosClient } from "./client.ts";
import { Findings } from "./findings.ts";
import { startRuntime } from "./runtime.ts";
import { indexOf, isQuiet, verify, type ToVerify } from "./verify.ts";
import { ROLE } from "./workflows.ts";

export interface HerdOptions {
  readonly executions: number;
  readonly port: number;
  readonly bundle: string;
  readonly persistTo: string;
  readonly log: (text: string) => void;
}

export interface HerdResult {
  readonly findings: Findings;
  readonly executions: number;
  /** From the start of the runtime until the index shows all of them as ended. */
  readonly drainedSeconds: number;
  readonly bootMs: number;
}

const STARTERS = 32;
const READERS = 24;
const DRAINED_WITHIN_MS = 300_000;

export async function runHerd(options: HerdOptions): Promise<HerdResult> {
  const { executions, port, log } = options;
  const findings = new Findings();
  const runtime = await startRuntime({ ...options, seed: 1, hostileQueues: false });
  const client = chaosClient(port);
  try {
    const definition = JSON.stringify({
      StartAt: "Hold",
      States: { Hold: { Type: "Wait", TimestampPath: "$.until", Next: "Done" }, Done: { Type: "Succeed" } },
    });
    const { body } = await client.call("CreateStateMachine", { name: "herd", definition, roleArn: ROLE });
    const stateMachineArn = String(body["stateMachineArn"]);
    // All the same moment, and later than the last start takes.
    const rate = await ratePerSecond(client, stateMachineArn);
    const until = new Date(Date.now() + 5_000 + (1.5 * executions * 1000) / rate);
    const workflow = {
      name: "herd",
      type: "STANDARD",
      definition: {},
      entered: { Hold: 1, Done: 1 },
      status: "SUCCEEDED",
    } as const;
    const started: ToVerify[] = [];
    const state = { next: 0 };
    const start = async (): Promise<void> => {
      while (state.next < executions) {
        const name = `herd-${state.next++}`;
        const input = JSON.stringify({ until: until.toISOString() });
        const answer = await client.call("StartExecution", { stateMachineArn, name, input });
        started.push({ name, executionArn: String(answer.body["executionArn"]), workflow });
      }
    };
    await Promise.all(Array.from({ length: STARTERS }, () => start()));
    await runtime.kill();
    const early = until.getTime() - Date.now();
    if (early < 0) log(`${-early} ms too slow: some were due before the runtime went down`);
    await sleep(Math.max(early, 0) + 1_000);

    const upAt = Date.now();
    await runtime.start();
    log(`${started.length} timers are overdue; the runtime is up after ${runtime.bootMs} ms`);
    while (!(await isQuiet(stateMachineArn, client))) {
      if (Date.now() - upAt > DRAINED_WITHIN_MS) break;
      await sleep(250);
    }
    const drainedSeconds = (Date.now() - upAt) / 1000;
    const rows = await indexOf(stateMachineArn, client);
    const queue = started.values();
    const read = async (): Promise<void> => {
      for (const one of queue) await verify(one, rows.get(one.executionArn), client, findings);
    };
    await Promise.all(Array.from({ length: READERS }, () => read()));
    for (const what of client.untyped) findings.add("untyped", what);
    return { findings, executions: started.length, drainedSeconds, bootMs: runtime.bootMs };
  } finally {
    client.close();
    await runtime.stop();
  }
}

/** How many executions this machine starts in a second, as it is at the moment. */
async function ratePerSecond(client: ChaosClient, stateMachineArn: string): Promise<number> {
  const count = 3 * STARTERS;
  const begunAt = Date.now();
  const input = JSON.stringify({ until: new Date().toISOString() });
  const numbers = Array.from({ length: count }, (_, i) => i).values();
  const start = async (): Promise<void> => {
    for (const i of numbers) await client.call("StartExecution", { stateMachineArn, name: `first-${i}`, input });
  };
  await Promise.all(Array.from({ length: STARTERS }, () => start()));
  return count / ((Date.now() - begunAt) / 1000);
}
