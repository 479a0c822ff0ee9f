import { expect, test } from "vitest";
import { newExecution } from "../../src/engine/advance.ts";
import type { Execution, ExecutionOutcome } from "../../src/engine/execution.ts";
import { MAX_HISTORY_EVENTS } from "../../src/engine/quotas.ts";
import { Payload } from "../../src/data/payload.ts";
import { findRedrive, redriveRefusal, rememberRedrive, type RedriveToken } from "../../src/runtime/redrive.ts";

const DAY = 24 * 3600 * 1000;
const STOPPED = 1_800_000_000_000;
const failed: ExecutionOutcome = { status: "FAILED", stoppedAt: STOPPED, failure: {} };

function execution(outcome: ExecutionOutcome, more: Partial<Execution> = {}): Execution {
  const facts = {
    executionArn: "e",
    executionName: "n",
    stateMachineArn: "m",
    stateMachineName: "m",
    roleArn: "r",
    region: "us-east-1",
    input: Payload.fromText("{}"),
    startedAt: STOPPED - DAY,
  };
  return { ...newExecution(facts), outcome, ...more };
}

test.each<[string | undefined, Execution, number]>([
  [undefined, execution(failed), STOPPED],
  [undefined, execution({ ...failed, status: "TIMED_OUT" }), STOPPED + 14 * DAY],
  [undefined, execution({ ...failed, status: "ABORTED" }, { nextEventId: MAX_HISTORY_EVENTS - 1 }), STOPPED],
  ["Execution is RUNNING and cannot be redriven", execution({ status: "RUNNING" }), STOPPED],
  [
    "Execution is SUCCEEDED and cannot be redriven",
    execution({ status: "SUCCEEDED", stoppedAt: STOPPED, output: Payload.fromText("1") }),
    STOPPED,
  ],
  ["Execution redrivable period exceeded", execution(failed), STOPPED + 14 * DAY + 1],
  [
    "Execution maximum open time exceeded",
    execution({ ...failed, stoppedAt: STOPPED + 360 * DAY }),
    STOPPED + 365 * DAY,
  ],
  ["Execution history event limit exceeded", execution(failed, { nextEventId: MAX_HISTORY_EVENTS }), STOPPED],
  ["Execution redrive limit exceeded", execution(failed, { redrive: { count: 1000, at: 0 } }), STOPPED],
])("%s", (refusal, given, now) => {
  expect(redriveRefusal(given, now)).toBe(refusal);
});

test("[F27] a client token is known for fifteen minutes, as one of the last ten", () => {
  let tokens: readonly RedriveToken[] = rememberRedrive([], undefined, 0);
  expect(tokens).toEqual([]);
  for (let i = 0; i < 11; i++) tokens = rememberRedrive(tokens, `t${i}`, i);
  expect(findRedrive(tokens, "t0", 11)).toBeUndefined();
  expect(findRedrive(tokens, "t1", 11)?.at).toBe(1);
  expect(findRedrive(tokens, "t1", 1 + 15 * 60 * 1000)?.at).toBe(1);
  expect(findRedrive(tokens, "t1", 2 + 15 * 60 * 1000)).toBeUndefined();
  expect(findRedrive(tokens, undefined, 11)).toBeUndefined();
});
