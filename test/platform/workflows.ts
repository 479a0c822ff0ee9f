/** Reference workflows: between them all types of states, and everything that an execution can wait for. */
import type { Json } from "../../src/asl/json.ts";
import type { StepflareOptions } from "../../src/stepflare.ts";
import { ACTIVITY, CALLBACK, states, type Definition, type States } from "../engine/words.ts";
import { Platform, type Answer, type PlatformOptions } from "./platform.ts";

export const ACCOUNT: string = "arn:aws:states:us-east-1:123456789012";
export const EXECUTION: string = `${ACCOUNT}:execution:main:run`;

export interface Workflow {
  readonly name: string;
  readonly definition: Definition;
  /** Started by the workflow: by name, of that type. */
  readonly child?: readonly ["STANDARD" | "EXPRESS", Definition];
  readonly input?: Json;
  /** What the index shows of its end in the end: 2, unless it is redriven. */
  readonly version?: number;
  /** Whether it needs its queues to survive. */
  readonly needsQueues?: true;
  /** Whether several things go on at the same time, so that their events may come in another order. */
  readonly isConcurrent?: true;
  /** What people and workers do, until it is done. */
  act?(world: World): Promise<void>;
}

/** A workflow in its world. */
export class World {
  readonly platform: Platform;
  readonly workflow: Workflow;
  /** Calls of functions, by their idempotency keys. */
  readonly calls: Map<string, number> = new Map();
  /** The keys of all calls, in their order. */
  readonly called: string[] = [];
  /** Of the questions, in their order. */
  readonly tokens: string[] = [];
  isMended = false;
  answer: Answer = { status: 0, body: {} };

  constructor(workflow: Workflow, options: Omit<PlatformOptions, "functions"> = {}) {
    this.workflow = workflow;
    this.platform = new Platform({ ...options, functions: this.#functions() });
  }

  /** Lives through the workflow, and until everybody has heard of its end. */
  async live(): Promise<void> {
    await this.platform.until(this.#live(), 20_000);
  }

  async #live(): Promise<void> {
    await this.prepare();
    await this.start();
    await this.workflow.act?.(this);
    await this.ended();
    while (!this.platform.isQuiet) await this.platform.clock.sleep(1_000);
  }

  async prepare(): Promise<void> {
    const create = async (name: string, type: string, definition: Definition): Promise<void> => {
      const roleArn = "arn:aws:iam::123456789012:role/any";
      const input = { name, type, definition: JSON.stringify(definition), roleArn };
      accepted(await this.platform.send("CreateStateMachine", input));
    };
    const { definition, child } = this.workflow;
    await create("main", "STANDARD", definition);
    if (child !== undefined) await create("child", ...child);
    accepted(await this.platform.send("CreateActivity", { name: "hands" }));
  }

  /** Until it is acknowledged. */
  async start(): Promise<void> {
    const input = JSON.stringify(this.workflow.input ?? {});
    const stateMachineArn = `${ACCOUNT}:stateMachine:main`;
    this.answer = await this.platform.send("StartExecution", { stateMachineArn, name: "run", input });
  }

  async describe(): Promise<Answer["body"]> {
    return (await this.platform.send("DescribeExecution", { executionArn: EXECUTION })).body;
  }

  /** Waits for its end, as the index shows it: asking its object would wake that. */
  async ended(version: number = this.workflow.version ?? 2): Promise<void> {
    while (this.indexed?.version !== version) await this.platform.clock.sleep(500);
  }

  /** What the index says of it. */
  get indexed(): { readonly status: string; readonly version: number } | undefined {
    const select = "SELECT status, version FROM execution_index WHERE execution_arn = ?";
    return this.platform.db.database.prepare(select).get(EXECUTION) as World["indexed"];
  }

  async history(): Promise<readonly HistoryEvent[]> {
    const input = { executionArn: EXECUTION, maxResults: 1000 };
    const { body } = await this.platform.until(this.platform.send("GetExecutionHistory", input));
    return body["events"] as readonly HistoryEvent[];
  }

  /** The token of the n-th question. */
  async token(n: number): Promise<string> {
    for (;;) {
      const token = this.tokens[n - 1];
      if (token !== undefined) return token;
      await this.platform.clock.sleep(50);
    }
  }

  /** Starts a world of its own, up to the answer that the start gets. */
  static async started(workflow: Omit<Workflow, "name">): Promise<World> {
    const world = new World({ name: "", ...workflow });
    await world.platform.until(world.prepare());
    await world.platform.until(world.start());
    return world;
  }

  /** An operation of the API, as an SDK sends it. */
  send(operation: string, input: object): Promise<Answer> {
    return this.platform.until(this.platform.send(operation, input));
  }

  #functions(): StepflareOptions["functions"] {
    const counted =
      (answer: (input: Json, retryCount: number) => Json): StepflareOptions["functions"][string] =>
      async (input, { idempotencyKey, retryCount }) => {
        this.called.push(idempotencyKey);
        this.calls.set(idempotencyKey, (this.calls.get(idempotencyKey) ?? 0) + 1);
        await this.platform.clock.sleep(100);
        return answer(input, retryCount);
      };
    return {
      work: counted((input) => ({ worked: input })),
      flaky: counted((input, retryCount) => (retryCount === 0 ? thrown("Flaky") : { tried: input })),
      broken: counted(() => thrown("Broken")),
      mended: counted((input) => (this.isMended ? { mended: input } : thrown("NotYet"))),
      ask: counted((input) => {
        const { token } = input as { readonly token: string };
        if (!this.tokens.includes(token)) this.tokens.push(token);
        return null;
      }),
    };
  }
}

export interface HistoryEvent {
  readonly id: number;
  readonly stateEnteredEventDetails?: { readonly name: string };
  readonly type: string;
  readonly timestamp: number;
  readonly previousEventId: number;
}

export function accepted(answer: Answer): Answer["body"] {
  if (answer.status !== 200) throw new Error(`refused: ${JSON.stringify(answer)}`);
  return answer.body;
}

function thrown(name: string): never {
  throw Object.assign(new Error("It broke."), { name });
}

const functionOf = (name: string): string => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
const task = (name: string, fields: Definition = {}): Definition => ({
  Type: "Task",
  Resource: functionOf(name),
  ...fields,
});
const end = { End: true };
const distributed = (ExecutionType: string, all: States): Definition => ({
  ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType },
  ...states(all),
});
const childOf = (fields: Definition): Definition => ({
  Type: "Task",
  Resource: "arn:aws:states:::states:startExecution.sync:2",
  Parameters: { StateMachineArn: `${ACCOUNT}:stateMachine:child`, "Input.$": "$" },
  ResultSelector: { "Output.$": "$.Output" },
  ...fields,
});
const CHILD: Definition = states({
  Work: task("work", { Next: "Wait" }),
  Wait: { Type: "Wait", Seconds: 2, Next: "Done" },
  Done: { Type: "Succeed" },
});

export const WORKFLOWS: readonly Workflow[] = [
  {
    name: "Pass, Choice, Succeed",
    input: { n: 3 },
    definition: states({
      Pass: { Type: "Pass", Parameters: { "n.$": "$.n", "twice.$": "States.MathAdd($.n, $.n)" }, Next: "Choose" },
      Choose: { Type: "Choice", Choices: [{ Variable: "$.twice", NumericEquals: 6, Next: "Done" }], Default: "No" },
      Done: { Type: "Succeed" },
      No: { Type: "Fail", Error: "No" },
    }),
  },
  {
    name: "a chain of Tasks",
    input: 1,
    definition: states({
      A: task("work", { Next: "B" }),
      B: task("work", { TimeoutSeconds: 600, Next: "C" }),
      C: {
        Type: "Task",
        Resource: "arn:aws:states:::lambda:invoke",
        Parameters: { FunctionName: "work", "Payload.$": "$" },
        OutputPath: "$.Payload",
        ...end,
      },
    }),
  },
  {
    name: "Retry, Catch and Fail",
    definition: states({
      Flaky: task("flaky", { Retry: [{ ErrorEquals: ["Flaky"], IntervalSeconds: 2 }], Next: "Broken" }),
      Broken: task("broken", {
        Retry: [{ ErrorEquals: ["Broken"], MaxAttempts: 1, IntervalSeconds: 1 }],
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "Give up" }],
        ...end,
      }),
      "Give up": { Type: "Fail", Error: "GivenUp", CausePath: "$.Cause" },
    }),
  },
  {
    name: "Wait states",
    input: { seconds: 3, until: "2026-01-02T03:05:00Z" },
    definition: states({
      First: { Type: "Wait", Seconds: 1, Next: "Second" },
      Second: { Type: "Wait", SecondsPath: "$.seconds", Next: "Third" },
      Third: { Type: "Wait", TimestampPath: "$.until", ...end },
    }),
  },
  {
    name: "callbacks, with heartbeats and timeouts",
    definition: states({
      Ask: {
        Type: "Task",
        Resource: CALLBACK,
        Parameters: { FunctionName: "ask", Payload: { "token.$": "$$.Task.Token" } },
        HeartbeatSeconds: 600,
        TimeoutSeconds: 900,
        Next: "Ask again",
      },
      "Ask again": {
        Type: "Task",
        Resource: CALLBACK,
        Parameters: { FunctionName: "ask", Payload: { "token.$": "$$.Task.Token" } },
        Catch: [{ ErrorEquals: ["Refused"], Next: "Done" }],
        ...end,
      },
      Done: { Type: "Succeed" },
    }),
    act: async (world) => {
      const { platform } = world;
      const taskToken = await world.token(1);
      await platform.send("SendTaskHeartbeat", { taskToken });
      // People take their time: a call that was lost is made again before they answer.
      await platform.clock.sleep(90_000);
      await platform.send("SendTaskSuccess", { taskToken, output: '{"approved":true}' });
      const second = await world.token(2);
      await platform.clock.sleep(90_000);
      await platform.send("SendTaskFailure", { taskToken: second, error: "Refused", cause: "said so" });
    },
  },
  {
    name: "an activity",
    input: { job: 1 },
    definition: states({
      Hands: { Type: "Task", Resource: ACTIVITY, HeartbeatSeconds: 120, Retry: retries("States.Timeout"), ...end },
    }),
    act: async (world) => {
      // Like every worker: it polls as long as there is work.
      for (;;) {
        const activityArn = `${ACCOUNT}:activity:hands`;
        const { body } = await world.platform.send("GetActivityTask", { activityArn, workerName: "Ada" });
        const { taskToken, input } = body;
        if (typeof taskToken === "string") {
          await world.platform.clock.sleep(300);
          await world.platform.send("SendTaskSuccess", { taskToken, output: `{"did":${String(input)}}` });
        }
        if (world.indexed?.version === 2) return;
      }
    },
  },
  {
    name: "a Standard child",
    input: { a: 1 },
    definition: states({ Child: childOf(end) }),
    child: ["STANDARD", CHILD],
  },
  {
    name: "a Standard child that is given up, and stopped",
    definition: states({
      Child: {
        Type: "Task",
        Resource: "arn:aws:states:::states:startExecution.sync",
        Parameters: { StateMachineArn: `${ACCOUNT}:stateMachine:child`, Name: "kid" },
        TimeoutSeconds: 180,
        Catch: [{ ErrorEquals: ["States.Timeout"], Next: "Rest" }],
        ...end,
      },
      Rest: { Type: "Wait", Seconds: 60, Next: "Look" },
      Look: {
        Type: "Task",
        Resource: "arn:aws:states:::aws-sdk:sfn:describeExecution",
        Parameters: { ExecutionArn: `${ACCOUNT}:execution:child:kid` },
        ResultSelector: { "Status.$": "$.Status", "Cause.$": "$.Cause" },
        ...end,
      },
    }),
    child: ["STANDARD", states({ Wait: { Type: "Wait", Seconds: 86_400, ...end } })],
  },
  {
    name: "an Express child",
    needsQueues: true,
    input: { a: 1 },
    definition: states({
      Child: {
        Type: "Task",
        Resource: "arn:aws:states:::states:startExecution.sync:2",
        Parameters: { StateMachineArn: `${ACCOUNT}:stateMachine:child`, "Input.$": "$" },
        ResultSelector: { "Output.$": "$.Output" },
        TimeoutSeconds: 600,
        Retry: retries("States.Timeout"),
        ...end,
      },
    }),
    child: ["EXPRESS", CHILD],
  },
  {
    name: "a Parallel with a Task, a Wait and a failing branch",
    isConcurrent: true,
    definition: states({
      All: {
        Type: "Parallel",
        Branches: [
          states({ Work: task("work", { ...end }) }),
          states({ Wait: { Type: "Wait", Seconds: 4, ...end } }),
          states({ Flaky: task("flaky", { Retry: [{ ErrorEquals: ["Flaky"], IntervalSeconds: 1 }], ...end }) }),
          states({
            Broken: task("broken", { Catch: [{ ErrorEquals: ["States.ALL"], Next: "Caught" }], ...end }),
            Caught: { Type: "Pass", Result: "caught", ...end },
          }),
        ],
        ...end,
      },
    }),
  },
  {
    name: "an inline Map",
    isConcurrent: true,
    input: [1, 2, 3, 4, 5],
    definition: states({
      Each: {
        Type: "Map",
        MaxConcurrency: 2,
        ItemProcessor: states({ Work: task("work", { Next: "Rest" }), Rest: { Type: "Wait", Seconds: 1, ...end } }),
        ...end,
      },
    }),
  },
  {
    name: "a Distributed Map of Express children",
    input: [1, 2, 3, 4, 5, 6, 7],
    definition: states({
      Each: {
        Type: "Map",
        Label: "Each",
        MaxConcurrency: 3,
        ItemProcessor: distributed("EXPRESS", { Work: task("work", end) }),
        ...end,
      },
    }),
  },
  {
    name: "a Distributed Map of Standard children",
    input: [1, 2, 3],
    definition: states({
      Each: {
        Type: "Map",
        Label: "Each",
        ItemProcessor: distributed("STANDARD", { Work: task("work", end) }),
        ...end,
      },
    }),
  },
  {
    name: "a redrive",
    version: 4,
    definition: states({
      Before: task("work", { Next: "Mended" }),
      Mended: task("mended", { Next: "After" }),
      After: { Type: "Wait", Seconds: 1, ...end },
    }),
    act: async (world) => {
      await world.ended(2);
      world.isMended = true;
      await world.platform.send("RedriveExecution", { executionArn: EXECUTION, clientToken: "once" });
    },
  },
];

function retries(error: string): readonly Definition[] {
  return [{ ErrorEquals: [error], MaxAttempts: 3 }];
}
