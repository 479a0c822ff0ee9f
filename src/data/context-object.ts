/**
 * The Context Object: what `$$` reads.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
 */
import type { Json, JsonObject } from "../asl/json.ts";
import { TASK_LINK_NAMES, type TaskLinkName } from "../asl/task-links.ts";
import { formatTimestamp } from "../asl/instant.ts";

export interface ExecutionContext {
  readonly executionArn: string;
  readonly executionName: string;
  readonly input: Json;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly roleArn: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  /** Absent: it was never redriven. */
  readonly redrive?: { readonly count: number; readonly at: number };
}

export interface StateContext {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly enteredAt: number;
  /** Only for states that can be retried. */
  readonly retryCount?: number;
  /** Of a task that waits for its token. */
  readonly task?: TaskContext;
  readonly mapItem?: MapItemContext;
}

export interface TaskContext {
  readonly token: string;
  /** Makes a link with which people answer the task. */
  readonly link: (name: TaskLinkName) => string;
}

export interface MapItemContext {
  readonly index: number;
  /** Of a member of an object: its name. */
  readonly key?: string;
  readonly value: Json;
  /** Where a distributed Map has them from. */
  readonly source?: string;
}

export function contextObject(execution: ExecutionContext, state: StateContext): JsonObject {
  return {
    Execution: {
      Id: execution.executionArn,
      Input: execution.input,
      StartTime: formatTimestamp(execution.startedAt),
      Name: execution.executionName,
      RoleArn: execution.roleArn,
      RedriveCount: execution.redrive?.count ?? 0,
      ...(execution.redrive && { RedriveTime: formatTimestamp(execution.redrive.at) }),
    },
    StateMachine: { Id: execution.stateMachineArn, Name: execution.stateMachineName },
    State: {
      Name: state.name,
      EnteredTime: formatTimestamp(state.enteredAt),
      ...(state.retryCount !== undefined && { RetryCount: state.retryCount }),
    },
    ...(state.mapItem && { Map: { Item: itemObject(state.mapItem) } }),
    ...(state.task && { Task: taskObject(state.task) }),
  };
}

/** The links are there for whoever reads one of them by its name, and are made then: as a whole it is AWS's. */
function taskObject({ token, link }: TaskContext): JsonObject {
  const task = { Token: token };
  for (const name of TASK_LINK_NAMES) Object.defineProperty(task, name, { get: () => link(name) });
  return task;
}

/** What an item is to the context object. @param isMember whether it is a member of an object, as a pair of `Key` and `Value` */
export function mapItemOf(index: number, item: Json, isMember: boolean): MapItemContext {
  if (!isMember) return { index, value: item };
  const { Key, Value } = item as { readonly Key: string; readonly Value: Json };
  return { index, key: Key, value: Value };
}

function itemObject({ index, key, value, source }: MapItemContext): JsonObject {
  return {
    Index: index,
    ...(key !== undefined && { Key: key }),
    Value: value,
    ...(source !== undefined && { Source: source }),
  };
}
