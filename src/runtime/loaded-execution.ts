/** An execution in memory: what it was started with, its machine, and where it is. */
import type { StateMachine } from "../asl/types.ts";
import type { Execution } from "../engine/execution.ts";
import type { StartRequest } from "./execution-rpc.ts";

export interface LoadedExecution {
  readonly request: StartRequest;
  readonly machine: StateMachine;
  readonly execution: Execution;
}
