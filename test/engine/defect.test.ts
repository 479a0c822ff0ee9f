/** A turn that cannot be computed ends the execution, and says so. */
import { expect, test } from "vitest";
import { Payload } from "../../src/data/payload.ts";
import { newExecution } from "../../src/engine/advance.ts";
import { endByDefect } from "../../src/engine/defect.ts";

test("an execution that the engine cannot go on with fails with States.Runtime and the reason", () => {
  const execution = newExecution({
    executionArn: "arn:aws:states:us-east-1:123456789012:execution:m:e",
    executionName: "e",
    stateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:m",
    stateMachineName: "m",
    roleArn: "arn:aws:iam::123456789012:role/r",
    region: "us-east-1",
    input: Payload.fromText("{}"),
    startedAt: 1_000,
  });
  const entropy = { random: () => 0, uuid: () => "", taskToken: () => "", taskLink: () => "" };
  const { execution: ended, history, commands } = endByDefect(execution, 2_000, entropy, "no state X");
  const cause = "The execution was ended by a defect in Stepflare: no state X";
  expect(ended.outcome).toMatchObject({
    status: "FAILED",
    stoppedAt: 2_000,
    failure: { error: "States.Runtime", cause },
  });
  expect(history.map((event) => event.type)).toEqual(["ExecutionFailed"]);
  expect(commands).toEqual([{ type: "PublishStatus" }]);
});
