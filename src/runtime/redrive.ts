/**
 * Which executions can be redriven, and which requests to do so are repeated ones.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
 */
import type { Execution } from "../engine/execution.ts";
import { MAX_HISTORY_EVENTS, MAX_OPEN_MS } from "../engine/quotas.ts";

const WINDOW_MS = 14 * 24 * 60 * 60 * 1000;
const MAX_REDRIVES = 1000;
/** A client token is known for so long, and as one of so many. */
const TOKEN_MS = 15 * 60 * 1000;
const MAX_TOKENS = 10;

/** Why the execution cannot be redriven, in the words of DescribeExecution; undefined: it can. */
export function redriveRefusal({ outcome, facts, nextEventId, redrive }: Execution, now: number): string | undefined {
  if (outcome.status === "RUNNING" || outcome.status === "SUCCEEDED") {
    return `Execution is ${outcome.status} and cannot be redriven`;
  }
  if (now - outcome.stoppedAt > WINDOW_MS) return "Execution redrivable period exceeded";
  if (now - facts.startedAt > MAX_OPEN_MS) return "Execution maximum open time exceeded";
  // The redrive itself takes one event, and another is needed to end.
  if (nextEventId >= (facts.quotas?.historyEvents ?? MAX_HISTORY_EVENTS))
    return "Execution history event limit exceeded";
  return (redrive?.count ?? 0) >= MAX_REDRIVES ? "Execution redrive limit exceeded" : undefined;
}

export interface RedriveToken {
  readonly token: string;
  readonly at: number;
}

/** The redrive that this token already began. */
export function findRedrive(
  tokens: readonly RedriveToken[],
  token: string | undefined,
  now: number,
): RedriveToken | undefined {
  return tokens.find((x) => x.token === token && now - x.at <= TOKEN_MS);
}

export function rememberRedrive(
  tokens: readonly RedriveToken[],
  token: string | undefined,
  at: number,
): readonly RedriveToken[] {
  return token === undefined ? tokens : [{ token, at }, ...tokens].slice(0, MAX_TOKENS);
}
