/** Task tokens: which execution and which task a callback speaks of, and a secret that only its receiver knows. */
import type { TaskId } from "../engine/execution.ts";

export interface TaskTokenParts {
  readonly executionArn: string;
  readonly taskId: TaskId;
  /** 128 random bits, in hexadecimal. */
  readonly secret: string;
}

const SEPARATOR = "\n";

/** At most 2,048 characters, safe in a URL. */
export function makeTaskToken(executionArn: string, taskId: TaskId): string {
  const secret = [...crypto.getRandomValues(new Uint8Array(16))].map((x) => x.toString(16).padStart(2, "0")).join("");
  const bytes = new TextEncoder().encode([executionArn, taskId, secret].join(SEPARATOR));
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** What the token says; undefined: it was not made by `makeTaskToken`. */
export function readTaskToken(taskToken: string): TaskTokenParts | undefined {
  if (!/^[\w-]+$/u.test(taskToken)) return undefined;
  let text: string;
  try {
    const binary = atob(taskToken.replaceAll("-", "+").replaceAll("_", "/"));
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(binary, (x) => x.charCodeAt(0)),
    );
  } catch {
    // Not base64, or not UTF-8: somebody made it up.
    return undefined;
  }
  const [executionArn, taskId, secret, ...rest] = text.split(SEPARATOR);
  if (executionArn === undefined || taskId === undefined || rest.length > 0) return undefined;
  if (!/^arn:aws:states:[^:]+:\d{12}:execution:[^:]+:[^:]+$/u.test(executionArn) || !/^\d+-\d+$/u.test(taskId))
    return undefined;
  return secret !== undefined && /^[0-9a-f]{32}$/u.test(secret)
    ? { executionArn, taskId: taskId as TaskId, secret }
    : undefined;
}
