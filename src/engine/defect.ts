/** The end of an execution whose turn could not be computed: an engine's fault ends it with a cause, never with silence. */
import { ROOT_BRANCH, type Execution } from "./execution.ts";
import { Turn, type TurnEntropy, type TurnResult } from "./turn.ts";

/** Fails the execution with States.Runtime, instead of the turn that threw. */
export function endByDefect(execution: Execution, at: number, entropy: TurnEntropy, message: string): TurnResult {
  const turn = new Turn(execution, at, entropy);
  const cause = `The execution was ended by a defect in Stepflare: ${message}`;
  turn.fail({ error: "States.Runtime", cause }, turn.find(ROOT_BRANCH)?.lastEventId ?? 0);
  return turn.result();
}
