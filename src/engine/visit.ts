/**
 * A branch's visit to a state: entering it, what its paths see meanwhile, leaving it, and what follows a failure.
 *
 * V1. Every state is entered and left here, so that the events around it are the same for all types.
 * V2. An output over the quota fails the branch at the state's boundary, where no Catcher reaches it.
 */
import { matchesError, type StateFailure } from "../asl/error-names.ts";
import type { Json } from "../asl/json.ts";
import type { Catcher, FailState, ParallelState, MapState, State, TaskState } from "../asl/types.ts";
import { MAX_ASSIGNED, MAX_VARIABLES } from "./quotas.ts";
import { contextObject, type MapItemContext, type TaskContext } from "../data/context-object.ts";
import { sizeOf } from "../data/effort.ts";
import { Payload } from "../data/payload.ts";
import { Scope } from "../data/scope.ts";
import type { ScheduleTask } from "./command.ts";
import type { Branch, BranchId, TaskCursor, Visit } from "./execution.ts";
import { andThen, type PromiseOrValue } from "./promise-or-value.ts";
import { decideRetry } from "./retry.ts";
import { caughtOutcome, type Outcome } from "./shaping.ts";
import type { Details, Turn } from "./turn.ts";

/** The states that may have Retry and Catch. */
export type RecoveringState = TaskState | ParallelState | MapState;

/** Where a Fail state is entered, its branch has ended. */
type LeavableState = Exclude<State, FailState>;

type Variables = Readonly<Record<string, Json>>;

export const NOT_TRUNCATED: { readonly truncated: false } = { truncated: false };

export function enterState(turn: Turn, branchId: BranchId, state: State, input: Payload): Visit {
  turn.countTransition();
  const details = { name: state.Name, input: input.text, inputDetails: NOT_TRUNCATED };
  const branch = turn.branch(branchId);
  const previous = isFirstState(branch) ? 0 : branch.lastEventId;
  const enteredEventId = turn.record(
    `${state.Type}StateEntered`,
    previous,
    ["stateEnteredEventDetails", details],
    branch,
  );
  const stateName = state.Name;
  const visit = { stateName, enteredAfter: previous, enteredEventId, enteredAt: turn.at, input, retries: [] };
  turn.setBranch({ ...branch, lastEventId: enteredEventId, cursor: { kind: "ready", stateName, input, visit } });
  return visit;
}

/** AWS gives the execution's first state no predecessor. */
function isFirstState({ parent, lastEventId }: Branch): boolean {
  return parent === undefined && lastEventId === 1;
}

export function retryCountOf(visit: Visit): number {
  return visit.retries.reduce((sum, x) => sum + x, 0);
}

/** The command with which a task's call is asked for. */
export function scheduleCommand(resource: ScheduleTask["resource"], cursor: TaskCursor): ScheduleTask {
  const { taskId, taskToken, roleArn, parameters, visit } = cursor;
  const { stateName, enteredAt } = visit;
  const command = { type: "ScheduleTask", taskId, stateName, resource, parameters, enteredAt } as const;
  return {
    ...command,
    retryCount: retryCountOf(visit),
    ...(taskToken !== undefined && { taskToken }),
    ...(roleArn !== undefined && { roleArn }),
  };
}

export interface ScopeOptions {
  readonly task?: TaskContext;
  readonly mapItem?: MapItemContext;
}

/** What the state's paths see, with its raw input as `$`. */
export function scopeOf(turn: Turn, branchId: BranchId, state: State, visit: Visit, options: ScopeOptions = {}): Scope {
  const { facts } = turn.before;
  const mapItem = options.mapItem ?? itemOf(turn, branchId);
  const { redrive } = turn;
  const context = (): Json =>
    contextObject(
      { ...facts, input: facts.input.value, ...(redrive && { redrive }) },
      {
        name: state.Name,
        enteredAt: visit.enteredAt,
        ...("Retry" in state && { retryCount: retryCountOf(visit) }),
        ...(options.task && { task: options.task }),
        ...(mapItem && { mapItem }),
      },
    );
  const variable = (name: string): Json | undefined => turn.variable(branchId, name);
  const variables = (): Variables => turn.variables(branchId);
  return new Scope(visit.input.value, {
    context,
    variable,
    variables,
    entropy: turn.entropy,
    at: turn.at,
    effort: turn.effort,
  });
}

/** The item of the nearest Map iteration around the branch. */
function itemOf(turn: Turn, branchId: BranchId): ScopeOptions["mapItem"] {
  let branch = turn.find(branchId);
  while (branch?.parent !== undefined) {
    const { index, item } = branch.parent;
    if (item !== undefined) return { index, value: item };
    branch = turn.find(branch.parent.branch);
  }
  return undefined;
}

/** @param next absent: the branch ends */
export function leaveState(
  turn: Turn,
  branchId: BranchId,
  state: LeavableState,
  outcome: PromiseOrValue<Outcome>,
  next: string | undefined,
): PromiseOrValue<void> {
  return andThen(outcome, (settled) => leaveWith(turn, branchId, state, settled, next));
}

function leaveWith(turn: Turn, branchId: BranchId, state: LeavableState, outcome: Outcome, next?: string): void {
  const { output, assigned } = outcome;
  if (output.exceeds(turn.maxPayloadBytes) || exceedsVariableQuotas(turn, branchId, assigned)) {
    turn.settle(branchId, { failure: dataLimitExceeded(state.Name) });
    return;
  }
  const branch = turn.branch(branchId);
  const lastEventId = turn.record(`${state.Type}StateExited`, branch.lastEventId, exitDetails(state, outcome), branch);
  const variables = assigned === undefined ? branch.variables : { ...branch.variables, ...assigned };
  turn.setBranch({ ...branch, lastEventId, variables });
  if (next === undefined) turn.settle(branchId, { output });
  else turn.moveTo(branchId, next, output);
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (variables) */
function exceedsVariableQuotas(turn: Turn, branchId: BranchId, assigned: Variables | undefined): boolean {
  if (assigned === undefined) return false;
  if (sizeOf(Object.values(assigned)) > MAX_ASSIGNED) return true;
  return sizeOf(Object.values({ ...turn.variables(branchId), ...assigned })) > MAX_VARIABLES;
}

function exitDetails(state: State, { output, assigned }: Outcome): Details {
  const details = { name: state.Name, output: output.text, outputDetails: NOT_TRUNCATED };
  return ["stateExitedEventDetails", assigned === undefined ? details : { ...details, ...assignedDetails(assigned) }];
}

function assignedDetails(assigned: Variables): Details[1] {
  const names = Object.keys(assigned).toSorted();
  if (names.length === 0) return {};
  const texts = Object.fromEntries(names.map((name) => [name, JSON.stringify(assigned[name])]));
  return { assignedVariables: texts, assignedVariablesDetails: NOT_TRUNCATED };
}

/** @param name the state's, or the task's resource, as AWS names it there */
export function dataLimitExceeded(name: string): StateFailure {
  const cause = `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`;
  return { error: "States.DataLimitExceeded", cause };
}

/** Retry, then Catch, then the end of the branch. */
export function recoverState(
  turn: Turn,
  branchId: BranchId,
  state: RecoveringState,
  visit: Visit,
  failure: StateFailure,
): PromiseOrValue<void> {
  const decision = decideRetry(state.Retry, visit.retries, failure, () => turn.entropy.random());
  if (decision.again) {
    turn.countTransition();
    turn.dropChildren(branchId);
    const timer = turn.setTimer(turn.at + Math.ceil(decision.delaySeconds * 1000), branchId);
    turn.setCursor(branchId, { kind: "retrying", visit: { ...visit, retries: decision.retries }, timer });
    return;
  }
  if (state.Type !== "Task") turn.recordFor(branchId, `${state.Type}StateFailed`);
  const catcher = state.Catch.find((x) => matchesError(failure, x.ErrorEquals));
  if (catcher !== undefined) turn.dropChildren(branchId);
  if (catcher !== undefined) return leaveByCatcher(turn, branchId, state, visit, catcher, failure);
  turn.settle(branchId, { failure });
}

function leaveByCatcher(
  turn: Turn,
  branchId: BranchId,
  state: RecoveringState,
  visit: Visit,
  catcher: Catcher,
  failure: StateFailure,
): PromiseOrValue<void> {
  const errorOutput = Payload.of({ Error: failure.error ?? null, Cause: failure.cause ?? null });
  const scope = scopeOf(turn, branchId, state, visit);
  const outcome = caughtOutcome(state, catcher, visit.input, errorOutput, scope);
  return leaveState(turn, branchId, state, outcome, catcher.Next);
}
