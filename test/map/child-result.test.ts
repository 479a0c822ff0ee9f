import { describe, expect, test } from "vitest";
import { MAX_PAYLOAD_BYTES } from "../../src/data/payload.ts";
import { stateOutput, transformed, type ChildResult } from "../../src/runtime/map/child-result.ts";

const ARN = "arn:aws:states:us-east-1:123456789012";

function childResult(Output: string | undefined, more: Partial<ChildResult> = {}): ChildResult {
  return {
    ExecutionArn: `${ARN}:execution:machine/map:1`,
    Name: "1",
    StateMachineArn: `${ARN}:stateMachine:machine/map`,
    Status: "SUCCEEDED",
    Input: '{"a": 1}',
    ...(Output !== undefined && { Output }),
    RedriveCount: 0,
    RedriveStatus: "NOT_REDRIVABLE",
    RedriveStatusReason: "Execution is SUCCEEDED and cannot be redriven",
    StartDate: 0,
    StopDate: 1500,
    ...more,
  };
}

const FAILED = childResult(undefined, { Status: "FAILED", Error: "Oops", Cause: "why" });

describe("the results of child executions", () => {
  test("NONE shows the whole execution, its input and output as texts", () => {
    const [text = ""] = transformed(childResult('{"b": 2}'), "NONE");
    expect(JSON.parse(text)).toEqual({
      ExecutionArn: `${ARN}:execution:machine/map:1`,
      Input: '{"a": 1}',
      InputDetails: { Included: true },
      Name: "1",
      Output: '{"b": 2}',
      OutputDetails: { Included: true },
      RedriveCount: 0,
      RedriveStatus: "NOT_REDRIVABLE",
      RedriveStatusReason: "Execution is SUCCEEDED and cannot be redriven",
      StartDate: "1970-01-01T00:00:00.000Z",
      StateMachineArn: `${ARN}:stateMachine:machine/map`,
      Status: "SUCCEEDED",
      StopDate: "1970-01-01T00:00:01.500Z",
    });
  });

  test("COMPACT shows the outputs", () => {
    expect(transformed(childResult('[ 1.0, {"b": "c d"} ]'), "COMPACT")).toEqual(['[1.0,{"b":"c d"}]']);
  });

  test("FLATTEN shows the elements of an output that is an array", () => {
    expect(transformed(childResult('[ 1.0, [2], {"b": 3} ]'), "FLATTEN")).toEqual(["1.0", "[2]", '{"b":3}']);
    expect(transformed(childResult("[]"), "FLATTEN")).toEqual([]);
    expect(transformed(childResult('{"b":[1]}'), "FLATTEN")).toEqual(['{"b":[1]}']);
  });

  test.each(["NONE", "COMPACT", "FLATTEN"] as const)("%s shows a failed one as a whole", (transformation) => {
    const [text = ""] = transformed(FAILED, transformation);
    expect(JSON.parse(text)).toMatchObject({ Status: "FAILED", Error: "Oops", Cause: "why", Input: '{"a": 1}' });
    expect(JSON.parse(text)).not.toHaveProperty("OutputDetails");
  });
});

describe("the state's output", () => {
  test("is the array of outputs where nothing else is said", async () => {
    expect(await stateOutput([childResult("1"), childResult('"two"')])).toBe('[1,"two"]');
    expect(await stateOutput([])).toBe("[]");
  });

  test("may be JSON Lines, as a text", async () => {
    const config = { Transformation: "FLATTEN", OutputType: "JSONL" } as const;
    expect(await stateOutput([childResult("[1, 2]"), childResult("{}")], config)).toBe('"1\\n2\\n{}"');
  });

  test("has a largest size", async () => {
    const output = JSON.stringify("x".repeat(MAX_PAYLOAD_BYTES - 4));
    expect(await stateOutput([childResult(output)])).toHaveLength(MAX_PAYLOAD_BYTES);
    expect(await stateOutput([childResult(output), childResult("1")])).toBeUndefined();
    expect(await stateOutput([childResult(JSON.stringify("é".repeat(MAX_PAYLOAD_BYTES / 2)))])).toBeUndefined();
  });
});
