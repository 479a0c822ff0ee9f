/**
 * One state by itself: what it makes of an input, with its work done for real or mocked, seen stage by stage.
 *
 * The fields are evaluated by the very functions that an execution uses; here is only what follows one after the other.
 * S1. Nothing waits: a Wait answers at once, and of a Retrier only what it would do is told.
 * S2. The state's work, whatever is within it, is one question to whoever tests: a call, or what a mock says.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
 */
import { matchesError, type StateFailure } from "../asl/error-names.ts";
import { isObject, type Json, type JsonObject } from "../asl/json.ts";
import { mapItemOf, type MapItemContext } from "../data/context-object.ts";
import type { MapState, State, TaskState } from "../asl/types.ts";
import { applyPath } from "../data/data-flow.ts";
import { causeIn, EvaluationError } from "../data/evaluation-error.ts";
import { newEffort } from "../data/effort.ts";
import { Payload } from "../data/payload.ts";
import { Scope, type Stage } from "../data/scope.ts";
import type { Entropy } from "../data/intrinsics.ts";
import { decideRetry, type RetryDecision } from "./retry.ts";
import { caughtOutcome, outcomeOf, passedOutcome, workInput, type Outcome } from "./shaping.ts";
import { dataSetOf, evaluatedItems, membersOf, selectedItem } from "./states/map-items.ts";
import { integerAt, percentageAt } from "./states/map-limits.ts";
import { choose, failureOf, passOutcome, waitUntil } from "./states/simple.ts";
import { prepareTask, type PreparedTask } from "./states/task.ts";
import { dataLimitExceeded } from "./visit.ts";

export type WorkAnswer = { readonly output: Payload } | { readonly failure: StateFailure };

export interface StateTest {
  readonly state: State;
  readonly input: Payload;
  readonly variables: Readonly<Record<string, Json>>;
  /** What `$$` reads; with an item inside a Map's ItemSelector. */
  context(item?: MapItemContext): Json;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly entropy: Entropy;
  /** The bytes that an output may have. */
  readonly maxPayloadBytes: number;
  /** What its expressions and paths may take. */
  readonly evaluationSteps: number;
  /** How often the Retrier that applies has been charged. */
  readonly retryCount: number;
  /** Of a Map: how many iterations failed. */
  readonly failedIterations?: number;
  /** Of a Map with an ItemReader: what it reads. */
  readonly readItems?: readonly Json[];
  /** Does the state's work, or says what a mock says: a task's call, a Parallel's branches, a Map's iterations. */
  work(task?: PreparedTask): Promise<WorkAnswer>;
}

export interface StateTestResult {
  readonly status: "SUCCEEDED" | "FAILED" | "RETRIABLE" | "CAUGHT_ERROR";
  readonly output?: Payload;
  readonly failure?: StateFailure;
  /** Absent where the state ends its machine. */
  readonly next?: string;
  readonly inspection: Inspection;
}

/** What was seen on the way. */
export interface Inspection {
  readonly stages: ReadonlyMap<Stage, Payload>;
  /** What the work gave. */
  readonly result?: Payload;
  readonly map?: MapLimits;
  readonly errorDetails?: ErrorDetails;
  /** The variables as they are after the state. */
  readonly variables: Readonly<Record<string, Json>>;
}

export interface MapLimits {
  readonly maxConcurrency: number;
  readonly toleratedFailureCount?: number;
  readonly toleratedFailurePercentage?: number;
}

export interface ErrorDetails {
  readonly catchIndex?: number;
  readonly retryIndex?: number;
  /** Seconds until the next attempt. */
  readonly retryBackoffIntervalSeconds?: number;
}

/** The test failed because the caller asked for what cannot be. */
export class StateTestFault extends Error {}

export function testState(test: StateTest): Promise<StateTestResult> {
  return new Tested(test).run();
}

/** AWS shows every state as entered at this event. */
const ENTERED_EVENT_ID = 2;

type RecoveringState = Extract<State, { Catch: unknown }>;

class Tested {
  readonly #test: StateTest;
  readonly #scope: Scope;
  readonly #stages: Map<Stage, Payload> = new Map();
  #result: Payload | undefined;
  #map: MapLimits | undefined;
  #errorDetails: ErrorDetails | undefined;
  #assigned: Outcome["assigned"];

  constructor(test: StateTest) {
    this.#test = test;
    this.#scope = this.#scopeWith(() => test.context());
  }

  async run(): Promise<StateTestResult> {
    const { state } = this.#test;
    const failure = await this.#failureOf(() => this.#attempt());
    if (!("failure" in failure)) return failure.value;
    if (failure.failure.error !== "States.Runtime" && "Catch" in state) return this.#recover(state, failure.failure);
    return this.#answer({ status: "FAILED", failure: failure.failure });
  }

  /** The state's own work and what follows from it; a failure of its own is answered, one of an expression thrown. */
  async #attempt(): Promise<StateTestResult> {
    const { state, input } = this.#test;
    const scope = this.#scope;
    switch (state.Type) {
      case "Pass":
        if (state.Result !== undefined) this.#result = Payload.of(state.Result);
        return this.#succeed(await passOutcome(state, input, scope), state.Next);
      case "Choice": {
        const { rule, next } = await choose(state, input, scope);
        return this.#succeed(await passedOutcome(state, input, scope, rule), next);
      }
      case "Wait":
        await waitUntil(state, input, scope);
        return this.#succeed(await passedOutcome(state, input, scope), state.Next);
      case "Succeed":
        return this.#succeed(await passedOutcome(state, input, scope), undefined);
      case "Fail":
        this.#reach("afterInputPath", input);
        return this.#answer({ status: "FAILED", failure: await failureOf(state, scope) });
      case "Task":
        return this.#finish(state, await this.#doTask(state));
      case "Parallel":
        await workInput(state, input, scope);
        return this.#finish(state, await this.#test.work());
      case "Map":
        return this.#finish(state, await this.#iterate(state));
    }
  }

  async #doTask(state: TaskState): Promise<WorkAnswer> {
    const task = await prepareTask(state, this.#test.input, this.#scope);
    const answer = await this.#test.work(task);
    if ("output" in answer && answer.output.exceeds(this.#test.maxPayloadBytes))
      return { failure: dataLimitExceeded(state.Name) };
    if ("output" in answer) this.#result = answer.output;
    return answer;
  }

  async #iterate(state: MapState): Promise<WorkAnswer> {
    const { input, failedIterations = 0, readItems } = this.#test;
    const filtered = this.#reach("afterInputPath", applyPath(state.InputPath, input, this.#scope));
    const scope = this.#scope.withInput(filtered.value);
    const found = await this.#itemsOf(state, scope, readItems);
    const areMembers = isObject(found);
    const items = areMembers ? membersOf(found) : found;
    this.#map = await limitsOf(state, scope);
    if (items !== undefined && state.ItemSelector !== undefined) await this.#select(state, items, areMembers, filtered);
    if (items !== undefined && failedIterations > items.length) {
      throw new StateTestFault(
        "Map iteration failure count must be less than or equal to the number of Map iterations",
      );
    }
    const answer = await this.#test.work();
    return "output" in answer && isOver(this.#map, failedIterations, items?.length ?? 0) ? OVER_THRESHOLD : answer;
  }

  /** undefined where a reader would find them and nothing says what. */
  async #itemsOf(
    state: MapState,
    scope: Scope,
    readItems: readonly Json[] | undefined,
  ): Promise<readonly Json[] | JsonObject | undefined> {
    if (state.ItemReader !== undefined) return readItems;
    const items = dataSetOf(state, await evaluatedItems(state, scope), scope);
    this.#reach("afterItemsPath", Payload.of(items));
    return items;
  }

  async #select(state: MapState, items: readonly Json[], areMembers: boolean, input: Payload): Promise<void> {
    const selected: Json[] = [];
    for (const [index, value] of items.entries()) {
      const scope = this.#scopeWith(() => this.#test.context(mapItemOf(index, value, areMembers))).withInput(
        input.value,
      );
      selected.push(await selectedItem(state, value, scope));
    }
    this.#scope.reach("afterItemSelector", Payload.of(selected));
  }

  /** A stage that JSONPath alone has. */
  #reach(stage: Stage, payload: Payload): Payload {
    return this.#test.state.QueryLanguage === "JSONPath" ? this.#scope.reach(stage, payload) : payload;
  }

  async #finish(state: RecoveringState, answer: WorkAnswer): Promise<StateTestResult> {
    if ("failure" in answer) return this.#recover(state, answer.failure);
    return this.#succeed(await outcomeOf(state, this.#test.input, answer.output, this.#scope), state.Next);
  }

  #succeed({ output, assigned }: Outcome, next: string | undefined): StateTestResult {
    if (output.exceeds(this.#test.maxPayloadBytes)) {
      return this.#answer({ status: "FAILED", failure: dataLimitExceeded(this.#test.state.Name) });
    }
    this.#assigned = assigned;
    return this.#answer({ status: "SUCCEEDED", output, ...(next !== undefined && { next }) });
  }

  async #recover(state: RecoveringState, failure: StateFailure): Promise<StateTestResult> {
    const retryIndex = state.Retry.findIndex((x) => matchesError(failure, x.ErrorEquals));
    const decision = this.#decideRetry(state, failure, retryIndex);
    if (retryIndex >= 0) this.#errorDetails = { retryIndex };
    if (decision.again) {
      this.#errorDetails = { retryIndex, retryBackoffIntervalSeconds: decision.delaySeconds };
      return this.#answer({ status: "RETRIABLE", failure });
    }
    const catchIndex = state.Catch.findIndex((x) => matchesError(failure, x.ErrorEquals));
    const catcher = state.Catch[catchIndex];
    if (catcher === undefined) return this.#answer({ status: "FAILED", failure });
    this.#errorDetails = { ...this.#errorDetails, catchIndex };
    const errorOutput = Payload.of({ Error: failure.error ?? null, Cause: failure.cause ?? null });
    const caught = await this.#failureOf(async () => {
      const outcome = await caughtOutcome(state, catcher, this.#test.input, errorOutput, this.#scope);
      return this.#succeed(outcome, catcher.Next);
    });
    if ("failure" in caught) return this.#answer({ status: "FAILED", failure: caught.failure });
    return caught.value.status === "SUCCEEDED" ? { ...caught.value, failure, status: "CAUGHT_ERROR" } : caught.value;
  }

  #decideRetry(state: RecoveringState, failure: StateFailure, retryIndex: number): RetryDecision {
    const retries = state.Retry.map((_, i) => (i === retryIndex ? this.#test.retryCount : 0));
    return decideRetry(state.Retry, retries, failure, () => this.#test.entropy.random());
  }

  /** The failure that an expression's error is; whatever else is thrown goes on. */
  async #failureOf<T>(work: () => Promise<T>): Promise<{ readonly value: T } | { readonly failure: StateFailure }> {
    try {
      return { value: await work() };
    } catch (thrown) {
      if (!(thrown instanceof EvaluationError)) throw thrown;
      const cause = causeIn(this.#test.state.Name, ENTERED_EVENT_ID, thrown);
      return { failure: { error: thrown.error, cause } };
    }
  }

  #scopeWith(context: () => Json): Scope {
    const { input, variables, entropy, at, evaluationSteps } = this.#test;
    return new Scope(input.value, {
      context,
      variable: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
      variables: () => variables,
      entropy,
      at,
      effort: newEffort(evaluationSteps),
      observe: (stage, payload) => this.#stages.set(stage, payload),
    });
  }

  #answer(answer: Omit<StateTestResult, "inspection">): StateTestResult {
    const inspection = {
      stages: this.#stages,
      variables: { ...this.#test.variables, ...this.#assigned },
      ...(this.#result && { result: this.#result }),
      ...(this.#map && { map: this.#map }),
      ...(this.#errorDetails && { errorDetails: this.#errorDetails }),
    };
    return { ...answer, inspection };
  }
}

async function limitsOf(state: MapState, scope: Scope): Promise<MapLimits> {
  const { MaxConcurrency, ToleratedFailureCount, ToleratedFailurePercentage } = state;
  return {
    maxConcurrency: MaxConcurrency === undefined ? 0 : await integerAt(MaxConcurrency, "MaxConcurrency", scope),
    ...(ToleratedFailureCount && {
      toleratedFailureCount: await integerAt(ToleratedFailureCount, "ToleratedFailureCount", scope),
    }),
    ...(ToleratedFailurePercentage && {
      toleratedFailurePercentage: await percentageAt(ToleratedFailurePercentage, scope),
    }),
  };
}

const OVER_THRESHOLD: WorkAnswer = {
  failure: {
    error: "States.ExceedToleratedFailureThreshold",
    cause: "The specified tolerated failure threshold was exceeded",
  },
};

/** Whether more iterations failed than either limit tolerates; a Map without limits tolerates what its mock says. */
function isOver(limits: MapLimits, failed: number, total: number): boolean {
  const { toleratedFailureCount = Infinity, toleratedFailurePercentage = 100 } = limits;
  return failed > toleratedFailureCount || failed * 100 > toleratedFailurePercentage * total;
}
