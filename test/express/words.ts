/** The words of the tests of Express executions: a world with a clock that stands still until nothing else happens. */
import { setImmediate as settled } from "node:timers/promises";
import type { PayloadTemplate } from "../../src/asl/types.ts";
import type { HistoryEvent } from "../../src/engine/history-event.ts";
import {
  runExpress,
  type ExpressHost,
  type ExpressOutcome,
  type ExpressRequest,
} from "../../src/runtime/express-run.ts";
import { machineOfDefinition } from "../../src/runtime/machine-cache.ts";
import type { PerformTask, TaskAnswer, TaskCall } from "../../src/runtime/tasks/task-call.ts";
import { Payload } from "../../src/data/payload.ts";
import { entropyOf, START } from "../engine/words.ts";

export const MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:fast";
export const EXECUTION = "arn:aws:states:us-east-1:123456789012:express:fast:run:id-1";

export function requestOf(definition: object, input: unknown = {}, more: Partial<ExpressRequest> = {}): ExpressRequest {
  return {
    version: 1,
    executionArn: EXECUTION,
    name: "run",
    stateMachineArn: MACHINE,
    stateMachineName: "fast",
    roleArn: "arn:aws:iam::123456789012:role/any",
    revisionId: "INITIAL",
    definition: JSON.stringify(definition),
    definitionUpdatedAt: START,
    input: JSON.stringify(input),
    startedAt: START,
    ...more,
  };
}

export const succeeded = (value: unknown): TaskAnswer => ({
  kind: "succeeded",
  output: Payload.fromText(JSON.stringify(value)),
});

interface PendingTimer {
  readonly at: number;
  readonly fire: () => void;
}

export class World {
  at: number = START;
  readonly history: HistoryEvent[] = [];
  readonly calls: TaskCall[] = [];
  readonly defects: string[] = [];
  /** How far the clock jumps when a turn that was cut has paused: what the turn has computed. */
  computingMs = 0;
  answer: PerformTask = async ({ parameters }) => ({ kind: "succeeded", output: parameters });
  readonly #timers: Set<PendingTimer> = new Set();

  readonly host: ExpressHost = {
    region: "us-east-1",
    now: () => this.at,
    setTimer: (milliseconds, fire) => {
      const timer = { at: this.at + milliseconds + (milliseconds === 1 ? this.computingMs : 0), fire };
      this.#timers.add(timer);
      return () => this.#timers.delete(timer);
    },
    entropy: () => entropyOf(),
    performTask: (call, signal) => {
      this.calls.push(call);
      return this.answer(call, signal);
    },
    record: ({ result }) => this.history.push(...result.history),
    logDefect: (message) => this.defects.push(message),
  };

  get waitingTimers(): number {
    return this.#timers.size;
  }

  async run(definition: object, input: unknown = {}, more: Partial<ExpressRequest> = {}): Promise<ExpressOutcome> {
    return this.untilSettled(runExpress(this.host, requestOf(definition, input, more)));
  }

  /** Lets time pass wherever nothing else happens. */
  async untilSettled<T>(work: Promise<T>): Promise<T> {
    let isOpen = true;
    const close = (): void => {
      isOpen = false;
    };
    work.then(close, close);
    for (;;) {
      await settled();
      if (!isOpen) return work;
      const next = [...this.#timers].toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) throw new Error("nothing happens any more, and it has not ended");
      this.#timers.delete(next);
      this.at = Math.max(this.at, next.at);
      next.fire();
    }
  }
}

/** From now on, a state's Output that is one expression is never there: as if its value passed for a promise. */
export function neverEvaluated(definition: object, state: string): void {
  const machine = machineOfDefinition(JSON.stringify(definition));
  const { Output } = (machine?.States.get(state) ?? {}) as { readonly Output?: PayloadTemplate };
  if (Output?.kind !== "selector" || Output.selector.kind !== "expression") throw new Error("not one expression");
  const { compiled } = Output.selector.expression;
  compiled.evaluate = () => new Promise(() => undefined);
}
