/** A whole API in Node: the catalogue in memory, executions that only remember what they were told. */
import { createApi } from "../../src/api/app.ts";
import type { ApiHost } from "../../src/api/api-host.ts";
import { openPrincipal } from "../../src/api/auth/principal.ts";
import type { ApiContext } from "../../src/api/context.ts";
import type { TaskId } from "../../src/engine/execution.ts";
import type { ActivityRpc } from "../../src/runtime/activity-rpc.ts";
import { decisionOf, type Approval, type ApprovalQuestion, type GivenDecision } from "../../src/runtime/approvals.ts";
import { DEFAULT_ARN_CONFIG } from "../../src/runtime/arn.ts";
import { platformEntropy } from "../../src/runtime/entropy.ts";
import type {
  Answer,
  BegunMapRun,
  ExecutionDescription,
  ExecutionRpc,
  HistoryRequest,
  StartRequest,
} from "../../src/runtime/execution-rpc.ts";
import { callOperation } from "../../src/api/call-operation.ts";
import { uuidOf } from "../../src/runtime/events/bus-event.ts";
import type { EventBus } from "../../src/runtime/events/event-bus.ts";
import { recentRules } from "../../src/runtime/events/event-rules.ts";
import type { RuleMessage } from "../../src/runtime/events/rule-messages.ts";
import type { ScheduleRpc } from "../../src/runtime/schedules/schedule-rpc.ts";
import { ScheduleDriver, type ScheduleState } from "../../src/runtime/schedules/schedule-driver.ts";
import type { MapRunRpc } from "../../src/runtime/map/map-run-rpc.ts";
import { runExpress, type ExpressHost, type ExpressRequest } from "../../src/runtime/express-run.ts";
import { createSealer, type Sealer } from "../../src/runtime/sealing.ts";
import { executionOfToken, makeTaskToken } from "../../src/runtime/task-token.ts";
import { STRICT } from "../../src/runtime/outbound/settings.ts";
import { DEFAULT_QUOTAS } from "../../src/runtime/quota-settings.ts";
import type { PerformTask } from "../../src/runtime/tasks/task-call.ts";
import { MemoryTable } from "../tables/words.ts";
import { SqliteD1 } from "./sqlite-d1.ts";

export const START: number = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
export const ACCOUNT: string = "arn:aws:states:us-east-1:123456789012";
/** 32 bytes. */
export const SECRET_KEYS: string = btoa("stepflare test key, 32 bytes ok!");
export const ROLE: string = "arn:aws:iam::123456789012:role/any";
export const DEFINITION: string = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}';
export const EVENT_COUNT = 7;
export const SEALER: Sealer = createSealer(SECRET_KEYS);

/** A token for a task of that execution. */
export function tokenFor(executionArn: string): string {
  return makeTaskToken(SEALER, executionArn, "0-1" as TaskId);
}

/** Records every call; `description` and `refusal` say what it answers. */
export class FakeExecution {
  readonly calls: unknown[][] = [];
  started: StartRequest | undefined;
  description: Partial<ExecutionDescription> = {};
  refusal: Extract<Answer<never>, { ok: false }> | undefined;
  begunMapRuns: readonly BegunMapRun[] = [];
  /** What somebody with a link is told. */
  asked: Approval = { kind: "closed" };
  eventDetails: Readonly<Record<string, unknown>> = { name: "A" };

  async start(request: StartRequest): Promise<Answer<{ executionArn: string; startDate: number }>> {
    this.started = request;
    return this.#answer(["start", request], { executionArn: request.executionArn, startDate: START });
  }

  async describe(): Promise<Answer<ExecutionDescription>> {
    const request = this.started;
    if (request === undefined)
      return { ok: false, error: "ExecutionDoesNotExist", message: "Execution Does Not Exist: 'x'" };
    const { executionArn, name, stateMachineArn, input } = request;
    return this.#answer(["describe"], {
      executionArn,
      name,
      stateMachineArn,
      status: "RUNNING",
      startDate: START,
      input,
      ...this.description,
    });
  }

  async describeStateMachine(): ReturnType<ExecutionRpc["describeStateMachine"]> {
    const request = this.started;
    if (request === undefined)
      return { ok: false, error: "ExecutionDoesNotExist", message: "Execution Does Not Exist: 'x'" };
    return this.#answer(["describeStateMachine"], {
      stateMachineArn: request.stateMachineArn,
      name: request.stateMachineName,
      definition: request.definition,
      roleArn: request.roleArn,
      updateDate: request.definitionUpdatedAt,
      revisionId: request.revisionId,
    });
  }

  async mapRuns(): ReturnType<ExecutionRpc["mapRuns"]> {
    if (this.started === undefined)
      return { ok: false, error: "ExecutionDoesNotExist", message: "Execution Does Not Exist: 'x'" };
    return this.#answer(["mapRuns"], this.begunMapRuns);
  }

  async history(request: HistoryRequest): ReturnType<ExecutionRpc["history"]> {
    const ids = Array.from({ length: EVENT_COUNT }, (_, i) => (request.reverseOrder ? EVENT_COUNT - i : i + 1));
    const from = request.fromEventId === undefined ? 0 : ids.indexOf(request.fromEventId);
    const page = ids.slice(from, from + request.maxResults);
    const nextEventId = ids[from + request.maxResults];
    return this.#answer(["history", request], {
      events: page.map((id) => ({
        id,
        previousEventId: id - 1,
        type: "PassStateEntered" as const,
        timestamp: START + id,
        detailsName: "stateEnteredEventDetails",
        details: this.eventDetails,
      })),
      ...(nextEventId !== undefined && { nextEventId }),
    });
  }

  async stop(error: string | undefined, cause: string | undefined): ReturnType<ExecutionRpc["stop"]> {
    return this.#answer(["stop", error, cause], { stopDate: START + 1 });
  }

  async redrive(clientToken: string | undefined): ReturnType<ExecutionRpc["redrive"]> {
    return this.#answer(["redrive", clientToken], { redriveDate: START + 500 });
  }

  async sendTaskSuccess(taskToken: string, output: string): Promise<Answer<null>> {
    return this.#answer(["sendTaskSuccess", taskToken, output], null);
  }

  async sendTaskFailure(
    taskToken: string,
    error: string | undefined,
    cause: string | undefined,
  ): Promise<Answer<null>> {
    return this.#answer(["sendTaskFailure", taskToken, error, cause], null);
  }

  async sendTaskHeartbeat(taskToken: string): Promise<Answer<null>> {
    return this.#answer(["sendTaskHeartbeat", taskToken], null);
  }

  async approval(question: ApprovalQuestion): Promise<Answer<Approval>> {
    return this.#answer(["approval", question], this.asked);
  }

  async decide(question: ApprovalQuestion, given: GivenDecision): Promise<Answer<Approval>> {
    if (this.asked.kind === "open") {
      const decided = decisionOf(this.asked, question.taskId, given, START);
      const { decision, by, identity } = given;
      if ("faults" in decided) return this.#answer(["decide", question, given], { ...this.asked, ...decided });
      this.asked = { kind: "decided", decision, by, identity, at: START };
    }
    return this.#answer(["decide", question, given], this.asked);
  }

  async usage(): ReturnType<ExecutionRpc["usage"]> {
    return {
      ok: true,
      value: { rowsWritten: 0, objectRequests: 0, queueMessages: 0, alarmsSet: 0, turns: 0, transitions: 0 },
    };
  }

  #answer<T>(call: unknown[], value: T): Answer<T> {
    this.calls.push(call);
    return this.refusal ?? { ok: true, value };
  }
}

interface Named {
  readonly name: string;
}

/** The members that tests look into; the rest they compare as a whole. */
export interface ReplyBody {
  readonly [member: string]: unknown;
  readonly __type?: string;
  readonly message?: string;
  readonly nextToken?: string;
  readonly stateMachineArn?: string;
  readonly executionArn?: string;
  readonly stateMachines?: readonly Named[];
  readonly activities?: readonly Named[];
  readonly functions?: readonly Named[];
  readonly events?: readonly { readonly id: number }[];
}

export interface Reply {
  readonly status: number;
  readonly requestId: string | null;
  readonly contentType: string | null;
  readonly body: ReplyBody;
}

const NONE: Answer<never> = { ok: false, error: "ResourceNotFound", message: "Resource not found: 'x'" };
const NO_MAP_RUN: Partial<MapRunRpc> = {
  describe: async () => NONE,
  update: async () => NONE,
  children: async () => NONE,
  describeChild: async () => NONE,
  usage: async () => NONE,
};

export class Fixture {
  readonly db: SqliteD1 = new SqliteD1();
  readonly executions = new Map<string, FakeExecution>();
  /** What the objects of Map Runs answer, by their ARNs. */
  readonly mapRuns = new Map<string, Partial<MapRunRpc>>();
  /** Epoch milliseconds; a test moves it by hand. */
  at: number = START;
  /** What the next choice by weight is made by. */
  random = 0;
  /** Express executions that were handed over to the queue. */
  readonly submitted: ExpressRequest[] = [];
  /** What a task's call is answered, in an Express execution and outside of any. */
  performTask: PerformTask = async ({ parameters }) => ({ kind: "succeeded", output: parameters });
  /** What an activity's object answers to a poll. */
  poll: ActivityRpc["poll"] = async () => "nothing";
  /** Who a request is from; everybody may do everything unless a test puts a door here. */
  admit: ApiHost<object>["admit"] = async () => ({ principal: this.context.principal });
  /** The queues that are bound. */
  queues: readonly string[] = ["STATUS_QUEUE", "EVENTS_QUEUE", "MESSAGES_QUEUE", "MY_QUEUE"];
  /** What the bus has sent on its way to the targets of rules. */
  readonly ruleMessages: RuleMessage[] = [];
  /** Where events too large for a message lie. */
  readonly eventObjects = new Map<string, string>();
  /** How often somebody waited. */
  sleeps = 0;
  /** The polls whose workers are known to be gone. */
  readonly left: string[] = [];
  /** The objects of schedules, by their ARNs; a test runs them by hand. */
  readonly schedules = new Map<string, ScheduleDriver>();
  /** The objects of tables, by their ARNs. */
  readonly tables = new Map<string, MemoryTable>();
  #uuids = 0;
  readonly #app = createApi({
    admit: (...request) => this.admit(...request),
    contextOf: (_env, principal) => ({ ...this.context, principal }),
  });

  readonly context: ApiContext = this.#createContext();

  execution(arn: string): FakeExecution {
    const execution = this.executions.get(arn) ?? new FakeExecution();
    this.executions.set(arn, execution);
    return execution;
  }

  schedule(arn: string): ScheduleDriver {
    const driver = this.schedules.get(arn) ?? this.#newSchedule();
    this.schedules.set(arn, driver);
    return driver;
  }

  table(arn: string): MemoryTable {
    const table = this.tables.get(arn) ?? new MemoryTable();
    this.tables.set(arn, table);
    return table;
  }

  async call(operation: string, input: unknown = {}): Promise<Reply> {
    return this.post(typeof input === "string" ? input : JSON.stringify(input), `AWSStepFunctions.${operation}`);
  }

  async post(body: NonNullable<RequestInit["body"]>, target: string | undefined): Promise<Reply> {
    const headers = new Headers({ "content-type": "application/x-amz-json-1.0" });
    if (target !== undefined) headers.set("x-amz-target", target);
    return this.request("/", { method: "POST", headers, body });
  }

  async request(path: string, init: RequestInit = {}): Promise<Reply> {
    const response = await this.fetch(path, init);
    const text = await response.text();
    return {
      status: response.status,
      requestId: response.headers.get("x-amzn-requestid"),
      contentType: response.headers.get("content-type"),
      body: text === "" ? {} : (JSON.parse(text) as ReplyBody),
    };
  }

  /** The answer as it is, which may still be coming. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const context = { waitUntil: () => undefined, passThroughOnException: () => undefined, props: {} };
    return this.#app.request(path, init, {}, context);
  }

  async createStateMachine(name: string, more: Record<string, unknown> = {}): Promise<string> {
    const reply = await this.call("CreateStateMachine", { name, definition: DEFINITION, roleArn: ROLE, ...more });
    return reply.body.stateMachineArn ?? "";
  }

  #createContext(): ApiContext {
    const context: object = {
      config: DEFAULT_ARN_CONFIG,
      principal: openPrincipal(DEFAULT_ARN_CONFIG.accountId, "test"),
      quotas: DEFAULT_QUOTAS,
      outbound: { ...STRICT, loopback: true },
      sealer: SEALER,
      db: this.db,
      execution: (arn: string) => this.execution(arn),
      express: {
        nesting: 0,
        run: (request: ExpressRequest) => runExpress(this.#expressHost(), request),
        submit: async (request: ExpressRequest) => void this.submitted.push(request),
      } satisfies ApiContext["express"],
      mapRun: (arn: string) => this.mapRuns.get(arn) ?? NO_MAP_RUN,
      schedule: (arn: string): ScheduleRpc => ({
        put: async (plan) => this.schedule(arn).put(plan),
        describe: async () => this.schedule(arn).describe() ?? null,
        backfill: async (interval) => this.schedule(arn).backfill(interval),
        remove: async () => {
          await this.schedule(arn).remove();
          return null;
        },
      }),
      activity: (): ActivityRpc => ({
        poll: (request, worker) => this.poll(request, worker),
        leave: async (pollId) => {
          this.left.push(pollId);
          return null;
        },
        enqueue: async () => null,
        withdraw: async () => null,
      }),
      table: (arn: string) => this.table(arn).rpc,
      events: (): EventBus => ({
        config: DEFAULT_ARN_CONFIG,
        now: () => this.at,
        uuid: () => uuidOf(`event ${++this.#uuids}`),
        rules: () => recentRules(this.context.db, this.at),
        send: async (messages) => this.ruleMessages.push(...messages),
        objects: { put: async (key, text) => this.eventObjects.set(key, text) },
      }),
      activityPollSeconds: 60,
      runTimeoutSeconds: 30,
      sleep: async (milliseconds: number) => {
        this.at += milliseconds;
        this.sleeps += 1;
      },
      hasQueue: (binding: string) => this.queues.includes(binding),
      boundQueues: { bound: "MY_QUEUE" },
      mailsFrom: "stepflare@example.com",
      countsExecutions: true,
      now: () => this.at,
      uuid: () => `uuid-${++this.#uuids}`,
      random: () => this.random,
      performTask: ((call, signal) => this.performTask(call, signal)) satisfies PerformTask,
      executionOfToken: (token: string) => executionOfToken(SEALER, DEFAULT_ARN_CONFIG.accountId, token),
    };
    // The adapter has what the code under test uses of D1, and no more.
    return context as ApiContext;
  }

  #newSchedule(): ScheduleDriver {
    let stored: ScheduleState | undefined;
    return new ScheduleDriver({
      now: () => this.at,
      read: () => stored,
      commit: (state) => {
        stored = state;
      },
      clear: async () => {
        stored = undefined;
      },
      operations: (operation, input) => callOperation(this.context, operation, input),
      logDefect: (message, error) => {
        throw new Error(message, { cause: error });
      },
    });
  }

  /** Time passes wherever nothing else happens. */
  #expressHost(): ExpressHost {
    return {
      region: DEFAULT_ARN_CONFIG.region,
      now: () => this.at,
      setTimer: (milliseconds, fire) => {
        const timer = setImmediate(() => {
          this.at += milliseconds;
          fire();
        });
        return () => clearImmediate(timer);
      },
      entropy: platformEntropy({ sealer: SEALER, publicUrl: undefined }),
      performTask: (call, signal) => this.performTask(call, signal),
      logDefect: (message, error) => {
        throw new Error(message, { cause: error });
      },
    };
  }
}
