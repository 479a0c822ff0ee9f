/**
 * Drives an Express execution: the same core that runs Standard ones, in memory, to its end within one invocation.
 *
 * P1. Nothing is stored. What is lost with the invocation begins anew or not at all, as the caller decides.
 * P2. One turn at a time; what happens meanwhile stands in line. Timers that are due go first.
 * P3. It ends: after five minutes as on AWS, and before it has computed for as long as the platform lets an invocation.
 */
import type { StateMachine } from "../asl/types.ts";
import { Payload } from "../data/payload.ts";
import { advance, newExecution, type TurnResult } from "../engine/advance.ts";
import type { Command, CommandHandlers, ScheduleTask } from "../engine/command.ts";
import { endByDefect } from "../engine/defect.ts";
import type { ExecutionEvent } from "../engine/event.ts";
import type { Execution, ExecutionOutcome, TaskId } from "../engine/execution.ts";
import type { TurnEntropy } from "../engine/turn.ts";
import { atOnce } from "./at-once.ts";
import { answerEvent } from "./tasks/answer-event.ts";
import type { StartRequest } from "./execution-rpc.ts";
import { machineOfDefinition } from "./machine-cache.ts";
import type { Observe } from "./observe/observed-turn.ts";
import { madeCall } from "./tasks/made-call.ts";
import { failed, type PerformTask } from "./tasks/task-call.ts";
import { Timers } from "./timers.ts";

/** What such a run needs of the platform. */
export interface ExpressHost {
  readonly region: string;
  now(): number;
  /** Calls back once, so much later; answers what forgets it. */
  setTimer(milliseconds: number, fire: () => void): () => void;
  entropy(executionArn: string): TurnEntropy;
  readonly performTask: PerformTask;
  /** Hears each turn; nobody keeps its history. */
  readonly record?: Observe | undefined;
  logDefect(message: string, error: unknown): void;
}

export interface ExpressRequest extends StartRequest {
  /** When the start was asked for, epoch milliseconds. */
  readonly startedAt: number;
}

/** How it ended. */
export type ExpressOutcome = Exclude<ExecutionOutcome, { status: "RUNNING" }>;

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const MAX_EXPRESS_SECONDS = 300;

/** An invocation may compute for 30 seconds; what several executions in one isolate spend counts for each of them. */
const MAX_COMPUTING_MS = 15_000;

/** Settles when the execution has ended, however it did. */
export async function runExpress(host: ExpressHost, request: ExpressRequest): Promise<ExpressOutcome> {
  const machine = machineOfDefinition(request.definition);
  if (machine === undefined) throw new Error(`Defect: the definition of ${request.stateMachineArn} does not parse`);
  const seconds = Math.min(machine.TimeoutSeconds ?? MAX_EXPRESS_SECONDS, MAX_EXPRESS_SECONDS);
  return new ExpressRun(host, request, { ...machine, TimeoutSeconds: seconds }).toEnd();
}

class ExpressRun {
  readonly #host: ExpressHost;
  readonly #request: ExpressRequest;
  readonly #machine: StateMachine;
  readonly #entropy: TurnEntropy;
  readonly #timers: Timers = new Timers();
  readonly #calls: Map<TaskId, AbortController> = new Map();
  readonly #inbox: ExecutionEvent[] = [];
  #execution: Execution;
  #isCut = false;
  #computingMs = 0;
  #wake: () => void = () => undefined;

  readonly #handlers: CommandHandlers = {
    ScheduleTask: (command) => this.#call(command),
    AbandonTask: ({ taskId }) => this.#abandon(taskId),
    SetTimer: (command) => this.#timers.apply(command),
    CancelTimer: (command) => this.#timers.apply(command),
    ContinueTurn: () => {
      this.#isCut = true;
    },
    PublishStatus: () => undefined,
    StartMapRun: noMapRuns,
    RedriveMapRun: noMapRuns,
    StopMapRun: noMapRuns,
  };

  constructor(host: ExpressHost, request: ExpressRequest, machine: StateMachine) {
    this.#host = host;
    this.#request = request;
    this.#machine = machine;
    this.#entropy = host.entropy(request.executionArn);
    this.#execution = newExecution({
      executionArn: request.executionArn,
      executionName: request.name,
      stateMachineArn: request.stateMachineArn,
      stateMachineName: request.stateMachineName,
      roleArn: request.roleArn,
      region: host.region,
      input: Payload.fromText(request.input),
      startedAt: request.startedAt,
      unlimitedHistory: true,
      ...(request.quotas !== undefined && { quotas: request.quotas }),
    });
  }

  async toEnd(): Promise<ExpressOutcome> {
    let event: ExecutionEvent = { type: "ExecutionStarted" };
    for (;;) {
      await this.#turn(event);
      const { outcome } = this.#execution;
      if (outcome.status !== "RUNNING") {
        for (const taskId of this.#calls.keys()) this.#abandon(taskId);
        return outcome;
      }
      event = await this.#next();
    }
  }

  async #turn(event: ExecutionEvent): Promise<void> {
    const beganAt = this.#host.now();
    const before = this.#execution;
    const result = await this.#advance(event, beganAt);
    this.#execution = result.execution;
    for (const command of result.commands) this.#perform(command);
    if (result.history.length > 0) this.#host.record?.({ machine: this.#machine, before, result });
    if (!this.#isCut) return;
    // Others get their turn. The platform's clock stands still while a Worker computes, and goes on with this pause.
    await new Promise<void>((resolve) => this.#host.setTimer(1, resolve));
    this.#computingMs += this.#host.now() - beganAt;
  }

  async #advance(event: ExecutionEvent, at: number): Promise<TurnResult> {
    try {
      return await atOnce(advance(this.#machine, this.#execution, event, at, this.#entropy));
    } catch (error) {
      this.#host.logDefect(`${this.#request.executionArn} cannot take ${event.type}`, error);
      return endByDefect(this.#execution, at, this.#entropy, error instanceof Error ? error.message : String(error));
    }
  }

  /** What happens next, once it has happened. */
  async #next(): Promise<ExecutionEvent> {
    for (;;) {
      const { timeout } = this.#execution;
      if (this.#computingMs > MAX_COMPUTING_MS && timeout !== undefined) {
        return { type: "TimersFired", timers: [{ timerId: timeout.id }] };
      }
      const timers = this.#timers.takeDue(this.#host.now());
      if (timers.length > 0) return { type: "TimersFired", timers };
      const event = this.#inbox.shift();
      if (event !== undefined) return event;
      if (this.#isCut) {
        this.#isCut = false;
        return { type: "TurnContinued" };
      }
      // There always is a timer: that of the execution's own end.
      await this.#pause(Math.max((this.#timers.next() ?? 0) - this.#host.now(), 1));
    }
  }

  /** Until then, or until a call is answered. */
  async #pause(milliseconds: number): Promise<void> {
    let forget: () => void = () => undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      forget = this.#host.setTimer(milliseconds, resolve);
    });
    forget();
  }

  #perform<T extends Command["type"]>(command: Extract<Command, { type: T }>): void {
    (this.#handlers[command.type] as (command: Command) => void)(command);
  }

  #call(command: ScheduleTask): void {
    const controller = new AbortController();
    this.#calls.set(command.taskId, controller);
    void this.#answerOf(command, controller.signal).then((event) => {
      if (controller.signal.aborted) return;
      this.#calls.delete(command.taskId);
      this.#inbox.push(event);
      this.#wake();
    });
  }

  async #answerOf(command: ScheduleTask, signal: AbortSignal): Promise<ExecutionEvent> {
    const call = madeCall(command, this.#request, this.#execution.facts);
    try {
      return answerEvent(command.taskId, await this.#host.performTask(call, signal));
    } catch (error) {
      this.#host.logDefect(`task ${command.taskId} of ${call.executionArn} failed`, error);
      return answerEvent(command.taskId, failed("States.TaskFailed", "The task could not be performed."));
    }
  }

  #abandon(taskId: TaskId): void {
    this.#calls.get(taskId)?.abort();
    this.#calls.delete(taskId);
  }
}

/** Validation refuses a distributed Map in an Express state machine. */
function noMapRuns({ mapRunArn }: { readonly mapRunArn: string }): never {
  throw new Error(`Defect: an Express execution has a Map Run, ${mapRunArn}`);
}
