/**
 * Stepflare, a bare Durable Object and a Cloudflare Workflow, each driven from inside the Worker by `GET /run`.
 *
 * W1. One loop drives them all: so many in flight, the next one begins when one is complete.
 * W2. Whoever ends outside the caller's sight gives a signal from its last function or after its last step, and is then
 *     asked for its status until it is complete: nobody pays for polling while he works.
 */
import { DurableObject, WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import type { Env } from "../../src/env.ts";
import type { ExecutionRpc } from "../../src/runtime/execution-rpc.ts";
import type { StatusMessage } from "../../src/runtime/status-queue.ts";
import { createStepflare, type Stepflare } from "../../src/stepflare.ts";
import { signal, signaled } from "./signals.ts";

interface BenchEnv extends Env {
  readonly BARE_SQL: DurableObjectNamespace<BareSqlObject>;
  readonly BARE_KV: DurableObjectNamespace<BareKvObject>;
  readonly FIVE_STEPS: Workflow;
}

const STATES = ["A", "B", "C", "D", "E"] as const;
const LAST = "E";
const ACCOUNT = "arn:aws:states:us-east-1:123456789012";
const ROLE = "arn:aws:iam::123456789012:role/bench";

const stepflare: Stepflare = createStepflare({
  functions: {
    step: (_input, { executionArn, stateName }) => {
      if (stateName === LAST) signal(executionArn);
      return { state: stateName };
    },
  },
});

export const ExecutionObject: Stepflare["ExecutionObject"] = stepflare.ExecutionObject;

/** The least a new object can do durably: create its table, insert one row. */
export class BareSqlObject extends DurableObject<BenchEnv> {
  async insert(text: string): Promise<void> {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
    this.ctx.storage.sql.exec("INSERT INTO row (text) VALUES (?)", text);
  }
}

/** The same without a table of its own. */
export class BareKvObject extends DurableObject<BenchEnv> {
  async insert(text: string): Promise<void> {
    this.ctx.storage.kv.put("row", text);
  }
}

export class FiveSteps extends WorkflowEntrypoint<BenchEnv> {
  override async run(event: Readonly<WorkflowEvent<unknown>>, step: WorkflowStep): Promise<object> {
    for (const name of STATES) await step.do(name, async () => ({ state: name }));
    signal(event.instanceId);
    return { state: LAST };
  }
}

/** Runs one to its completion. */
type Contender = (env: BenchEnv, ctx: ExecutionContext, name: string) => Promise<void>;

const CONTENDERS: Readonly<Record<string, Contender>> = {
  pass: async (env, _ctx, name) => startExecution(env, PASS, name),
  "pass-api": async (env, ctx, name) => {
    const response = await callApi(env, ctx, "StartExecution", { stateMachineArn: PASS.arn, name, input: INPUT });
    if (!response.ok) throw new Error(`StartExecution answered ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
  },
  tasks: async (env, _ctx, name) => {
    const id = arnOf(TASKS.name, name);
    const ended = signaled(id);
    await startExecution(env, TASKS, name);
    await ended;
    await until(async () => {
      const answer = await executionOf(env, id).describe();
      const status = answer.ok ? answer.value.status : answer.error;
      if (status !== "RUNNING" && status !== "SUCCEEDED") throw new Error(`${id} is ${status}`);
      return status === "SUCCEEDED";
    });
  },
  "bare-sql": async (env, _ctx, name) => env.BARE_SQL.getByName(name).insert(INPUT),
  "bare-kv": async (env, _ctx, name) => env.BARE_KV.getByName(name).insert(INPUT),
  workflow: async (env, _ctx, name) => {
    const ended = signaled(name);
    const instance = await env.FIVE_STEPS.create({ id: name, params: { order: 1 } });
    await ended;
    await until(async () => {
      const { status } = await instance.status();
      if (status === "errored" || status === "terminated") throw new Error(`workflow ${name} is ${status}`);
      return status === "complete";
    });
  },
};

interface Machine {
  readonly name: string;
  readonly arn: string;
  readonly definition: string;
}

const INPUT = '{"order":1}';
const PASS: Machine = machine("five-pass", () => ({ Type: "Pass", Result: { done: true }, ResultPath: "$.result" }));
const TASKS: Machine = machine("five-tasks", () => ({
  Type: "Task",
  Resource: "arn:aws:lambda:us-east-1:123456789012:function:step",
  ResultPath: "$.result",
}));

const worker: ExportedHandler<BenchEnv, StatusMessage> = {
  fetch: async (request, env, ctx) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/setup") return setUp(env, ctx);
    if (pathname !== "/run") return (await stepflare.worker.fetch?.(request, env, ctx)) ?? notFound();
    const contender = CONTENDERS[searchParams.get("kind") ?? ""];
    if (contender === undefined) return notFound();
    const count = Number(searchParams.get("count"));
    const milliseconds = await drive(count, Number(searchParams.get("concurrency")), (name) =>
      contender(env, ctx, name),
    );
    return Response.json({ count, milliseconds });
  },
  queue: async (batch, env, ctx) => stepflare.worker.queue?.(batch, env, ctx),
};
export default worker;

/** Runs `count` of them with never more than `concurrency` in flight; answers the milliseconds from first to last. */
async function drive(count: number, concurrency: number, run: (name: string) => Promise<void>): Promise<number> {
  const batch = crypto.randomUUID();
  let begun = 0;
  const began = Date.now();
  const lane = async (): Promise<void> => {
    while (begun < count) await run(`${batch}-${begun++}`);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return Date.now() - began;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await scheduler.wait(1);
}

async function setUp(env: BenchEnv, ctx: ExecutionContext): Promise<Response> {
  for (const { name, definition } of [PASS, TASKS]) {
    const response = await callApi(env, ctx, "CreateStateMachine", { name, definition, roleArn: ROLE });
    if (!response.ok) return response;
  }
  return Response.json({});
}

async function callApi(env: BenchEnv, ctx: ExecutionContext, operation: string, body: object): Promise<Response> {
  const headers = { "X-Amz-Target": `AWSStepFunctions.${operation}`, "Content-Type": "application/x-amz-json-1.0" };
  const request = new Request("http://localhost/", { method: "POST", headers, body: JSON.stringify(body) });
  const incoming = request as Request<unknown, IncomingRequestCfProperties>;
  return (await stepflare.worker.fetch?.(incoming, env, ctx)) ?? notFound();
}

/** What StartExecution asks of the object, without the request in front of it. */
async function startExecution(env: BenchEnv, { name, arn, definition }: Machine, execution: string): Promise<void> {
  const id = arnOf(name, execution);
  const answer = await executionOf(env, id).start({
    version: 1,
    executionArn: id,
    name: execution,
    stateMachineArn: arn,
    stateMachineName: name,
    roleArn: ROLE,
    revisionId: "INITIAL",
    definition,
    definitionUpdatedAt: 0,
    input: INPUT,
  });
  if (!answer.ok) throw new Error(`${answer.error}: ${answer.message}`);
}

function executionOf(env: BenchEnv, id: string): ExecutionRpc {
  return env.EXECUTION.getByName(id);
}

function arnOf(machineName: string, execution: string): string {
  return `${ACCOUNT}:execution:${machineName}:${execution}`;
}

function machine(name: string, state: () => object): Machine {
  const States = Object.fromEntries(
    STATES.map((at, n) => {
      const next = STATES[n + 1];
      return [at, { ...state(), ...(next === undefined ? { End: true } : { Next: next }) }];
    }),
  );
  return { name, arn: `${ACCOUNT}:stateMachine:${name}`, definition: JSON.stringify({ StartAt: STATES[0], States }) };
}

function notFound(): Response {
  return new Response("There is no such route", { status: 404 });
}
