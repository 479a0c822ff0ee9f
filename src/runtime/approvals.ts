/**
 * Approvals: what somebody with a link is asked, and what their decision makes of the task.
 *
 * P1. A decision is the task's answer, as a callback is: the first one counts. Approved, the task succeeds with who, when
 *     and why as its output; rejected, it fails with Approval.Rejected and the same as its cause.
 * P2. What was decided is remembered beside the snapshot, so that a second click is told of the first.
 */
import type { ExecutionEvent } from "../engine/event.ts";
import type { TaskId } from "../engine/execution.ts";
import { branchOfTask, findOpenTask, taskStateOf } from "../engine/places.ts";
import { Payload } from "../data/payload.ts";
import { formatTimestamp } from "../asl/instant.ts";
import { digestOf, type AnsweredTask } from "./answered-tasks.ts";
import type { Decision } from "./approval-link.ts";
import { hideTokens } from "./hidden-tokens.ts";
import type { LoadedExecution } from "./loaded-execution.ts";
import { redactorOf } from "./redaction.ts";

/** Which task a link is about. */
export interface ApprovalQuestion {
  readonly version: 1;
  readonly taskId: TaskId;
  readonly tokenDigest: string;
}

/** Texts are empty where nothing was given. */
export interface GivenDecision {
  readonly decision: Decision;
  readonly comment: string;
  /** As they say themselves: whoever has the link can give any name. */
  readonly by: string;
  readonly ip: string;
}

/** Moments in epoch milliseconds. */
export interface OpenApproval {
  readonly kind: "open";
  readonly stateMachineName: string;
  readonly executionName: string;
  readonly stateName: string;
  /** The state's Comment. */
  readonly comment?: string;
  /** What the task was called with, JSON text without tokens and redacted data. */
  readonly parameters: string;
  readonly askedAt: number;
  /** When the task times out. */
  readonly closesAt?: number;
}

export interface DecidedApproval {
  readonly kind: "decided";
  readonly decision: Decision;
  readonly by: string;
  readonly at: number;
}

/** `closed`: nobody waits any more, and it was not a link that answered. */
export type Approval = OpenApproval | DecidedApproval | { readonly kind: "closed" };

export const REJECTED = "Approval.Rejected";

export function approvalOf(
  { execution, machine, request }: LoadedExecution,
  { taskId, tokenDigest }: ApprovalQuestion,
  decided: AnsweredTask | undefined,
): Approval {
  if (decided?.decision !== undefined)
    return { kind: "decided", decision: decided.decision, by: decided.by ?? "", at: decided.at };
  const { branches, facts, outcome } = execution;
  const task = outcome.status === "RUNNING" ? findOpenTask(branches, taskId) : undefined;
  const branch = branches.get(branchOfTask(taskId));
  if (task?.taskToken === undefined || branch === undefined || digestOf(task.taskToken) !== tokenDigest)
    return { kind: "closed" };
  const { Comment } = taskStateOf(machine, branches, branch, task);
  const { text } = task.parameters;
  const shown = redactorOf(request.redactedPaths)?.text(text) ?? text;
  const deadlines = [task.timeout?.at, task.heartbeat?.at].filter((at) => at !== undefined);
  return {
    kind: "open",
    stateMachineName: facts.stateMachineName,
    executionName: facts.executionName,
    stateName: task.visit.stateName,
    ...(Comment !== undefined && { comment: Comment }),
    parameters: hideTokens(shown),
    askedAt: task.scheduledAt ?? task.visit.enteredAt,
    ...(deadlines.length > 0 && { closesAt: Math.min(...deadlines) }),
  };
}

/** What the decision is to the engine. @param at epoch milliseconds */
export function decisionEvent(taskId: TaskId, given: GivenDecision, at: number): ExecutionEvent {
  const { decision, comment, by, ip } = given;
  const record = { decision, comment, by, at: formatTimestamp(at), ip };
  if (decision === "APPROVED") return { type: "TaskSucceeded", taskId, output: Payload.of(record) };
  return { type: "TaskFailed", taskId, failure: { error: REJECTED, cause: JSON.stringify(record) } };
}
