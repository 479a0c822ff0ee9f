/**
 * Approvals: what somebody with a link is asked, and what their decision makes of the task.
 *
 * P1. A decision is the task's answer, as a callback is: the first one counts. Approved, the task succeeds with who, when
 *     and why as its output; rejected, it fails with Approval.Rejected and the same as its cause.
 * P2. Where the task's data has a form, nothing is approved that does not fit it: what was given is checked where it counts.
 * P3. What was decided is remembered beside the snapshot, so that a second click is told of the first.
 */
import type { ExecutionEvent } from "../engine/event.ts";
import type { TaskId } from "../engine/execution.ts";
import { branchOfTask, findOpenTask, taskStateOf } from "../engine/places.ts";
import { Payload } from "../data/payload.ts";
import { formatTimestamp } from "../asl/instant.ts";
import { digestOf, type AnsweredTask } from "./answered-tasks.ts";
import type { JsonObject } from "../asl/json.ts";
import { askedOf } from "./approval-asked.ts";
import { readGivenForm, type FormFaults, type GivenForm } from "./approval-form-answer.ts";
import type { Decision, Identity } from "./approval-link.ts";
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
  readonly by: string;
  readonly identity: Identity;
  readonly ip: string;
  /** Of no meaning to a rejection. */
  readonly form?: GivenForm;
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
  /** Why nothing was decided, where that was asked for. */
  readonly faults?: FormFaults;
}

export interface DecidedApproval {
  readonly kind: "decided";
  readonly decision: Decision;
  readonly by: string;
  readonly identity: Identity;
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
    return {
      kind: "decided",
      decision: decided.decision,
      by: decided.by ?? "",
      identity: decided.identity ?? "STATED",
      at: decided.at,
    };
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

/** What the decision makes of the task, or why it cannot be taken. @param at epoch milliseconds */
export function decisionOf(
  open: OpenApproval,
  taskId: TaskId,
  given: GivenDecision,
  at: number,
): { readonly event: ExecutionEvent } | { readonly faults: FormFaults } {
  const { decision, comment, by, identity, ip } = given;
  const record = { decision, comment, by, identity, at: formatTimestamp(at), ip };
  if (decision === "REJECTED")
    return { event: { type: "TaskFailed", taskId, failure: { error: REJECTED, cause: JSON.stringify(record) } } };
  const form = filledIn(open.parameters, given.form);
  if ("faults" in form) return form;
  return { event: { type: "TaskSucceeded", taskId, output: Payload.of({ ...record, ...form }) } };
}

function filledIn(
  parameters: string,
  given: GivenForm | undefined,
): { readonly form?: JsonObject } | { readonly faults: FormFaults } {
  const { form } = askedOf(parameters, "");
  if (form === undefined)
    return given !== undefined && "value" in given ? { faults: { "": "This question has no form" } } : {};
  if ("fault" in form) return { faults: { "": `The form of this question cannot be used: ${form.fault}` } };
  const read = readGivenForm(form, given ?? { value: {} });
  return "faults" in read ? read : { form: read.value };
}
