/**
 * Approval links: which task a person is asked about, and what they may answer, sealed.
 *
 * A1. A link is never the task's token and does not hold it: it holds a digest, by which the task knows that it is meant.
 * A2. It is sealed for another purpose than a token: neither is ever taken for the other.
 */
import type { TaskLinkName } from "../asl/task-links.ts";
import type { TaskId } from "../engine/execution.ts";
import { digestOf } from "./answered-tasks.ts";
import { parseArnOf } from "./arn.ts";
import type { Sealer } from "./sealing.ts";

export type Decision = "APPROVED" | "REJECTED";

/**
 * How it is known who decided. `STATED`: it is not; whoever has the link can give any name. `ACCESS`: by an assertion of
 * Cloudflare Access. `KEY`: by the key that the API was called with. `BINDING`: by the service binding of another Worker.
 */
export type Identity = "STATED" | "ACCESS" | "KEY" | "BINDING";

export interface ApprovalLink {
  readonly executionArn: string;
  readonly accountId: string;
  readonly taskId: TaskId;
  /** Of the task's token. */
  readonly tokenDigest: string;
  /** What it may be answered with. */
  readonly decisions: readonly Decision[];
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

export const APPROVAL_LINK_PREFIX = "sfl_";
/** Where links lead to, below the address that PUBLIC_URL names. */
export const APPROVAL_PATH = "/a/";
/** A link is of use for so long, or until its task ends. */
const MAX_LINK_MS = 30 * 24 * 60 * 60 * 1000;
const MAX_CHARACTERS = 2048;

const DECISIONS: { readonly [Name in TaskLinkName]: readonly Decision[] } = {
  CallbackUrl: ["APPROVED", "REJECTED"],
  ApproveUrl: ["APPROVED"],
  RejectUrl: ["REJECTED"],
};

/** The address of a page that asks for a decision about that task. @param at now, epoch milliseconds */
export function makeApprovalLink(
  sealer: Sealer,
  publicUrl: string,
  name: TaskLinkName,
  task: { readonly executionArn: string; readonly taskId: TaskId; readonly at: number } & (
    | { readonly taskToken: string }
    | { readonly tokenDigest: string }
  ),
): string {
  const { executionArn, taskId, at } = task;
  const digest = "taskToken" in task ? digestOf(task.taskToken) : task.tokenDigest;
  const text = JSON.stringify([executionArn, taskId, digest, DECISIONS[name], at + MAX_LINK_MS]);
  return `${publicUrl}${APPROVAL_PATH}${APPROVAL_LINK_PREFIX}${sealer.seal(text, "approval-link")}`;
}

/** What the last part of a link's address says; undefined: it was not made by `makeApprovalLink` with one of these keys. */
export function readApprovalLink(sealer: Sealer, part: string): ApprovalLink | undefined {
  if (!part.startsWith(APPROVAL_LINK_PREFIX) || part.length > MAX_CHARACTERS) return undefined;
  const text = sealer.open(part.slice(APPROVAL_LINK_PREFIX.length), "approval-link");
  if (text === undefined) return undefined;
  // Sealed by us, for this: it has the form that we gave it.
  const [executionArn, taskId, tokenDigest, decisions, expiresAt] = JSON.parse(text) as [
    string,
    TaskId,
    string,
    readonly Decision[],
    number,
  ];
  const parsed = parseArnOf(executionArn, "execution");
  if (!parsed.ok) return undefined;
  return { executionArn, accountId: parsed.arn.accountId, taskId, tokenDigest, decisions, expiresAt };
}
