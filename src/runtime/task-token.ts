/**
 * Task tokens: which execution and which task a callback speaks of, sealed.
 *
 * T1. What was not sealed by this Stepflare's keys is refused where it arrives: it wakes no object.
 * T2. A task's id is never used again, also not after a redrive; an attempt's token is of no use to the next one.
 * T3. 128 random bits tell it from the tokens of another execution that had the same name.
 */
import type { TaskId } from "../engine/execution.ts";
import { parseArnOf } from "./arn.ts";
import type { Sealer } from "./sealing.ts";

export interface TaskTokenParts {
  readonly executionArn: string;
  /** Of the execution: nobody of another one may answer its tasks. */
  readonly accountId: string;
  readonly taskId: TaskId;
}

/** What every token begins with, so that tokens are found in other texts: to hide them, or by a scanner for secrets. */
export const TASK_TOKEN_PREFIX = "sft_";

/** AWS's own. */
const MAX_CHARACTERS = 2048;
const SEPARATOR = "\n";

/** At most 2,048 characters, safe in a URL. */
export function makeTaskToken(sealer: Sealer, executionArn: string, taskId: TaskId): string {
  const text = [executionArn, taskId, randomText()].join(SEPARATOR);
  return TASK_TOKEN_PREFIX + sealer.seal(text, "task-token");
}

/** What the token says; undefined: it was not made by `makeTaskToken` with one of these keys. */
export function readTaskToken(sealer: Sealer, taskToken: string): TaskTokenParts | undefined {
  if (!taskToken.startsWith(TASK_TOKEN_PREFIX) || taskToken.length > MAX_CHARACTERS) return undefined;
  const text = sealer.open(taskToken.slice(TASK_TOKEN_PREFIX.length), "task-token");
  const [executionArn = "", taskId = ""] = text?.split(SEPARATOR) ?? [];
  const parsed = parseArnOf(executionArn, "execution");
  return parsed.ok ? { executionArn, accountId: parsed.arn.accountId, taskId: taskId as TaskId } : undefined;
}

/** The execution whose task the token is for; undefined: it is no token, or one of another account. */
export function executionOfToken(sealer: Sealer, accountId: string, taskToken: string): string | undefined {
  const token = readTaskToken(sealer, taskToken);
  return token?.accountId === accountId ? token.executionArn : undefined;
}

/** 128 random bits in hexadecimal. */
export function randomText(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((x) => x.toString(16).padStart(2, "0")).join("");
}
