/**
 * A state's own work, and what follows where it fails.
 *
 * The one place where an EvaluationError becomes a state's failure is `failureOf`.
 */
import type { StateFailure } from "../asl/error-names.ts";
import type { State } from "../asl/types.ts";
import { causeIn, EvaluationError } from "../data/evaluation-error.ts";
import type { BranchId, Visit } from "./execution.ts";
import { isContainer } from "./places.ts";
import { orElse, type PromiseOrValue } from "./promise-or-value.ts";
import { abandonChildren } from "./states/container.ts";
import type { Turn } from "./turn.ts";
import { recoverState, type RecoveringState } from "./visit.ts";

/** Does a state's own work; an expression that fails is the state's failure. */
export function attempt(
  turn: Turn,
  branchId: BranchId,
  state: State,
  visit: Visit,
  work: () => PromiseOrValue<void>,
): PromiseOrValue<void> {
  return orElse(work, (thrown) => {
    const failure = failureOf(thrown, { turn, branchId, state, visit });
    if (isContainer(state)) abandonChildren(turn, branchId, state);
    if (failure.error !== "States.Runtime" && isRecovering(state)) {
      return recover(turn, branchId, state, visit, failure);
    }
    turn.settle(branchId, { failure });
  });
}

/** Lets Retry and Catch decide. An expression of the Catcher that fails is caught by none: it ends the branch. */
export function recover(
  turn: Turn,
  branchId: BranchId,
  state: RecoveringState,
  visit: Visit,
  failure: StateFailure,
): PromiseOrValue<void> {
  return orElse(
    () => recoverState(turn, branchId, state, visit, failure),
    (thrown) => turn.settle(branchId, { failure: failureOf(thrown, { turn, branchId, state, visit }) }),
  );
}

interface Place {
  readonly turn: Turn;
  readonly branchId: BranchId;
  readonly state: State;
  readonly visit: Visit;
}

/** The failure that an expression's error is. Whatever else is thrown is a defect, and goes on. */
function failureOf(thrown: unknown, place: Place): StateFailure {
  if (!(thrown instanceof EvaluationError)) throw thrown;
  const { state, visit } = place;
  const failure = { error: thrown.error, cause: causeIn(state.Name, visit.enteredEventId, thrown) };
  if (thrown.error === "States.QueryEvaluationError") recordEvaluationFailed(place, failure, thrown.location);
  return failure;
}

/** AWS reports it in the place of the state's entry where that is the last event, except in a Wait. */
function recordEvaluationFailed(place: Place, failure: StateFailure, location: string | undefined): void {
  const { turn, branchId, state, visit } = place;
  const branch = turn.branch(branchId);
  const isFirst = branch.lastEventId === visit.enteredEventId && state.Type !== "Wait";
  const previous = isFirst ? visit.enteredAfter : branch.lastEventId;
  const details = { ...failure, ...(location !== undefined && { location }), state: state.Name };
  const id = turn.record("EvaluationFailed", previous, ["evaluationFailedEventDetails", details], branch);
  turn.setBranch({ ...branch, lastEventId: id });
}

function isRecovering(state: State): state is RecoveringState {
  return state.Type === "Task" || isContainer(state);
}
