import { describe, expect, test } from "vitest";
import {
  DEFAULT_ARN_CONFIG,
  activityArn,
  executionArn,
  expressExecutionArn,
  mapRunArn,
  parseArn,
  parseArnOf,
  qualifiedArn,
  stateMachineArn,
  type StateMachineArn,
} from "../../src/runtime/arn.ts";

const BASE = "arn:aws:states:us-east-1:123456789012";

function machineOf(text: string): StateMachineArn {
  const parsed = parseArnOf(text, "stateMachine");
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.arn;
}

describe("an ARN that was built", () => {
  const machine = machineOf(stateMachineArn(DEFAULT_ARN_CONFIG, "Hello"));

  test.each([
    [machine.arn, { kind: "stateMachine", name: "Hello" }],
    [
      qualifiedArn(machine.arn, 7),
      { kind: "qualifiedStateMachine", name: "Hello", qualifier: "7", stateMachineArn: machine.arn },
    ],
    [qualifiedArn(machine.arn, "PROD"), { kind: "qualifiedStateMachine", qualifier: "PROD" }],
    [executionArn(machine, "run"), { kind: "execution", stateMachineName: "Hello", name: "run" }],
    [expressExecutionArn(machine, "run", "id"), { kind: "express", stateMachineName: "Hello", name: "run", id: "id" }],
    [activityArn(DEFAULT_ARN_CONFIG, "Work"), { kind: "activity", name: "Work" }],
    [
      `${machine.arn}/Label`,
      { kind: "labeledStateMachine", name: "Hello", label: "Label", stateMachineArn: machine.arn },
    ],
  ])("%s is taken apart again", (text, parts) => {
    expect(parseArn(text)).toMatchObject({
      ok: true,
      arn: { ...parts, arn: text, region: "us-east-1", accountId: "123456789012" },
    });
  });

  test("of a Map Run names state machine and label", () => {
    const execution = parseArnOf(executionArn(machine, "run"), "execution");
    const text = execution.ok ? mapRunArn(execution.arn, "Label", "id") : "";
    expect(text).toBe(`${BASE}:mapRun:Hello/Label:id`);
    expect(parseArn(text)).toMatchObject({
      ok: true,
      arn: { kind: "mapRun", stateMachineName: "Hello", label: "Label", id: "id" },
    });
  });

  test("of an execution keeps the partition, region and account of its state machine", () => {
    expect(executionArn(machineOf("arn:aws-cn:states:cn-north-1:999999999999:stateMachine:M"), "run")).toBe(
      "arn:aws-cn:states:cn-north-1:999999999999:execution:M:run",
    );
  });
});

describe("what is no ARN of the service", () => {
  test("says so in AWS's words", () => {
    expect(parseArn("invalid_state_machine_arn")).toEqual({
      ok: false,
      reason: "Invalid ARN prefix: invalid_state_machine_arn",
    });
  });

  test.each([
    "",
    "arn",
    "arn:",
    "arn:aws:states:us-east-1:123456789012",
    `${BASE}:stateMachine`,
    `${BASE}:stateMachine:`,
    `${BASE}:stateMachine:a:`,
    `${BASE}:stateMachine:a:b:c`,
    `${BASE}:stateMachine:a/b:c`,
    `${BASE}:stateMachine:a/`,
    `${BASE}:stateMachine:/b`,
    `${BASE}:execution:a`,
    `${BASE}:execution:a:b:c`,
    `${BASE}:express:a:b`,
    `${BASE}:activity:a:b`,
    `${BASE}:mapRun:a:b`,
    `${BASE}:mapRun:a/b/c:d`,
    `${BASE}:queue:a`,
    "arn:aws:lambda:us-east-1:123456789012:function:f",
    "arn:aws:states:us-east-1:12345:stateMachine:a",
    "arn:aws:states::123456789012:stateMachine:a",
    "arn:moon:states:us-east-1:123456789012:stateMachine:a",
    ":".repeat(100),
  ])("'%s' is refused", (text) => {
    expect(parseArn(text).ok).toBe(false);
  });

  test("an ARN of another kind is refused where it makes no sense", () => {
    expect(parseArnOf(`${BASE}:express:m:n:u`, "execution")).toEqual({
      ok: false,
      reason: "Resource type not valid in this context: express",
    });
  });
});
