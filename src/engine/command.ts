/** Everything the engine can ask of its driver. Imperative: performed after the turn is committed. */
import type { TaskResource } from "../asl/resource.ts";
import type { Payload } from "../data/payload.ts";
import type { BranchId, MapRunOrder, TaskId, TimerId } from "./execution.ts";

export interface ScheduleTask {
  readonly type: "ScheduleTask";
  readonly taskId: TaskId;
  readonly stateName: string;
  readonly resource: TaskResource;
  readonly parameters: Payload;
  readonly taskToken?: string;
  /** Of its Credentials: as whom it is to be called. */
  readonly roleArn?: string;
  /** When the state was entered, epoch milliseconds. */
  readonly enteredAt: number;
  /** 0 for the first attempt of this visit. */
  readonly retryCount: number;
}

export interface StartMapRun {
  readonly type: "StartMapRun";
  readonly mapRunArn: string;
  /** Of the Map state. */
  readonly stateName: string;
  /** The event with which it was entered. */
  readonly enteredEventId: number;
  /** Epoch milliseconds. */
  readonly enteredAt: number;
  readonly retryCount: number;
  /** How often it was redriven. Above 0 it may have begun already, and be over: then it is taken up again. */
  readonly redriveCount: number;
  readonly order: MapRunOrder;
}

export interface StopMapRun {
  readonly type: "StopMapRun";
  readonly mapRunArn: string;
  /** How often it has been redriven. */
  readonly redriveCount: number;
}

export interface RedriveMapRun {
  readonly type: "RedriveMapRun";
  readonly mapRunArn: string;
  /** 1 for the first time. */
  readonly redriveCount: number;
}

export type Command =
  | ScheduleTask
  /** Nobody waits for the task any more: its call may be given up. */
  | { readonly type: "AbandonTask"; readonly taskId: TaskId }
  /** `at` in epoch milliseconds; without a branch it is the execution's own timeout. */
  | { readonly type: "SetTimer"; readonly timerId: TimerId; readonly at: number; readonly branchId?: BranchId }
  | { readonly type: "CancelTimer"; readonly timerId: TimerId }
  /** The turn was cut: once it is committed, go on with TurnContinued. */
  | { readonly type: "ContinueTurn" }
  /** Begins a Map Run; it answers with MapRunAccepted, and with MapRunEnded once it has ended. */
  | StartMapRun
  /** Takes a Map Run up again after a redrive. */
  | RedriveMapRun
  /** Nobody waits for the Map Run any more: it stops, with its child executions. */
  | StopMapRun
  /** The execution's status changed: it began or it ended. */
  | { readonly type: "PublishStatus" };

/** What a driver must be able to do: a new command does not compile until every driver answers it. */
export type CommandHandlers = { readonly [T in Command["type"]]: (command: Extract<Command, { type: T }>) => void };
