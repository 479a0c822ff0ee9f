/**
 * The states that need nobody else: Pass, Choice, Wait, Succeed, Fail.
 */
import type {
  ChoiceRule,
  ChoiceState,
  FailState,
  PassState,
  Selector,
  SucceedState,
  WaitState,
} from "../../asl/types.ts";
import type { StateFailure } from "../../asl/error-names.ts";
import { parseTimestamp } from "../../asl/instant.ts";
import type { Json } from "../../asl/json.ts";
import type { JsonPath } from "../../asl/json-path.ts";
import type { JsonataExpression } from "../../asl/jsonata-expression.ts";
import { holds } from "../../data/choice-rule.ts";
import { applyPath } from "../../data/data-flow.ts";
import { EvaluationError } from "../../data/evaluation-error.ts";
import { evaluatePath } from "../../data/json-path.ts";
import { evaluateAs } from "../../data/jsonata.ts";
import { Payload } from "../../data/payload.ts";
import { evaluateSelector } from "../../data/payload-template.ts";
import type { Scope } from "../../data/scope.ts";
import type { BranchId, Visit } from "../execution.ts";
import { andThen, type PromiseOrValue } from "../promise-or-value.ts";
import { MAX_WAIT_SECONDS } from "../quotas.ts";
import { outcomeOf, passedOutcome, workInput, type Outcome } from "../shaping.ts";
import type { Turn } from "../turn.ts";
import { leaveState, scopeOf } from "../visit.ts";

/** @see https://states-language.net/spec.html#pass-state */
export function runPass(turn: Turn, branchId: BranchId, state: PassState, visit: Visit): PromiseOrValue<void> {
  const scope = scopeOf(turn, branchId, state, visit);
  return leaveState(turn, branchId, state, passOutcome(state, visit.input, scope), state.Next);
}

export function passOutcome(state: PassState, input: Payload, scope: Scope): PromiseOrValue<Outcome> {
  if (state.QueryLanguage === "JSONata") return passedOutcome(state, input, scope);
  const { Result } = state;
  return andThen(workInput(state, input, scope), (worked) =>
    outcomeOf(state, input, Result === undefined ? worked : Payload.of(Result), scope),
  );
}

/** @see https://states-language.net/spec.html#choice-state */
export function runChoice(turn: Turn, branchId: BranchId, state: ChoiceState, visit: Visit): PromiseOrValue<void> {
  const scope = scopeOf(turn, branchId, state, visit);
  return andThen(choose(state, visit.input, scope), ({ rule, next }) =>
    leaveState(turn, branchId, state, passedOutcome(state, visit.input, scope, rule), next),
  );
}

/** Where a Choice leads, and the rule that leads there; no rule: the Default. */
export interface Chosen {
  readonly rule: ChoiceRule | undefined;
  readonly next: string;
}

export function choose(state: ChoiceState, input: Payload, scope: Scope): PromiseOrValue<Chosen> {
  return andThen(matchingRule(state, input, scope), (rule) => {
    const next = rule?.Next ?? state.Default;
    if (next !== undefined) return { rule, next };
    const cause = "Failed to transition out of the state. The state does not point to a next state.";
    throw new EvaluationError("States.NoChoiceMatched", cause);
  });
}

function matchingRule(state: ChoiceState, input: Payload, scope: Scope): PromiseOrValue<ChoiceRule | undefined> {
  if (state.QueryLanguage === "JSONata") return firstMetRule(state.Choices, scope);
  const inner = scope.withInput(applyPath(state.InputPath, input, scope).value);
  return state.Choices.find((x) => holds(x.condition, inner));
}

async function firstMetRule(rules: readonly ChoiceRule[], scope: Scope): Promise<ChoiceRule | undefined> {
  for (const [i, rule] of rules.entries()) {
    const { condition } = rule;
    const isMet =
      condition.kind === "expression"
        ? await evaluateAs("boolean", condition.expression, `Choices[${i}]/Condition`, scope)
        : holds(condition, scope);
    if (isMet) return rule;
  }
  return undefined;
}

/** @see https://states-language.net/spec.html#succeed-state */
export function runSucceed(turn: Turn, branchId: BranchId, state: SucceedState, visit: Visit): PromiseOrValue<void> {
  const scope = scopeOf(turn, branchId, state, visit);
  return leaveState(turn, branchId, state, passedOutcome(state, visit.input, scope), undefined);
}

/** @see https://states-language.net/spec.html#fail-state */
export async function runFail(turn: Turn, branchId: BranchId, state: FailState, visit: Visit): Promise<void> {
  turn.settle(branchId, { failure: await failureOf(state, scopeOf(turn, branchId, state, visit)) });
}

/** What a Fail state fails with. */
export async function failureOf(state: FailState, scope: Scope): Promise<StateFailure> {
  const error = state.ErrorPath ? await textAt(state.ErrorPath, "Error", scope) : state.Error;
  const cause = state.CausePath ? await textAt(state.CausePath, "Cause", scope) : state.Cause;
  return { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
}

async function textAt(selector: Selector, field: "Error" | "Cause", scope: Scope): Promise<string> {
  if (selector.kind === "expression") return evaluateAs("string", selector.expression, field, scope);
  const value = evaluateSelector(selector, `${field}Path`, scope);
  if (typeof value === "string") return value;
  throw new EvaluationError(
    "States.Runtime",
    `The ${field}Path parameter does not reference a string: ${JSON.stringify(value)}`,
  );
}

/** Waits, or leaves at once when the moment has passed. @see https://states-language.net/spec.html#wait-state */
export async function runWait(turn: Turn, branchId: BranchId, state: WaitState, visit: Visit): Promise<void> {
  const at = await waitUntil(state, visit.input, scopeOf(turn, branchId, state, visit));
  if (at <= turn.at) await leaveWait(turn, branchId, state, visit);
  else turn.setCursor(branchId, { kind: "waiting", visit, timer: turn.setTimer(at, branchId) });
}

export function leaveWait(turn: Turn, branchId: BranchId, state: WaitState, visit: Visit): PromiseOrValue<void> {
  const scope = scopeOf(turn, branchId, state, visit);
  return leaveState(turn, branchId, state, passedOutcome(state, visit.input, scope), state.Next);
}

/** The moment, epoch milliseconds, at which a Wait that begins now is over. */
export async function waitUntil(state: WaitState, input: Payload, scope: Scope): Promise<number> {
  const at = await momentOf(state, scope.at, scope.withInput(applyPath(state.InputPath, input, scope).value));
  if (at <= scope.at + MAX_WAIT_SECONDS * 1000) return at;
  throw new EvaluationError("States.Runtime", "Wait state delay is too long.");
}

async function momentOf(state: WaitState, now: number, scope: Scope): Promise<number> {
  const { until } = state;
  switch (until.kind) {
    case "Seconds":
      return now + until.seconds * 1000;
    case "Timestamp":
      return until.instant;
    case "SecondsPath":
      return now + secondsAt(until.path, scope) * 1000;
    case "TimestampPath":
      return timestampAt(until.path, scope);
    case "SecondsExpression":
      return now + (await secondsFrom(until.expression, scope)) * 1000;
    case "TimestampExpression":
      return timestampFrom(until.expression, scope);
  }
}

async function secondsFrom(expression: JsonataExpression, scope: Scope): Promise<number> {
  const value = await evaluateAs("number", expression, "Seconds", scope);
  if (Number.isInteger(value) && value >= 0) return value;
  const cause = `The Seconds field must be a non-negative integer but was: ${value}`;
  throw new EvaluationError("States.QueryEvaluationError", cause, "Seconds");
}

async function timestampFrom(expression: JsonataExpression, scope: Scope): Promise<number> {
  const value = await evaluateAs("string", expression, "Timestamp", scope);
  const instant = parseTimestamp(value);
  if (instant !== undefined) return instant;
  const cause = `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${value}`;
  throw new EvaluationError("States.QueryEvaluationError", cause, "Timestamp");
}

function secondsAt(path: JsonPath, scope: Scope): number {
  const value = inputAt(path, "SecondsPath", scope);
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  const cause =
    typeof value === "number" && Number.isInteger(value)
      ? `The SecondsPath parameter must not be negative: ${path.source} == ${value}`
      : `The SecondsPath parameter cannot be parsed as a long value: ${path.source} == ${textOf(value)}`;
  throw new EvaluationError("States.Runtime", cause);
}

function timestampAt(path: JsonPath, scope: Scope): number {
  const value = inputAt(path, "TimestampPath", scope);
  const instant = typeof value === "string" ? parseTimestamp(value) : undefined;
  if (instant !== undefined) return instant;
  const expected = "a valid ISO-8601 extended offset date-time format string";
  const cause = `The TimestampPath parameter does not reference ${expected}: ${path.source} == ${textOf(value)}`;
  throw new EvaluationError("States.Runtime", cause);
}

function inputAt(path: JsonPath, field: string, scope: Scope): Json {
  const value = evaluatePath(path, scope);
  if (value !== undefined) return value;
  throw new EvaluationError(
    "States.Runtime",
    `The ${field} parameter does not reference an input value: ${path.source}`,
  );
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
