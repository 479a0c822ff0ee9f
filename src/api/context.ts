/** What an operation works with: everything it may touch, and nothing else. */
import type { ArnConfig } from "../runtime/arn.ts";
import type { ActivityRpc } from "../runtime/activity-rpc.ts";
import type { ExecutionRpc } from "../runtime/execution-rpc.ts";
import type { PerformTask } from "../runtime/tasks/task-call.ts";

export interface ApiContext {
  readonly config: ArnConfig;
  /** The catalogue and the execution index. */
  readonly db: D1Database;
  /** The object of that Standard execution, whether or not it exists. */
  execution(executionArn: string): ExecutionRpc;
  /** The object of that activity, whether or not it exists. */
  activity(activityArn: string): ActivityRpc;
  /** How long GetActivityTask waits for a task. */
  readonly activityPollSeconds: number;
  /** Epoch milliseconds. */
  now(): number;
  uuid(): string;
  /** From 0 up to 1. */
  random(): number;
  /** The execution a task token speaks of; undefined: the token is malformed or forged. */
  executionOfToken(taskToken: string): string | undefined;
  /** Does the work of a task that no execution waits for: a state's test. */
  readonly performTask: PerformTask;
}
