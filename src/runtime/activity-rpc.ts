/**
 * The contract with the object of one activity, whose name is the activity's ARN.
 *
 * Requests carry a version: the Worker and the objects may run different code for minutes during a deployment.
 */

/** A task in an activity's queue. */
export interface QueuedTask {
  readonly version: 1;
  /** The same for every delivery of one attempt; sorts by the moment the state was entered. */
  readonly key: string;
  readonly taskToken: string;
}

export interface ActivityTask {
  readonly taskToken: string;
  readonly input: string;
}

export interface PollRequest {
  readonly version: 1;
  readonly pollId: string;
  readonly workerName?: string;
  /** How long to wait for a task. */
  readonly seconds: number;
}

/** The worker behind a poll, as the object can reach it while the poll lasts. A call that fails says that it is gone. */
export interface PollingWorker {
  /** Whether it is there as far as is known: asked before its execution is told that it takes a task. */
  isThere(): Promise<boolean>;
  /** Gives it the task; false: it is gone, or the answer could not leave. */
  take(task: ActivityTask): Promise<boolean>;
}

/** `taken`: the worker has a task. `nothing`: none came, or the worker is gone. */
export type PollAnswer = "taken" | "nothing" | "too many pollers";

export interface ActivityRpc {
  /** Puts a task into the queue; one that is there already stays where it is. */
  enqueue(task: QueuedTask): Promise<null>;
  /** Nobody waits for the task any more. */
  withdraw(key: string): Promise<null>;
  poll(request: PollRequest, worker: PollingWorker): Promise<PollAnswer>;
  /** The worker of that poll is gone. */
  leave(pollId: string): Promise<null>;
}
