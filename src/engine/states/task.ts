/**
 * The Task state: its work is asked for by a command, and its answer comes back as an event.
 *
 * K1. The cursor holds the task's id; an answer for any other id belongs to an earlier attempt and changes nothing.
 * K2. TaskStarted is recorded with TaskScheduled: the intent is committed before the call leaves.
 * K3. An activity's task waits in a queue: it is started, and its time begins to count, when a worker takes it.
 * @see https://states-language.net/spec.html#task-state
 */
import type { StateFailure } from "../../asl/error-names.ts";
import type { Json } from "../../asl/json.ts";
import type { TaskResource } from "../../asl/resource.ts";
import type { IntegerOrPath, PayloadTemplate, TaskState } from "../../asl/types.ts";
import type { TaskContext } from "../../data/context-object.ts";
import { applyPath, valueAt } from "../../data/data-flow.ts";
import { EvaluationError } from "../../data/evaluation-error.ts";
import { evaluateAs, evaluateExpressions } from "../../data/jsonata.ts";
import type { Payload } from "../../data/payload.ts";
import { evaluateTemplate } from "../../data/payload-template.ts";
import type { Scope } from "../../data/scope.ts";
import type { BranchId, TaskCursor, TaskId, TimerId, Visit } from "../execution.ts";
import type { HistoryEventType } from "../history-event.ts";
import type { PromiseOrValue } from "../promise-or-value.ts";
import { MAX_TIMEOUT_SECONDS } from "../quotas.ts";
import { outcomeOf, workInput } from "../shaping.ts";
import { failureDetails, type Details, type Turn } from "../turn.ts";
import { dataLimitExceeded, leaveState, NOT_TRUNCATED, scheduleCommand, scopeOf } from "../visit.ts";

/** Schedules an attempt: the first one, or one after a retry's delay. */
export async function scheduleTask(turn: Turn, branchId: BranchId, state: TaskState, visit: Visit): Promise<void> {
  const taskId = turn.nextTaskId(branchId);
  const taskToken = awaitsToken(state.Resource) ? turn.entropy.taskToken(taskId) : undefined;
  const task = taskToken === undefined ? undefined : taskContext(turn, taskId, taskToken);
  const scope = scopeOf(turn, branchId, state, visit, task && { task });
  const { parameters, timeoutSeconds, heartbeatSeconds, roleArn } = await prepareTask(state, visit.input, scope);
  const limits = {
    ...(timeoutSeconds !== undefined && { timeoutInSeconds: timeoutSeconds }),
    ...(heartbeatSeconds !== undefined && state.Resource.kind !== "lambda" && { heartbeatInSeconds: heartbeatSeconds }),
    ...(state.Credentials && { taskCredentials: { roleArn } }),
  };
  const details = { ...scheduledDetails(state.Resource, parameters, turn.before.facts.region), ...limits };
  recordTask(turn, branchId, state.Resource, "Scheduled", details);
  const cursor: TaskCursor = {
    kind: "task",
    visit,
    taskId,
    parameters,
    submitted: false,
    scheduledAt: turn.at,
    ...(taskToken !== undefined && { taskToken }),
    ...(typeof roleArn === "string" && { roleArn }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    ...(heartbeatSeconds !== undefined && { heartbeatSeconds }),
  };
  if (state.Resource.kind === "activity") turn.setCursor(branchId, cursor);
  else {
    recordTask(turn, branchId, state.Resource, "Started", startedDetails(state.Resource));
    turn.setCursor(branchId, withTimers(turn, branchId, cursor));
  }
  turn.commands.push(scheduleCommand(state.Resource, cursor));
}

/** What `$$.Task` reads. */
function taskContext(turn: Turn, taskId: TaskId, taskToken: string): TaskContext {
  const task = { taskId, taskToken, at: turn.at };
  return { token: taskToken, link: (name) => turn.entropy.taskLink(name, task) };
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html (TimeoutSeconds, HeartbeatSeconds) */
function withTimers(turn: Turn, branchId: BranchId, cursor: TaskCursor): TaskCursor {
  const { timeoutSeconds, heartbeatSeconds } = cursor;
  return {
    ...cursor,
    ...(timeoutSeconds !== undefined && { timeout: turn.setTimer(turn.at + timeoutSeconds * 1000, branchId) }),
    ...(heartbeatSeconds !== undefined && { heartbeat: turn.setTimer(turn.at + heartbeatSeconds * 1000, branchId) }),
  };
}

/**
 * A worker takes an activity's task. Told again, because the first worker never heard of it, it is the same start: only
 * the heartbeat begins anew.
 */
export function startTask(
  turn: Turn,
  branchId: BranchId,
  state: TaskState,
  cursor: TaskCursor,
  workerName: string | undefined,
): void {
  if (state.Resource.kind !== "activity") return;
  if (cursor.started) {
    extendHeartbeat(turn, branchId, cursor);
    return;
  }
  const details = workerName === undefined ? {} : { workerName };
  turn.recordFor(branchId, "ActivityStarted", ["activityStartedEventDetails", details]);
  turn.setCursor(
    branchId,
    withTimers(turn, branchId, { ...cursor, started: true, startedAt: turn.at, submitted: true }),
  );
}

/** What a task is begun with: all that its fields take from the state's input. */
export interface PreparedTask {
  readonly parameters: Payload;
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
  /** Of its Credentials. */
  readonly roleArn: unknown;
}

/** @param scope over the state's raw input */
export async function prepareTask(state: TaskState, input: Payload, scope: Scope): Promise<PreparedTask> {
  const inner = scope.withInput(applyPath(state.InputPath, input, scope).value);
  const timeoutSeconds = await secondsOf(state.TimeoutSeconds, "TimeoutSeconds", inner);
  const heartbeatSeconds = await secondsOf(state.HeartbeatSeconds, "HeartbeatSeconds", inner);
  const parameters = await workInput(state, input, scope);
  const roleArn = state.Credentials && roleOf(await credentialsOf(state, state.Credentials, inner));
  return { parameters, timeoutSeconds, heartbeatSeconds, roleArn };
}

async function credentialsOf(state: TaskState, template: PayloadTemplate, scope: Scope): Promise<Json> {
  return state.QueryLanguage === "JSONata" ? evaluateExpressions(template, scope) : evaluateTemplate(template, scope);
}

function awaitsToken(resource: TaskResource): boolean {
  return resource.kind === "activity" || (resource.kind === "service" && resource.pattern === "waitForTaskToken");
}

function roleOf(credentials: unknown): unknown {
  return typeof credentials === "object" && credentials !== null && "RoleArn" in credentials
    ? credentials.RoleArn
    : undefined;
}

async function secondsOf(field: IntegerOrPath | undefined, name: string, scope: Scope): Promise<number | undefined> {
  if (field === undefined) return undefined;
  if (field.kind === "value") return field.value;
  if (field.kind === "expression") {
    const seconds = await evaluateAs("number", field.expression, name, scope);
    if (Number.isInteger(seconds) && seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS) return seconds;
    const cause = `The ${name} field must be a positive integer but was: ${seconds}`;
    throw new EvaluationError("States.QueryEvaluationError", cause, name);
  }
  const value = valueAt(field.path, scope);
  if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= MAX_TIMEOUT_SECONDS) return value;
  const cause = `The ${name}Path field refers to value "${JSON.stringify(value)}" which is not a valid positive integer: ${field.path.source}`;
  throw new EvaluationError("States.Runtime", cause);
}

export function submitTask(
  turn: Turn,
  branchId: BranchId,
  state: TaskState,
  cursor: TaskCursor,
  output: Payload,
): void {
  if (cursor.submitted) return;
  turn.setCursor(branchId, { ...cursor, submitted: true });
  // AWS has no event for it: the task is in its activity's queue.
  if (state.Resource.kind === "activity") return;
  recordTask(turn, branchId, state.Resource, "Submitted", {
    ...startedDetails(state.Resource),
    output: output.text,
    outputDetails: NOT_TRUNCATED,
  });
}

export function succeedTask(
  turn: Turn,
  branchId: BranchId,
  state: TaskState,
  cursor: TaskCursor,
  output: Payload,
): void {
  if (output.exceeds(turn.maxPayloadBytes)) {
    failTask(turn, branchId, state, cursor, dataLimitExceeded(taskName(state.Resource)));
    return;
  }
  closeTask(turn, branchId, cursor);
  recordTask(turn, branchId, state.Resource, "Succeeded", {
    ...startedDetails(state.Resource),
    output: output.text,
    outputDetails: NOT_TRUNCATED,
  });
}

/** What follows a success. */
export function leaveTask(
  turn: Turn,
  branchId: BranchId,
  state: TaskState,
  visit: Visit,
  result: Payload,
): PromiseOrValue<void> {
  const outcome = outcomeOf(state, visit.input, result, scopeOf(turn, branchId, state, visit));
  return leaveState(turn, branchId, state, outcome, state.Next);
}

export function failTask(
  turn: Turn,
  branchId: BranchId,
  state: TaskState,
  cursor: TaskCursor,
  failure: StateFailure,
): void {
  closeTask(turn, branchId, cursor);
  const isQueued = state.Resource.kind === "activity" && cursor.started === undefined;
  recordTask(turn, branchId, state.Resource, isQueued ? "ScheduleFailed" : "Failed", {
    ...startedDetails(state.Resource),
    ...failureDetails(failure),
  });
  turn.recover(branchId, state, cursor.visit, failure);
}

/** A missed TimeoutSeconds or HeartbeatSeconds. AWS names both States.Timeout in the event and in the error output. */
export function timeOutTask(
  turn: Turn,
  branchId: BranchId,
  state: TaskState,
  cursor: TaskCursor,
  timerId: TimerId,
): void {
  closeTask(turn, branchId, cursor);
  const details = { ...startedDetails(state.Resource), error: "States.Timeout" };
  recordTask(turn, branchId, state.Resource, "TimedOut", details);
  turn.commands.push({ type: "AbandonTask", taskId: cursor.taskId });
  const missed = cursor.heartbeat?.id === timerId && ({ missedHeartbeat: true } as const);
  turn.recover(branchId, state, cursor.visit, { error: "States.Timeout", cause: "", ...missed });
}

export function extendHeartbeat(turn: Turn, branchId: BranchId, cursor: TaskCursor): void {
  if (cursor.heartbeatSeconds === undefined || cursor.heartbeat === undefined) return;
  turn.cancelTimer(cursor.heartbeat);
  turn.setCursor(branchId, { ...cursor, heartbeat: turn.setTimer(turn.at + cursor.heartbeatSeconds * 1000, branchId) });
}

function closeTask(turn: Turn, branchId: BranchId, cursor: TaskCursor): void {
  turn.cancelTimer(cursor.timeout);
  turn.cancelTimer(cursor.heartbeat);
  turn.setCursor(branchId, { ...cursor, closed: true });
}

type Phase = "Scheduled" | "ScheduleFailed" | "Started" | "Submitted" | "Succeeded" | "Failed" | "TimedOut";

const FAMILIES = { lambda: "LambdaFunction", activity: "Activity", service: "Task" } as const;

/** Records the event of a phase in the resource's own family of types. */
function recordTask(turn: Turn, branchId: BranchId, resource: TaskResource, phase: Phase, details: Details[1]): void {
  const type = `${FAMILIES[resource.kind]}${phase}` as HistoryEventType;
  const name = `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
  turn.recordFor(branchId, type, Object.keys(details).length === 0 ? undefined : [name, details]);
}

function scheduledDetails(resource: TaskResource, parameters: Payload, region: string): Details[1] {
  if (resource.kind === "service") return { ...startedDetails(resource), region, parameters: parameters.text };
  return { resource: resource.arn, input: parameters.text, inputDetails: NOT_TRUNCATED };
}

function startedDetails(resource: TaskResource): { resourceType?: string; resource?: string } {
  return resource.kind === "service" ? { resourceType: resource.resourceType, resource: resource.resource } : {};
}

function taskName(resource: TaskResource): string {
  return resource.kind === "service" ? resource.resourceType : resource.arn;
}
