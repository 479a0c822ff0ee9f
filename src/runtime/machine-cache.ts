/** Parsed machines, kept per isolate: a definition is parsed once, however many executions run it. */
import { parseDefinition } from "../asl/parse.ts";
import type { StateMachine } from "../asl/types.ts";
import type { StartRequest } from "./execution-rpc.ts";

const MAX_MACHINES = 200;
const machines: Map<string, StateMachine> = new Map();

/** The machine of a definition; undefined where it is invalid. */
export function machineOfDefinition(definition: string): StateMachine | undefined {
  const known = machines.get(definition);
  if (known !== undefined) return known;
  // It was checked when it was created, by the quotas of then.
  const { machine } = parseDefinition(definition, Infinity);
  if (machine === undefined) return undefined;
  const oldest = machines.size < MAX_MACHINES ? undefined : machines.keys().next().value;
  if (oldest !== undefined) machines.delete(oldest);
  machines.set(definition, machine);
  return machine;
}

/** The machine that an execution was started with. */
export function machineOf(request: StartRequest): StateMachine {
  const machine = machineOfDefinition(request.definition);
  if (machine === undefined) throw new Error(`Defect: the definition of ${request.stateMachineArn} does not parse`);
  return machine;
}
