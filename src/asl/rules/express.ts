/**
 * What an Express state machine may not do: wait for work, for callbacks, or for activities, or run a Distributed Map.
 * The child executions of a Distributed Map that are Express may not either.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
 */
import { errorAt, type Diagnostic } from "../diagnostic.ts";
import type { TaskResource } from "../resource.ts";
import type { SubMachine } from "../types.ts";
import { everyStateOf } from "./walk.ts";

export function checkExpress(machine: SubMachine): readonly Diagnostic[] {
  const tasks = everyStateOf(machine, "Task").flatMap(({ state, location }) => {
    const message = refusal(state.Resource);
    return message === undefined ? [] : [errorAt(`${location}/Resource`, message)];
  });
  const maps = everyStateOf(machine, "Map")
    .filter(({ state }) => state.ExecutionType !== undefined)
    .map(({ state }) => errorAt(`${state.ItemProcessor.location}/ProcessorConfig/Mode`, NO_DISTRIBUTED_MAP));
  return [...tasks, ...maps];
}

/** Of a Standard machine: what runs in Express child executions. */
export function checkExpressChildren(machine: SubMachine): readonly Diagnostic[] {
  return everyStateOf(machine, "Map")
    .filter(({ state }) => state.ExecutionType === "EXPRESS")
    .flatMap(({ state }) => checkExpress(state.ItemProcessor));
}

const NO_DISTRIBUTED_MAP = "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines";

function refusal(resource: TaskResource): string | undefined {
  if (resource.kind === "activity") return "Express state machine does not support Activity ARN";
  if (resource.kind === "lambda" || resource.pattern === "request") return undefined;
  // The blank at the end is AWS's.
  if (resource.pattern === "waitForTaskToken")
    return "Express state machine does not support '.waitForTaskToken' service integration ";
  return "Express state machine does not support '.sync' service integration";
}
