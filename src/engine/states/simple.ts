/**
 * The states that need nobody else: Pass, Choice, Wait, Succeed, Fail.
 */
import type { ChoiceState, FailState, PassState, Selector, SucceedState, WaitState } from "../../asl/types.ts";
import { parseTimestamp } from "../../asl/instant.ts";
import type { Json } from "../../asl/json.ts";
import type { JsonPath } from "../../asl/json-path.ts";
import { holds } from "../../data/choice-rule.ts";
import { applyPath, applyResultPath, applyTemplate } from "../../data/data-flow.ts";
import { EvaluationError } from "../../data/evaluation-error.ts";
import { evaluatePath } from "../../data/json-path.ts";
import { Payload } from "../../data/payload.ts";
import { evaluateSelector } from "../../data/payload-template.ts";
import type { Scope } from "../../data/scope.ts";
import type { BranchId, Visit } from "../execution.ts";
import { MAX_WAIT_SECONDS } from "../quotas.ts";
import type { Turn } from "../turn.ts";
import { assignedBy, leaveState, scopeOf } from "../visit.ts";

/** @see https://states-language.net/spec.html#pass-state */
export function runPass(turn: Turn, branchId: BranchId, state: PassState, visit: Visit): void {
  const scope = scopeOf(turn, branchId, state, visit);
  const input = applyPath(state.InputPath, visit.input, scope);
  const shaped = applyTemplate(state.Parameters, input, scope);
  const result = state.Result === undefined ? shaped : Payload.of(state.Result);
  const assigned = assignedBy(state.Assign, result, scope);
  const output = applyPath(state.OutputPath, applyResultPath(state.ResultPath, visit.input, result), scope);
  leaveState(turn, branchId, state, { output, next: state.Next, assigned });
}

/** @see https://states-language.net/spec.html#choice-state */
export function runChoice(turn: Turn, branchId: BranchId, state: ChoiceState, visit: Visit): void {
  const scope = scopeOf(turn, branchId, state, visit);
  const input = applyPath(state.InputPath, visit.input, scope);
  const inner = scope.withInput(input.value);
  const rule = state.Choices.find((x) => holds(x.condition, inner));
  const next = rule?.Next ?? state.Default;
  if (next === undefined) {
    const cause = "Failed to transition out of the state. The state does not point to a next state.";
    throw new EvaluationError("States.NoChoiceMatched", cause);
  }
  const assigned = assignedBy(rule === undefined ? state.Assign : rule.Assign, input, scope);
  const output = applyPath(state.OutputPath, input, scope);
  leaveState(turn, branchId, state, { output, next, assigned });
}

/** @see https://states-language.net/spec.html#succeed-state */
export function runSucceed(turn: Turn, branchId: BranchId, state: SucceedState, visit: Visit): void {
  const scope = scopeOf(turn, branchId, state, visit);
  const output = applyPath(state.OutputPath, applyPath(state.InputPath, visit.input, scope), scope);
  leaveState(turn, branchId, state, { output, next: undefined });
}

/** @see https://states-language.net/spec.html#fail-state */
export function runFail(turn: Turn, branchId: BranchId, state: FailState, visit: Visit): void {
  const scope = scopeOf(turn, branchId, state, visit);
  const error = state.ErrorPath ? textAt(state.ErrorPath, "ErrorPath", scope) : state.Error;
  const cause = state.CausePath ? textAt(state.CausePath, "CausePath", scope) : state.Cause;
  turn.settle(branchId, { failure: { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) } });
}

function textAt(selector: Selector, field: string, scope: Scope): string {
  const value = evaluateSelector(selector, field, scope);
  if (typeof value === "string") return value;
  throw new EvaluationError(
    "States.Runtime",
    `The ${field} parameter does not reference a string: ${JSON.stringify(value)}`,
  );
}

/** Waits, or leaves at once when the moment has passed. @see https://states-language.net/spec.html#wait-state */
export function runWait(turn: Turn, branchId: BranchId, state: WaitState, visit: Visit): void {
  const scope = scopeOf(turn, branchId, state, visit);
  const input = applyPath(state.InputPath, visit.input, scope);
  const at = momentOf(state, turn.at, scope.withInput(input.value));
  if (at > turn.at + MAX_WAIT_SECONDS * 1000)
    throw new EvaluationError("States.Runtime", "Wait state delay is too long.");
  if (at <= turn.at) leaveWait(turn, branchId, state, visit);
  else turn.setCursor(branchId, { kind: "waiting", visit, timer: turn.setTimer(at, branchId) });
}

export function leaveWait(turn: Turn, branchId: BranchId, state: WaitState, visit: Visit): void {
  const scope = scopeOf(turn, branchId, state, visit);
  const input = applyPath(state.InputPath, visit.input, scope);
  const assigned = assignedBy(state.Assign, input, scope);
  leaveState(turn, branchId, state, { output: applyPath(state.OutputPath, input, scope), next: state.Next, assigned });
}

function momentOf(state: WaitState, now: number, scope: Scope): number {
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
  }
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
