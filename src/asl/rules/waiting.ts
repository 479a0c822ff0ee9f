/**
 * Work that may never come back, and loops that never pause: both run up a bill, or an execution that hangs for a year.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html
 */
import { warningAt, type Diagnostic } from "../diagnostic.ts";
import type { State, SubMachine, TaskState } from "../types.ts";
import { loopsOf } from "./loops.ts";
import { everyStateOf, locationOf, machinesOf, nestedMachines } from "./walk.ts";

export function warnOfWaiting(machine: SubMachine): readonly Diagnostic[] {
  return [
    ...everyStateOf(machine, "Task").flatMap(({ state, location }) => warnOfTimeout(state, location)),
    ...nestedMachines(machine).flatMap((each) => warnOfLoops(each)),
  ];
}

function warnOfTimeout(state: TaskState, location: string): readonly Diagnostic[] {
  if (state.TimeoutSeconds !== undefined) return [];
  if (!waitsForSomebody(state)) {
    const message = "Without TimeoutSeconds a task that hangs keeps the execution waiting for up to a year";
    return [warningAt(location, message, "TASK_WITHOUT_TIMEOUT")];
  }
  if (state.HeartbeatSeconds !== undefined) return [];
  const message =
    "Without HeartbeatSeconds or TimeoutSeconds a lost callback keeps the execution waiting for up to a year";
  return [warningAt(location, message, "CALLBACK_WITHOUT_TIMEOUT")];
}

function waitsForSomebody({ Resource }: TaskState): boolean {
  return Resource.kind === "activity" || (Resource.kind === "service" && Resource.pattern === "waitForTaskToken");
}

/** One warning for each group of states that lead back to each other without ever waiting. */
function warnOfLoops(machine: SubMachine): readonly Diagnostic[] {
  return loopsOf(machine)
    .filter((loop) => !loop.some(pauses))
    .map((loop) => {
      const names = loop.map((state) => `"${state.Name}"`).join(", ");
      const message = `The states ${names} can repeat without a Wait between them, as fast as they run`;
      return warningAt(locationOf(machine, loop[0] as State), message, "LOOP_WITHOUT_WAIT");
    });
}

/** Whether the state lasts longer than a call. */
function pauses(state: State): boolean {
  if (state.Type === "Wait") return true;
  if (state.Type === "Task") {
    const { Resource } = state;
    return Resource.kind === "activity" || (Resource.kind === "service" && Resource.pattern !== "request");
  }
  return machinesOf(state).some((inner) => [...inner.States.values()].some(pauses));
}
