/**
 * A closed loop of users: each starts an execution, sometimes twice, sometimes pokes it, waits until it has called `done`, and
 * starts the next one.
 */
import type { ChaosClient } from "./client.ts";
import type { Findings } from "./findings.ts";
import type { Random } from "./random.ts";
import { ACCOUNT, inputOf, WORKFLOWS, type Workflow } from "./workflows.ts";

export interface Started {
  readonly name: string;
  readonly workflow: Workflow;
  readonly executionArn: string;
  readonly sentAt: number;
}

export interface LoadHost {
  readonly client: ChaosClient;
  readonly random: Random;
  readonly findings: Findings;
  readonly users: number;
  /** 0 to 1: how many of the starts are sent twice. */
  readonly doubled: number;
  /** 0 to 1: how many of the executions are poked while they run. */
  readonly poked: number;
  /** Settles when that execution has called `done`; answers false where it does not within a long time. */
  done(name: string): Promise<boolean>;
  /** Settles when the next one may be started; absent: at once. */
  pace?(): Promise<void>;
  /** Whether nothing more is to be started. */
  isOver(): boolean;
  started(count: number): void;
  sending(): void;
}

/** So that a short run has some of each. */
const LEAST_OF_EACH = 8;
/** So many users stay with the workflows that may take a minute. */
const SLOW_USERS = 16;

/** The executions of a run, each workflow by its share. The slow ones come first. */
export function planOf(executions: number, random: Random, without: readonly string[] = []): readonly Workflow[] {
  const workflows = WORKFLOWS.filter(({ name }) => !without.includes(name));
  const total = workflows.reduce((sum, { share }) => sum + share, 0);
  const plan: Workflow[] = [];
  for (const workflow of workflows) {
    const count = Math.max(LEAST_OF_EACH, Math.round((executions * workflow.share) / total));
    for (let i = 0; i < count; i++) plan.push(workflow);
  }
  for (let i = plan.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const [a, b] = [plan[i], plan[j]];
    if (a !== undefined && b !== undefined) [plan[i], plan[j]] = [b, a];
  }
  return plan.toSorted((a, b) => Number(b.name === "chunks") - Number(a.name === "chunks"));
}

/** Runs the plan to its end; answers what was acknowledged. */
export async function runLoad(plan: readonly Workflow[], host: LoadHost): Promise<readonly Started[]> {
  const started: Started[] = [];
  const state = { next: 0 };
  const slow = plan.filter(({ name }) => name === "chunks").length;
  const limits = { slow: state.next, quick: slow };
  const user = async (lane: "slow" | "quick", end: number): Promise<void> => {
    for (;;) {
      await host.pace?.();
      const n = limits[lane]++;
      const workflow = n < end ? plan[n] : undefined;
      if (workflow === undefined || host.isOver()) return;
      state.next += 1;
      host.started(state.next);
      const one = await startOne(workflow, n, host);
      if (one === undefined) continue;
      started.push(one);
      if (host.random.hits(host.poked)) void poke(one, host);
      await host.done(one.name);
    }
  };
  const lanes = [
    ...Array.from({ length: SLOW_USERS }, () => user("slow", slow)),
    ...Array.from({ length: host.users - SLOW_USERS }, () => user("quick", plan.length)),
  ];
  await Promise.all(lanes);
  return started;
}

async function startOne(workflow: Workflow, n: number, host: LoadHost): Promise<Started | undefined> {
  const { client, findings, random } = host;
  const name = `${workflow.name}-${n}`;
  const sentAt = Date.now();
  const input = {
    stateMachineArn: `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:${workflow.name}`,
    name,
    input: inputOf(workflow, n),
  };
  const times = workflow.type === "STANDARD" && random.hits(host.doubled) ? 2 : 1;
  host.sending();
  const answers = await Promise.all(Array.from({ length: times }, () => client.call("StartExecution", input)));
  const arns = new Set<string>();
  const dates = new Set<unknown>();
  for (const { status, body } of answers) {
    if (status === 200) {
      arns.add(String(body["executionArn"]));
      dates.add(body["startDate"]);
    } else if (!String(body["__type"]).includes("ExecutionAlreadyExists")) {
      findings.add("wrong", `${name} was refused with ${status} ${JSON.stringify(body)}`);
      return undefined;
    }
  }
  // An earlier try, whose answer was lost, began it, and it has ended before the next try came.
  if (arns.size === 0) arns.add(input.stateMachineArn.replace(":stateMachine:", ":execution:") + `:${name}`);
  if (arns.size > 1 || dates.size > 1)
    findings.add("duplicated", `${name} was started as ${[...arns, ...dates].join(", ")}`);
  const [executionArn = ""] = arns;
  return { name, workflow, executionArn, sentAt };
}

/** Three times in its first seconds: as the platform may fire an alarm, and as a console asks. */
async function poke({ executionArn, workflow }: Started, { client, random }: LoadHost): Promise<void> {
  if (workflow.type === "EXPRESS") return;
  for (let i = 0; i < 3; i++) {
    await new Promise((settle) => setTimeout(settle, random.below(700)));
    const way = random.below(3);
    if (way === 0) await client.send("GET", `/chaos/poke?arn=${encodeURIComponent(executionArn)}`);
    else {
      const operation = way === 1 ? "DescribeExecution" : "GetExecutionHistory";
      await client.once(operation, { executionArn }).catch(() => undefined);
    }
  }
}
