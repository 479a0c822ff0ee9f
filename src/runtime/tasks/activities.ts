/**
 * Tasks on activities: put into the activity's queue, from which its workers take them.
 *
 * V1. A queue out of reach is no failure of the task: it is asked again until it answers or nobody waits any more.
 */
import { Payload } from "../../data/payload.ts";
import type { ActivityRpc, QueuedTask } from "../activity-rpc.ts";
import { failed, type TaskAnswer, type TaskCall } from "./task-call.ts";

export interface ActivityDirectory {
  exists(activityArn: string): Promise<boolean>;
  queue(activityArn: string): Pick<ActivityRpc, "enqueue" | "withdraw">;
  sleep(milliseconds: number): Promise<void>;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

export async function callActivity(
  activities: ActivityDirectory,
  activityArn: string,
  call: TaskCall,
  signal: AbortSignal,
): Promise<TaskAnswer> {
  for (let delay = FIRST_RETRY_MS; ; delay = Math.min(delay * 2, LAST_RETRY_MS)) {
    try {
      if (!(await activities.exists(activityArn))) {
        return failed("States.Runtime", `The activity ${activityArn} does not exist.`);
      }
      await activities.queue(activityArn).enqueue(queuedTask(call));
      break;
    } catch (error) {
      console.error("stepflare: a task could not be queued", call.idempotencyKey, error);
      if (signal.aborted) break;
      await activities.sleep(delay);
    }
  }
  if (signal.aborted) await withdrawTask(activities, activityArn, call);
  return { kind: "submitted", output: Payload.of(null) };
}

/** Takes a task out of its queue. One that stays there is not handed out either: its execution refuses the start. */
export async function withdrawTask(
  activities: ActivityDirectory,
  activityArn: string,
  call: Pick<TaskCall, "enteredAt" | "idempotencyKey">,
): Promise<void> {
  try {
    await activities.queue(activityArn).withdraw(keyOf(call));
  } catch (error) {
    console.error("stepflare: a task could not be withdrawn", call.idempotencyKey, error);
  }
}

function queuedTask(call: TaskCall): QueuedTask {
  if (call.taskToken === undefined) throw new Error("Defect: a task on an activity has no token");
  return { version: 1, key: keyOf(call), taskToken: call.taskToken };
}

/** In the order in which their states were entered. */
function keyOf({ enteredAt, idempotencyKey }: Pick<TaskCall, "enteredAt" | "idempotencyKey">): string {
  return `${String(enteredAt).padStart(15, "0")}/${idempotencyKey}`;
}
