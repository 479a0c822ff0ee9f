/**
 * Starts executions when a schedule is due.
 *
 * C1. An occurrence's execution is named after it: what is started once more after a crash is the same execution (Standard).
 * C2. What an occurrence came to is stored before the next one is looked at; after each call out, a plan that was changed or
 *     removed meanwhile goes first.
 * C3. No occurrence is early. One that is late by more than the plan makes up for is passed over.
 * C4. While an alarm fires it is set for a later moment than its own only: the platform loses any other. The object's clock
 *     need not have reached that moment yet.
 */
import type { CallOperation, OperationAnswer } from "../tasks/states.ts";
import { memberOf } from "../../asl/json.ts";
import { readScheduleExpression, type Occurrences } from "./schedule-expression.ts";
import { inputOf, type Backfill, type Firing, type ScheduleDescription, type SchedulePlan } from "./schedule-rpc.ts";

/** The object's only row. */
export interface ScheduleState {
  readonly plan: SchedulePlan;
  readonly nextAt?: number;
  readonly last?: Firing;
  readonly started: number;
  readonly skipped: number;
  readonly failed: number;
  readonly backfill?: Backfill;
  /** How often the occurrence that is due was tried in vain, and when it is tried again. */
  readonly attempts?: number;
  readonly retryAt?: number;
}

export interface ScheduleHost {
  now(): number;
  read(): ScheduleState | undefined;
  /** In one transaction; undefined: no alarm. */
  commit(state: ScheduleState, alarm: number | undefined): void;
  clear(): Promise<void>;
  readonly operations: CallOperation;
  logDefect(message: string, error: unknown): void;
}

/** Occurrences handled before others get their turn. */
const MAX_PER_TURN = 50;
const UPCOMING = 5;
const MAX_PAUSE_MS = 60_000;

export class ScheduleDriver {
  readonly #host: ScheduleHost;
  #state: ScheduleState | undefined;
  /** The moment of the alarm that is at work. */
  #firing: number | undefined;

  constructor(host: ScheduleHost) {
    this.#host = host;
    this.#state = host.read();
  }

  put(plan: SchedulePlan): ScheduleDescription {
    const { last, started = 0, skipped = 0, failed = 0 } = this.#state ?? {};
    const nextAt = following(plan, this.#host.now());
    this.#commit({
      plan,
      started,
      skipped,
      failed,
      ...(last !== undefined && { last }),
      ...(nextAt !== undefined && { nextAt }),
    });
    return this.describe() as ScheduleDescription;
  }

  describe(): ScheduleDescription | undefined {
    if (this.#state === undefined) return undefined;
    const { plan, nextAt, last, started, skipped, failed, backfill } = this.#state;
    const upcoming: number[] = [];
    for (let at = nextAt; at !== undefined && upcoming.length < UPCOMING; at = following(plan, at)) upcoming.push(at);
    return {
      plan,
      upcoming,
      started,
      skipped,
      failed,
      ...(nextAt !== undefined && { nextAt }),
      ...(last !== undefined && { last }),
      ...(backfill !== undefined && { backfill }),
    };
  }

  async remove(): Promise<void> {
    this.#state = undefined;
    await this.#host.clear();
  }

  backfill(interval: Backfill): boolean {
    if (this.#state === undefined || this.#state.backfill !== undefined) return false;
    this.#commit({ ...this.#state, backfill: interval });
    return true;
  }

  /** The alarm fired: acts on what is due, and sets the alarm for what is next. @param scheduledAt the moment it was set for */
  async onAlarm(scheduledAt: number): Promise<void> {
    // A poke while the last one is still at work.
    if (this.#firing !== undefined) return;
    this.#firing = scheduledAt;
    const before = this.#state;
    try {
      for (let i = 0; i < MAX_PER_TURN && (await this.#step()); i += 1);
      // It fired early: nothing was stored, and nothing set the alarm anew.
      if (this.#state !== undefined && this.#state === before) this.#commit(before);
    } finally {
      this.#firing = undefined;
    }
  }

  /** Sets the alarm for what is next, where it was lost. */
  revive(): void {
    if (this.#state !== undefined && this.#alarmAt(this.#state) !== undefined) this.#commit(this.#state);
  }

  /** Whether there was something to do. */
  async #step(): Promise<boolean> {
    const state = this.#state;
    if (state === undefined) return false;
    const now = this.#host.now();
    const due = dueOf(state, now);
    if (due === undefined) return this.#fillOne(state);
    if (due.at === undefined) {
      this.#commit({ ...withoutDue(state), ...(due.nextAt !== undefined && { nextAt: due.nextAt }) });
      return due.nextAt !== undefined;
    }
    const firing = await this.#fire(state, due.at, false);
    if (this.#state !== state) return true;
    if (firing === undefined) {
      const attempts = (state.attempts ?? 0) + 1;
      this.#commit({ ...state, attempts, retryAt: now + Math.min(1000 * 2 ** (attempts - 1), MAX_PAUSE_MS) });
      return false;
    }
    const nextAt = following(state.plan, due.at);
    this.#commit({ ...counted(withoutDue(state), firing), ...(nextAt !== undefined && { nextAt }) });
    return true;
  }

  /** One occurrence of a backfill. */
  async #fillOne(state: ScheduleState): Promise<boolean> {
    const { backfill, plan, ...rest } = state;
    if (backfill === undefined || (state.retryAt ?? 0) > this.#host.now()) return false;
    const at = occurrencesOf(plan).next(backfill.after);
    if (at === undefined || at > backfill.to) {
      this.#commit({ plan, ...rest });
      return false;
    }
    const firing = await this.#fire(state, at, true);
    if (this.#state !== state) return true;
    if (firing === undefined) {
      this.#commit({ ...state, retryAt: this.#host.now() + MAX_PAUSE_MS });
      return false;
    }
    this.#commit(counted({ ...state, backfill: { ...backfill, after: at } }, firing));
    return true;
  }

  /** undefined: to be tried again. */
  async #fire({ plan, last }: ScheduleState, scheduledAt: number, allowsOverlap: boolean): Promise<Firing | undefined> {
    const firing = { scheduledAt, at: this.#host.now() };
    try {
      if (!allowsOverlap && plan.overlap !== "ALLOW" && last?.executionArn !== undefined) {
        const isFree = await this.#makeRoom(plan, last.executionArn);
        if (!isFree) return { ...firing, executionArn: last.executionArn, skipped: "OVERLAP" };
      }
      const name = `${plan.name}-${new Date(scheduledAt).toISOString().replaceAll(/[-:]|\.000/gu, "")}`;
      const input = inputOf(plan, scheduledAt, name);
      const answer = await this.#host.operations("StartExecution", {
        stateMachineArn: plan.stateMachineArn,
        name,
        input,
      });
      return isTemporary(answer) ? undefined : { ...firing, ...outcomeOf(answer) };
    } catch (error) {
      this.#host.logDefect(`schedule ${plan.name} could not be acted on`, error);
      return undefined;
    }
  }

  /** Whether the execution before does not run (any more). */
  async #makeRoom(plan: SchedulePlan, executionArn: string): Promise<boolean> {
    const answer = await this.#host.operations("DescribeExecution", { executionArn });
    if (!answer.ok || memberOf(answer.output, "status") !== "RUNNING") return true;
    if (plan.overlap === "SKIP") return false;
    const cause = `The schedule ${plan.name} starts the next execution`;
    await this.#host.operations("StopExecution", { executionArn, error: "Schedule.Overlap", cause });
    return true;
  }

  #commit(state: ScheduleState): void {
    this.#state = state;
    this.#host.commit(state, this.#alarmAt(state));
  }

  /** undefined: there is nothing to wait for. */
  #alarmAt({ nextAt, retryAt = 0, backfill }: ScheduleState): number | undefined {
    const due = backfill === undefined ? nextAt : this.#host.now();
    return due === undefined ? undefined : Math.max(due, retryAt, (this.#firing ?? 0) + 1);
  }
}

/** What is due: an occurrence, or, without `at`, the one after those that are too old. undefined: nothing yet. */
function dueOf(
  { plan, nextAt, retryAt }: ScheduleState,
  now: number,
): { readonly at?: number; readonly nextAt?: number } | undefined {
  if (nextAt === undefined || nextAt > now || (retryAt ?? 0) > now) return undefined;
  const oldest = now - plan.catchUpMs;
  if (nextAt >= oldest) return { at: nextAt };
  const first = following(plan, oldest - 1);
  return first === undefined ? {} : { nextAt: first };
}

function withoutDue({ nextAt: _next, attempts: _attempts, retryAt: _retry, ...rest }: ScheduleState): ScheduleState {
  return rest;
}

function counted(state: ScheduleState, firing: Firing): ScheduleState {
  const { retryAt: _retry, ...rest } = state;
  const { skipped, error } = firing;
  return {
    ...rest,
    last: firing,
    started: state.started + (skipped === undefined && error === undefined ? 1 : 0),
    skipped: state.skipped + (skipped === undefined ? 0 : 1),
    failed: state.failed + (error === undefined ? 0 : 1),
  };
}

/** The first occurrence after that moment on which the plan acts. */
function following(plan: SchedulePlan, after: number): number | undefined {
  if (!plan.isEnabled) return undefined;
  const at = occurrencesOf(plan).next(Math.max(after, (plan.startDate ?? 0) - 1));
  return at === undefined || (plan.endDate !== undefined && at >= plan.endDate) ? undefined : at;
}

export function occurrencesOf({ scheduleExpression, timezone, startDate, createdAt }: SchedulePlan): Occurrences {
  const read = readScheduleExpression(scheduleExpression, { timezone, anchor: startDate ?? createdAt });
  if ("fault" in read) throw new Error(`Defect: a schedule was stored that cannot be read: ${read.fault}`);
  return read;
}

/** Throttled, or out of order. */
function isTemporary(answer: OperationAnswer): boolean {
  return !answer.ok && (answer.refusal.status >= 500 || answer.refusal.name === "ThrottlingException");
}

function outcomeOf(answer: OperationAnswer): Pick<Firing, "executionArn" | "error"> {
  if (answer.ok) return { executionArn: memberOf(answer.output, "executionArn") as string };
  const { name, message } = answer.refusal;
  // It was started for this occurrence before a crash, or by a backfill.
  const started = name === "ExecutionAlreadyExists" ? /'(?<arn>arn:[^']+)'/u.exec(message)?.groups?.["arn"] : undefined;
  return started === undefined ? { error: `${name}: ${message}` } : { executionArn: started };
}
