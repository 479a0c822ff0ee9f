import { describe, expect, test } from "vitest";
import { ApiError } from "../../src/api/api-error.ts";
import { checkInput } from "../../src/api/constraints.ts";
import type { Operation } from "../../src/api/inputs.ts";
import type { JsonObject } from "../../src/asl/json.ts";

const VERSION = "arn:aws:states:us-east-1:123456789012:stateMachine:M";

function errorOf(operation: Operation, body: JsonObject): { name: string; message: string } {
  try {
    checkInput(operation, body);
  } catch (error) {
    if (error instanceof ApiError) return { name: error.name, message: error.message };
    throw error;
  }
  throw new Error("the input was accepted");
}

function violation(text: string): { name: string; message: string } {
  return { name: "ValidationException", message: `1 validation error detected: ${text}` };
}

describe("a member outside its bounds", () => {
  test("a number too large", () => {
    expect(errorOf("ListStateMachines", { maxResults: 1001 })).toEqual(
      violation(
        "Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000",
      ),
    );
  });

  test("a number too small", () => {
    expect(errorOf("ListStateMachines", { maxResults: -1 })).toEqual(
      violation(
        "Value '-1' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 0",
      ),
    );
  });

  test("a text too long", () => {
    const token = "x".repeat(1025);
    expect(errorOf("ListStateMachines", { nextToken: token })).toEqual(
      violation(
        `Value '${token}' at 'nextToken' failed to satisfy constraint: Member must have length less than or equal to 1024`,
      ),
    );
  });

  test("a text too short", () => {
    expect(errorOf("CreateActivity", { name: "" })).toEqual(
      violation("Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1"),
    );
  });

  test("a value that is not in the enumeration", () => {
    expect(errorOf("ListExecutions", { statusFilter: "succeeded" })).toEqual(
      violation(
        "Value 'succeeded' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]",
      ),
    );
  });

  test("a text that does not match the pattern", () => {
    const routingConfiguration = [{ stateMachineVersionArn: VERSION, weight: 100 }];
    expect(errorOf("CreateStateMachineAlias", { name: "123", routingConfiguration })).toEqual(
      violation(
        "Value '123' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$",
      ),
    );
  });

  test("the pattern matches the whole text", () => {
    expect(errorOf("StartExecution", { stateMachineArn: "x", traceHeader: "a\nü" }).message).toContain("\\p{ASCII}*");
    expect(checkInput("StartExecution", { stateMachineArn: "x", traceHeader: "a\nb" }).traceHeader).toBe("a\nb");
  });

  test("a member that is required and absent, or null", () => {
    const expected = violation("Value null at 'name' failed to satisfy constraint: Member must not be null");
    expect(errorOf("CreateActivity", {})).toEqual(expected);
    expect(errorOf("CreateActivity", { name: null })).toEqual(expected);
  });

  test("a member within a list is counted from one", () => {
    const routingConfiguration = [{ stateMachineVersionArn: VERSION, weight: 101 }];
    expect(errorOf("CreateStateMachineAlias", { name: "a", routingConfiguration })).toEqual(
      violation(
        "Value '101' at 'routingConfiguration.1.member.weight' failed to satisfy constraint: Member must have value less than or equal to 100",
      ),
    );
  });

  test("a list too long is shown with its members", () => {
    const item = { stateMachineVersionArn: VERSION, weight: 50 };
    const shown = `RoutingConfigurationListItem(stateMachineVersionArn=${VERSION}, weight=50)`;
    expect(errorOf("CreateStateMachineAlias", { name: "a", routingConfiguration: [item, item, item] })).toEqual(
      violation(
        `Value '[${shown}, ${shown}, ${shown}]' at 'routingConfiguration' failed to satisfy constraint: Member must have length less than or equal to 2`,
      ),
    );
  });

  test("several at once are all reported", () => {
    expect(errorOf("CreateStateMachine", { name: "n".repeat(81), type: "FAST" }).message).toBe(
      [
        `4 validation errors detected: Value '${"n".repeat(81)}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 80`,
        "Value at 'definition' failed to satisfy constraint: Member must not be null",
        "Value null at 'roleArn' failed to satisfy constraint: Member must not be null",
        "Value 'FAST' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, EXPRESS]",
      ].join("; "),
    );
  });

  test("what is secret is not shown", () => {
    const { message } = errorOf("StartExecution", { stateMachineArn: "x", input: "s".repeat(262_145) });
    expect(message).toBe(
      "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 262144",
    );
  });
});

describe("a member of the wrong JSON type", () => {
  test.each<[Operation, JsonObject, string]>([
    ["ListStateMachines", { maxResults: "5" }, "STRING_VALUE can not be converted to an Integer"],
    ["ListStateMachines", { maxResults: 1.5 }, "NUMBER_VALUE can not be converted to an Integer"],
    ["ListStateMachines", { maxResults: 1e10 }, "NUMBER_VALUE can not be converted to an Integer"],
    ["CreateActivity", { name: 5 }, "NUMBER_VALUE can not be converted to a String"],
    ["CreateActivity", { name: true }, "TRUE_VALUE can not be converted to a String"],
    ["CreateActivity", { name: ["a"] }, "Start of list found where not expected"],
    ["CreateActivity", { name: {} }, "Start of structure or map found where not expected."],
    [
      "GetExecutionHistory",
      { executionArn: "x", reverseOrder: "true" },
      "STRING_VALUE can not be converted to a Boolean",
    ],
    ["TagResource", { resourceArn: "x", tags: "a" }, "Expected list or null"],
    ["CreateActivity", { name: "x", encryptionConfiguration: "a" }, "Expected structure or null"],
  ])("%s %j", (operation, body, message) => {
    expect(errorOf(operation, body)).toEqual({ name: "SerializationException", message });
  });
});

describe("what is accepted", () => {
  test("unknown members are left out", () => {
    expect(checkInput("DescribeActivity", { activityArn: "x", more: 1, ["__proto__"]: { maxResults: 1 } })).toEqual({
      activityArn: "x",
    });
  });

  test("null is absent", () => {
    expect(checkInput("ListActivities", { maxResults: null })).toEqual({});
  });

  test("a member of the prototype is not a member", () => {
    expect(() => checkInput("CreateActivity", Object.create({ name: "inherited" }) as JsonObject)).toThrow(ApiError);
  });
});
