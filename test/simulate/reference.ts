/**
 * A second interpreter: what a history must say, given how its tasks were answered.
 *
 * It walks the definition's own text and has nothing in common with the engine. Of the history it takes what comes from
 * outside, tasks' results and the places of branches; everything else it works out, and finds in the history or complains:
 * each state's input and output, each transition, each retry and catch, the order of a Map's results, and that no timer
 * was early and no answer later than its deadline.
 */
import { isDeepStrictEqual } from "node:util";
import type { Json } from "../../src/asl/json.ts";
import type { HistoryEvent } from "../../src/engine/history-event.ts";
import { pure, type Definition } from "./machine.ts";
import {
  assignedBy,
  evaluate,
  evaluateJsonata,
  fill,
  holds,
  outputOf,
  type JsonObject,
  type Sight,
} from "./reference-values.ts";
import type { Tally } from "./tally.ts";

/** What is known of an execution. */
export interface Told {
  readonly definition: Definition;
  readonly input: Json;
  readonly name: string;
  readonly events: readonly HistoryEvent[];
  /** The branch of each event; the execution's own have none. */
  readonly branchOf: ReadonlyMap<number, number>;
  readonly parents: ReadonlyMap<number, { readonly branch: number; readonly index: number }>;
  readonly tally: Tally;
}

export interface Failure {
  readonly error: string;
  readonly cause: string;
}

/** How a branch stands at the end of the history. */
export type End =
  | { readonly kind: "output"; readonly output: Json; readonly at: number }
  | { readonly kind: "failure"; readonly failure: Failure; readonly at: number }
  | { readonly kind: "open" };

type Left =
  | { readonly kind: "left"; readonly output: Json; readonly next: string | undefined; readonly assigned: JsonObject }
  | Exclude<End, { kind: "output" }>;

const OPEN = { kind: "open" } as const;
const ABORTED = /^(?:(?:Task|Wait|Parallel|Map)StateAborted|MapIterationAborted|MapIterationFailed|MapRunAborted)$/u;
const FAMILY = { lambda: "LambdaFunction", activity: "Activity", task: "Task" } as const;

/** Events of one branch, read one after the other. */
class Log {
  readonly events: readonly HistoryEvent[];
  at = 0;
  readonly #redrives: readonly HistoryEvent[];

  constructor(events: readonly HistoryEvent[], redrives: readonly HistoryEvent[]) {
    this.events = events;
    this.#redrives = redrives;
  }

  get next(): HistoryEvent | undefined {
    return this.events[this.at];
  }

  /** The id of the last event that was read. */
  get lastId(): number {
    return this.events[this.at - 1]?.id ?? 0;
  }

  take(pattern: RegExp, name?: string): HistoryEvent {
    const event = this.next;
    if (event === undefined || !pattern.test(event.type)) wrong(`${pattern} was due, and not`, event);
    if (name !== undefined && event.details?.["name"] !== name) wrong(`the state ${name} was due, and not`, event);
    this.at += 1;
    return event;
  }

  tryTake(pattern: RegExp): HistoryEvent | undefined {
    return this.next !== undefined && pattern.test(this.next.type) ? this.take(pattern) : undefined;
  }

  /** The redrive between two events. */
  redriveBetween(from: number, to: number = Infinity): HistoryEvent | undefined {
    return this.#redrives.findLast((x) => x.id > from && x.id < to);
  }

  /** Passes over what was aborted; answers whether the branch was taken up again after that event. */
  isTakenUp(after: number): boolean {
    while (this.tryTake(ABORTED) !== undefined);
    return this.next !== undefined && this.redriveBetween(after, this.next.id) !== undefined;
  }
}

function wrong(what: string, event?: HistoryEvent): never {
  throw new Error(`13: ${what} ${event === undefined ? "the end" : JSON.stringify(event).slice(0, 400)}`);
}

function expectSame(what: string, found: unknown, expected: Json, event: HistoryEvent): void {
  const value: unknown = typeof found === "string" ? parsed(found) : found;
  if (!isDeepStrictEqual(value, expected)) wrong(`${what} should be ${JSON.stringify(expected)} in`, event);
}

/** A child that failed is shown with much that only the platform knows: what counts is which it was, and its error. */
export function parsed(text: string): Json {
  return JSON.parse(text, (_, value: Json) => {
    if (typeof value !== "object" || value === null || !("ExecutionArn" in value) || !("Error" in value)) return value;
    const { Input, Error: error } = value as { readonly Input: string; readonly Error: string };
    return failedChild((JSON.parse(Input) as { readonly n: number }).n, error);
  }) as Json;
}

function failedChild(n: number, error: string): Json {
  return { n, error };
}

/** How often each retrier was charged since the last redrive. */
class Retries {
  counts: number[] = [];
  #lastId: number;
  #earliest = 0;

  constructor(enteredId: number) {
    this.#lastId = enteredId;
  }

  get total(): number {
    return this.counts.reduce((sum, x) => sum + x, 0);
  }

  /** Whether the failure is retried. */
  charge(state: Definition, { error }: Failure, event: HistoryEvent, log: Log): boolean {
    this.noteRedrives(log, event.id);
    const retriers = (state["Retry"] ?? []) as readonly Definition[];
    const index = retriers.findIndex((x) => matches(error, x));
    const retrier = retriers[index];
    const spent = this.counts[index] ?? 0;
    if (retrier === undefined || spent >= Number(retrier["MaxAttempts"])) return false;
    const grown = Number(retrier["IntervalSeconds"]) * Number(retrier["BackoffRate"]) ** spent;
    const delay = Math.min(grown, Number(retrier["MaxDelaySeconds"] ?? Infinity)) * 1000;
    this.#earliest = event.timestamp + (retrier["JitterStrategy"] === "FULL" ? 0 : delay);
    this.counts[index] = spent + 1;
    for (let i = 0; i < index; i++) this.counts[i] ??= 0;
    return true;
  }

  noteRedrives(log: Log, id: number): void {
    if (log.redriveBetween(this.#lastId, id) !== undefined) [this.counts, this.#earliest] = [[], 0];
    this.#lastId = id;
  }

  expectNotEarly(event: HistoryEvent): void {
    if (event.timestamp < this.#earliest) wrong(`a retry is ${this.#earliest - event.timestamp} ms early:`, event);
  }
}

function matches(error: string, { ErrorEquals }: Definition): boolean {
  const named = ErrorEquals as readonly string[];
  if (named.includes("States.ALL") || named.includes(error)) return true;
  return named.includes("States.TaskFailed") && error !== "States.Timeout";
}

export class Reference {
  readonly #told: Told;
  readonly #redrives: readonly HistoryEvent[];
  readonly #logs: Map<number, HistoryEvent[]> = new Map();

  constructor(told: Told) {
    this.#told = told;
    this.#redrives = told.events.filter((x) => x.type === "ExecutionRedriven");
    for (const event of told.events) {
      const branch = told.branchOf.get(event.id);
      if (branch === undefined) continue;
      const log = this.#logs.get(branch);
      if (log === undefined) this.#logs.set(branch, [event]);
      else log.push(event);
    }
  }

  /** How the execution's own branch stands. @throws where the history says anything else than it must */
  run(): End {
    const { definition, input } = this.#told;
    return this.#branch(0, definition, { input, context: {}, variables: {} }).end;
  }

  #branch(id: number, machine: Definition, sight: Sight): { readonly end: End; readonly log: Log } {
    const log = new Log(this.#logs.get(id) ?? [], this.#redrives);
    const States = machine["States"] as Readonly<Record<string, Definition>>;
    let name = machine["StartAt"] as string;
    let { input } = sight;
    let { variables } = sight;
    for (;;) {
      log.isTakenUp(log.lastId);
      if (log.next === undefined) return { end: OPEN, log };
      const state = States[name];
      if (state === undefined) wrong(`there is no state ${name}`);
      const entered = log.take(/StateEntered$/u, name);
      if (entered.type !== `${state["Type"] as string}StateEntered`)
        wrong("another type of state is entered:", entered);
      expectSame("the input", entered.details?.["input"], input, entered);
      this.#told.tally.add(`state: ${state["Type"] as string}`);
      const { Input } = (sight.context["Execution"] ?? { Input: this.#told.input }) as { readonly Input: Json };
      const context = { ...sight.context, Execution: { Input, Name: this.#told.name }, State: { Name: name } };
      const left = this.#state(id, name, state, log, entered, { input, context, variables });
      if (left.kind !== "left") return { end: left, log };
      const exited = log.next;
      // The last events of a full history are missing.
      if (exited === undefined) return { end: OPEN, log };
      log.take(/StateExited$/u, name);
      expectSame("the output", exited.details?.["output"], left.output, exited);
      if (Object.keys(left.assigned).length > 0) this.#told.tally.add("used: variable");
      if (Object.keys(left.assigned).length > 0) variables = Object.assign({}, variables, left.assigned);
      if (left.next === undefined && id === 0 && log.isTakenUp(exited.id)) {
        // It had ended in the very turn in which it was stopped: it begins anew.
        [name, input, variables] = [machine["StartAt"] as string, sight.input, sight.variables];
        continue;
      }
      if (left.next === undefined) {
        log.tryTake(/^MapIterationSucceeded$/u);
        return { end: { kind: "output", output: left.output, at: exited.id }, log };
      }
      [name, input] = [left.next, left.output];
    }
  }

  #state(id: number, name: string, state: Definition, log: Log, entered: HistoryEvent, sight: Sight): Left {
    if (state["QueryLanguage"] === "JSONata") this.#told.tally.add("used: jsonata");
    switch (state["Type"]) {
      case "Pass":
        return leave(state, sight, passed(state, sight));
      case "Succeed":
        return leave(state, sight, sight.input);
      case "Choice": {
        const rule = (state["Choices"] as readonly Definition[]).find((x) => holds(x, sight));
        return { ...leave(state, sight, sight.input), next: (rule?.["Next"] ?? state["Default"]) as string };
      }
      case "Fail":
        for (let last = entered; ; last = log.take(/^FailStateEntered$/u, name)) {
          if (log.isTakenUp(last.id)) continue;
          const failure = { error: state["Error"] as string, cause: state["Cause"] as string };
          return { kind: "failure", failure, at: last.id };
        }
      case "Wait":
        return wait(state, sight, log, entered);
      case "Task":
        return this.#task(state, log, entered, sight);
      default:
        return this.#container(id, state, log, entered, sight);
    }
  }

  #task(state: Definition, log: Log, entered: HistoryEvent, sight: Sight): Left {
    const resource = state["Resource"] as string;
    const kind = resource.includes(":function:") ? "lambda" : resource.includes(":activity:") ? "activity" : "task";
    const retries = new Retries(entered.id);
    const used = kind === "task" ? patternOf(resource) : kind;
    this.#told.tally.add(`used: ${used}`);
    for (let last = entered; ;) {
      if (log.isTakenUp(last.id)) retries.noteRedrives(log, log.next?.id ?? 0);
      if (log.next === undefined) return OPEN;
      const scheduled = log.take(new RegExp(`^${FAMILY[kind]}Scheduled$`, "u"));
      retries.expectNotEarly(scheduled);
      this.#expectParameters(state, scheduled, retries, sight);
      const closed = taskEnd(state, log, scheduled, FAMILY[kind]);
      if (closed === undefined) {
        if (log.next === undefined) return OPEN;
        last = scheduled;
        continue;
      }
      const { details = {} } = closed;
      if (closed.type.endsWith("Succeeded")) {
        const result = parsed(details["output"] as string);
        return leave(state, sight, outputOf(state, sight, result));
      }
      const again = this.#recover(state, log, failureIn(details), closed, retries);
      if (again !== undefined) return again;
      last = closed;
    }
  }

  #expectParameters(state: Definition, scheduled: HistoryEvent, retries: Retries, sight: Sight): void {
    const found = scheduled.details?.["parameters"] ?? scheduled.details?.["input"];
    const token = /"token":"([^"]*)"/u.exec(String(found))?.[1] ?? "";
    const { State } = sight.context as { readonly State: JsonObject };
    const context = { ...sight.context, State: { ...State, RetryCount: retries.total }, Task: { Token: token } };
    const template = state["Parameters"] ?? state["Arguments"];
    const expected = template === undefined ? sight.input : fill(template, { ...sight, context });
    expectSame("the task's input", found, expected, scheduled);
  }

  /** Undefined: once more. */
  #recover(state: Definition, log: Log, failure: Failure, event: HistoryEvent, retries: Retries): Left | undefined {
    // Stopped before it was decided on.
    if (log.next !== undefined && !log.next.type.endsWith("Failed") && log.isTakenUp(event.id)) return undefined;
    if (retries.charge(state, failure, event, log)) {
      this.#told.tally.add("used: retry");
      return undefined;
    }
    const isContainer = state["Type"] !== "Task";
    const failedType = new RegExp(`^${state["Type"] as string}StateFailed$`, "u");
    if (isContainer && log.next !== undefined && !ABORTED.test(log.next.type)) log.tryTake(failedType);
    const catcher = ((state["Catch"] ?? []) as readonly Definition[]).find((x) => matches(failure.error, x));
    if (catcher !== undefined) {
      this.#told.tally.add("used: catch");
      const output = { Error: failure.error, Cause: failure.cause };
      return { kind: "left", output, next: catcher["Next"] as string, assigned: {} };
    }
    return log.isTakenUp(event.id) ? undefined : { kind: "failure", failure, at: event.id };
  }

  #container(id: number, state: Definition, log: Log, entered: HistoryEvent, sight: Sight): Left {
    const type = state["Type"] as string;
    const started = new RegExp(`^${type}StateStarted$`, "u");
    const retries = new Retries(entered.id);
    for (let last = entered; ;) {
      if (log.isTakenUp(last.id)) retries.noteRedrives(log, log.next?.id ?? 0);
      if (log.next === undefined) return OPEN;
      const begun = log.take(started);
      retries.expectNotEarly(begun);
      const result = isDistributed(state)
        ? this.#mapRun(state, log, sight)
        : this.#joined(id, state, log, begun, sight, started);
      if (result.kind === "open") {
        if (!log.isTakenUp(begun.id)) return OPEN;
        last = begun;
        continue;
      }
      if (result.kind === "output") {
        // Failures that a redrive took back.
        for (;;)
          if (log.tryTake(new RegExp(`^${type}StateFailed$`, "u")) === undefined && log.tryTake(ABORTED) === undefined)
            break;
        if (log.next === undefined) return OPEN;
        log.take(new RegExp(`^${type}StateSucceeded$`, "u"));
        return leave(state, sight, outputOf(state, sight, result.output));
      }
      const event = this.#told.events[result.at - 1] as HistoryEvent;
      // Verdicts before the last one, which redrives took back.
      while (log.next !== undefined && log.next.id < event.id)
        log.take(new RegExp(`^${type}StateFailed$|${ABORTED.source}`, "u"));
      const left = this.#recover(state, log, result.failure, event, retries);
      if (left !== undefined) return left;
      last = event;
    }
  }

  /** The children of one attempt, and what they amount to. */
  #joined(id: number, state: Definition, log: Log, begun: HistoryEvent, sight: Sight, started: RegExp): End {
    const isMap = state["Type"] === "Map";
    const next = log.events.find((x, i) => i >= log.at && (started.test(x.type) || x.type.endsWith("StateEntered")));
    const until = next?.id ?? Infinity;
    const items = isMap ? (this.#told.input as { items: readonly number[] }).items : [];
    const total = isMap ? items.length : (state["Branches"] as readonly unknown[]).length;
    const children = this.#childrenOf(id, begun.id, until);
    const ends = Array.from({ length: total }, (_, index): End => {
      const child = children.get(index);
      if (child === undefined) return OPEN;
      const inner = isMap ? this.#itemSight(state, sight, index, items[index] as number) : sight;
      const machine = isMap ? state["ItemProcessor"] : (state["Branches"] as readonly unknown[])[index];
      const { end, log: rest } = this.#branch(child, machine as Definition, inner);
      rest.isTakenUp(Infinity);
      if (rest.next !== undefined) wrong("a branch goes on although it should not, with", rest.next);
      return end;
    });
    const lastId = Math.max(...[...children.values()].map((x) => this.#lastIdIn(x)), 0);
    while (log.tryTake(/^MapIterationStarted$/u) !== undefined || passOldVerdict(log, lastId, until));
    const failures = ends.filter((x) => x.kind === "failure").sort((a, b) => a.at - b.at);
    const tolerated = Number(state["ToleratedFailureCount"] ?? 0);
    if (tolerated > 0 && failures.length > 0) this.#told.tally.add("used: tolerated");
    // Of several in one turn it is the one that the container's next event follows.
    const cause = this.#told.branchOf.get(log.next?.previousEventId ?? 0);
    const first = tolerated === 0 ? failures.find((x) => ends.indexOf(x) === indexOf(children, cause)) : undefined;
    const verdict = first ?? failures[tolerated];
    if (verdict !== undefined) return tolerated === 0 ? verdict : { ...verdict, failure: TOO_MANY };
    if (ends.some((x) => x.kind === "open")) return OPEN;
    return { kind: "output", output: ends.flatMap((x) => (x.kind === "output" ? [x.output] : [])), at: begun.id };
  }

  /** The last event of a branch and all below it. */
  #lastIdIn(branch: number): number {
    let last = this.#logs.get(branch)?.at(-1)?.id ?? 0;
    for (const [child, { branch: around }] of this.#told.parents)
      if (around === branch) last = Math.max(last, this.#lastIdIn(child));
    return last;
  }

  #itemSight(state: Definition, sight: Sight, index: number, value: number): Sight {
    const Map = { Item: { Index: index, Value: value } };
    const context = { ...sight.context, Map };
    return { ...sight, context, input: fill(state["ItemSelector"], { ...sight, context }) };
  }

  #childrenOf(id: number, from: number, until: number): ReadonlyMap<number, number> {
    const children = new Map<number, number>();
    for (const [child, { branch, index }] of this.#told.parents) {
      const first = this.#logs.get(child)?.[0]?.id ?? 0;
      if (branch === id && first > from && first < until) children.set(index, child);
    }
    return children;
  }

  #mapRun(state: Definition, log: Log, sight: Sight): End {
    if (log.next === undefined) return OPEN;
    log.take(/^MapRunStarted$/u);
    const { ProcessorConfig } = state["ItemProcessor"] as {
      readonly ProcessorConfig: { readonly ExecutionType: string };
    };
    this.#told.tally.add(`used: map run ${ProcessorConfig.ExecutionType}`);
    const expected = expectedOfMapRun(state, evaluate(state["ItemsPath"] as string, sight) as readonly number[]);
    for (;;) {
      if (log.tryTake(/^MapRunRedriven$/u) !== undefined) {
        this.#told.tally.add("used: map run redriven");
        continue;
      }
      if (log.tryTake(ABORTED) !== undefined) {
        this.#told.tally.add("used: map run stopped");
        continue;
      }
      const ended = log.tryTake(/^MapRun(?:Succeeded|Failed)$/u);
      if (ended === undefined) return OPEN;
      if (ended.type === "MapRunSucceeded") {
        if (expected === undefined) wrong("more items failed than are tolerated, and not", ended);
        return { kind: "output", output: expected, at: ended.id };
      }
      this.#told.tally.add("used: map run failed");
      if (expected !== undefined) wrong("no more items failed than are tolerated, and not", ended);
      const failure = failureIn(ended.details ?? {});
      if (failure.error !== TOO_MANY.error) wrong("another failure than", ended);
      let ahead = log.at;
      while (/^MapStateFailed$|^MapIterationFailed$|Aborted$/u.test(log.events[ahead]?.type ?? "")) ahead += 1;
      if (log.events[ahead]?.type === "MapRunRedriven") {
        log.at = ahead;
        continue;
      }
      return { kind: "failure", failure, at: ended.id };
    }
  }
}

function indexOf(children: ReadonlyMap<number, number>, branch: number | undefined): number | undefined {
  return [...children].find(([, child]) => child === branch)?.[0];
}

function patternOf(resource: string): string {
  if (resource.endsWith("waitForTaskToken")) return "token";
  return resource.endsWith("sync:2") ? "sync" : "invoke";
}

function failureIn(details: NonNullable<HistoryEvent["details"]>): Failure {
  const { error = "", cause = "" } = details as Partial<Failure>;
  return { error, cause };
}

const TOO_MANY: Failure = {
  error: "States.ExceedToleratedFailureThreshold",
  cause: "The specified tolerated failure threshold was exceeded",
};

function isDistributed(state: Definition): boolean {
  return "Label" in state;
}

/** In the order of the items; undefined: too many fail. */
function expectedOfMapRun(state: Definition, items: readonly number[]): readonly Json[] | undefined {
  let failed = 0;
  const results = items.map((n) => {
    try {
      return { ...pure({ n }) };
    } catch (error) {
      failed += 1;
      return failedChild(n, (error as Error).name);
    }
  });
  return failed > Number(state["ToleratedFailureCount"] ?? 0) ? undefined : results;
}

function leave(state: Definition, sight: Sight, output: Json): Extract<Left, { kind: "left" }> {
  return { kind: "left", output, next: state["Next"] as string | undefined, assigned: assignedBy(state, sight) };
}

function passed(state: Definition, sight: Sight): Json {
  if (state["QueryLanguage"] === "JSONata") {
    return "Output" in state ? evaluateJsonata(state["Output"] as string, sight) : sight.input;
  }
  if ("Result" in state) return outputOf(state, sight, state["Result"] as Json);
  return "Parameters" in state ? fill(state["Parameters"], sight) : sight.input;
}

function wait(state: Definition, sight: Sight, log: Log, entered: HistoryEvent): Left {
  let since = entered;
  for (;;) {
    const isTakenUp = log.isTakenUp(since.id);
    const { next } = log;
    if (next === undefined) return OPEN;
    if (isTakenUp) since = log.redriveBetween(since.id, next.id) as HistoryEvent;
    const early = since.timestamp + Number(state["Seconds"]) * 1000 - next.timestamp;
    if (next.type === "WaitStateExited" && early > 0) wrong(`a Wait is left ${early} ms early:`, next);
    return leave(state, sight, sight.input);
  }
}

/** Passes over a failure of a container that a redrive took back: its children went on. @param lastId of theirs */
function passOldVerdict(log: Log, lastId: number, until: number): boolean {
  const { next } = log;
  if (next === undefined || next.id > until) return false;
  const isVerdict = /^(?:Parallel|Map)StateFailed$/u.test(next.type) || ABORTED.test(next.type);
  const after = log.events[log.at + 1];
  const isCaught = after?.type.endsWith("StateExited") === true && log.redriveBetween(next.id, after.id) === undefined;
  if (!isVerdict || isCaught || log.redriveBetween(next.id, lastId) === undefined) return false;
  log.at += 1;
  return true;
}

/** The event that closes an attempt; undefined: it was stopped, or is open. */
function taskEnd(state: Definition, log: Log, scheduled: HistoryEvent, family: string): HistoryEvent | undefined {
  let begun = family === "Activity" ? undefined : scheduled;
  for (;;) {
    const event = log.next;
    if (event === undefined || ABORTED.test(event.type) || log.redriveBetween(scheduled.id, event.id) !== undefined) {
      return undefined;
    }
    log.at += 1;
    const phase = event.type.slice(family.length);
    if (!event.type.startsWith(family)) wrong("no event of this task:", event);
    if (phase === "Started" && family === "Activity") {
      if (begun !== undefined) wrong("the task has been started before:", event);
      begun = event;
    }
    if (phase === "Started" || phase === "Submitted") continue;
    expectInTime(state, begun, event, phase);
    return event;
  }
}

function expectInTime(state: Definition, begun: HistoryEvent | undefined, event: HistoryEvent, phase: string): void {
  const { TimeoutSeconds, HeartbeatSeconds } = state as { TimeoutSeconds?: number; HeartbeatSeconds?: number };
  if (begun === undefined) {
    if (phase === "TimedOut") wrong("nobody took the task, and its time is over:", event);
    return;
  }
  const took = event.timestamp - begun.timestamp;
  if (phase === "TimedOut") {
    const least = Math.min(TimeoutSeconds ?? Infinity, HeartbeatSeconds ?? Infinity) * 1000;
    if (took < least) wrong(`a timeout is ${least - took} ms early:`, event);
  } else if (TimeoutSeconds !== undefined && took >= TimeoutSeconds * 1000) {
    wrong(`an answer counts after its deadline, ${took} ms after the start:`, event);
  }
}
