/** Mocked results of TestState against the models of the called services. */
import { expect, test } from "vitest";
import { checkMockResult, mockResultFault, type MockValidationMode } from "../../src/services/mock-result.ts";
import type { CalledService } from "../../src/services/modelled-result.ts";

/** `dynamodb:putItem`, `aws-sdk:s3:getObject`, `states:startExecution.sync:2`. */
function called(resource: string): CalledService {
  const found = /^(?<resourceType>.+?):(?<action>\w+)(?:\.(?<pattern>.+))?$/u.exec(resource)?.groups ?? {};
  const { resourceType = "", action = "", pattern = "request" } = found;
  return { resourceType, action, pattern: pattern as CalledService["pattern"] };
}

function faultOf(resource: string, result: unknown, mode: MockValidationMode = "STRICT"): string | undefined {
  return mockResultFault(called(resource), result, mode);
}

const MODES = ["STRICT", "PRESENT"] as const;

test.each([
  // Recorded on AWS.
  ["aws-sdk:kms:encrypt", { CiphertextBlob: "" }, "Field 'CiphertextBlob' is smaller than the minimum length"],
  ["aws-sdk:kms:encrypt", { CiphertextBlob: 123 }, "Field 'CiphertextBlob' must be a string"],
  [
    "aws-sdk:lambda:getFunction",
    { Configuration: { MemorySize: 10241 } },
    "Field 'MemorySize' exceeds the maximum value",
  ],
  ["aws-sdk:s3:getObject", { StorageClass: "Papyrus" }, "Field 'StorageClass' is not an expected value"],
  ["aws-sdk:s3:getObject", { ContentLength: "9000" }, "Field 'ContentLength' must be a number"],
  ["dynamodb:putItem", { ConsumedCapacity: { CapacityUnits: "123.45" } }, "Field 'CapacityUnits' must be a number"],
  ["events:putEvents", { Entries: "entries" }, "Field 'Entries' must be an array"],
  ["events:putEvents", { Entries: [{ EventId: ["id"] }] }, "Field 'EventId' must be a string"],
  ["states:startExecution", { ExecutionArn: "arn", StartDate: true }, "Field 'StartDate' must be a string"],
  ["states:startExecution", { ExecutionArn: "arn", StartDate: 1764103483 }, "Field 'StartDate' must be a string"],
  // The other types and bounds.
  [
    "states:startExecution",
    { ExecutionArn: "", StartDate: "" },
    "Field 'ExecutionArn' is smaller than the minimum length",
  ],
  [
    "states:startExecution",
    { ExecutionArn: "a".repeat(257), StartDate: "" },
    "Field 'ExecutionArn' exceeds the maximum length",
  ],
  ["aws-sdk:kms:encrypt", { CiphertextBlob: "A".repeat(8196) }, "Field 'CiphertextBlob' exceeds the maximum length"],
  [
    "aws-sdk:lambda:getFunction",
    { Configuration: { MemorySize: 127 } },
    "Field 'MemorySize' is smaller than the minimum value",
  ],
  ["aws-sdk:s3:getObject", { StorageClass: 1 }, "Field 'StorageClass' must be a string"],
  ["aws-sdk:s3:getObject", { DeleteMarker: "true" }, "Field 'DeleteMarker' must be a boolean"],
  ["aws-sdk:s3:getObject", { Metadata: [] }, "Field 'Metadata' must be an object"],
  ["aws-sdk:s3:getObject", { Metadata: { one: 1 } }, "Field 'Metadata' must be a string"],
  ["aws-sdk:s3:getObject", { ETag: null }, "Field 'ETag' must be a string"],
  ["dynamodb:putItem", { ConsumedCapacity: [] }, "Field 'ConsumedCapacity' must be an object"],
  ["dynamodb:getItem", { Item: { id: { L: [{ M: { a: { N: 1 } } }] } } }, "Field 'N' must be a string"],
  [
    "aws-sdk:sfn:describeStateMachineAlias",
    { RoutingConfiguration: [] },
    "Field 'RoutingConfiguration' is smaller than the minimum length",
  ],
  [
    "aws-sdk:sfn:describeStateMachineAlias",
    { RoutingConfiguration: Array.from({ length: 3 }, () => ({ StateMachineVersionArn: "a", Weight: 1 })) },
    "Field 'RoutingConfiguration' exceeds the maximum length",
  ],
  ["sqs:sendMessage", [], "Result must be an object"],
])("%s refuses %j in both modes", (resource, result, fault) => {
  for (const mode of MODES) expect(faultOf(resource, result, mode)).toBe(fault);
});

test.each([
  ["events:putEvents", { random: "json" }],
  ["events:putEvents", { Entries: [{ EventId: "id", Extra: 1 }], SdkHttpMetadata: { HttpStatusCode: 200 } }],
  ["states:startExecution", JSON.parse('{"ExecutionArn":"arn","StartDate":"now","__proto__":1}') as unknown],
  ["sqs:sendMessage", { MD5OfMessageBody: "b6e2", MessageId: "id" }],
  ["aws-sdk:s3:putObject", { ChecksumCRC32: "hnEfWw==", ChecksumType: "FULL_OBJECT", ETag: '"49e3"' }],
  ["aws-sdk:kms:encrypt", { CiphertextBlob: `${"A".repeat(8188)}AA==`, KeyId: "key" }],
  ["aws-sdk:lambda:getFunction", { Configuration: { MemorySize: 10240, Timeout: 3 } }],
  ["aws-sdk:dynamodb:query", { Count: 1, Items: [{ id: { S: "id1" }, flag: { Bool: true } }], ScannedCount: 1 }],
  ["aws-sdk:cloudwatchlogs:getQueryResults", { Statistics: { RecordsMatched: 0.5 } }],
  ["aws-sdk:dynamodb:tagResource", "anything, since there is no output"],
])("%s accepts %j in both modes", (resource, result) => {
  for (const mode of MODES) expect(faultOf(resource, result, mode)).toBeUndefined();
});

test.each([
  ["states:startExecution", {}, "ExecutionArn"],
  ["states:startExecution", { ExecutionArn: "arn" }, "StartDate"],
  ["states:startExecution", { executionArn: "arn", startDate: "now" }, "ExecutionArn"],
  ["aws-sdk:sfn:listExecutions", { Executions: [{ ExecutionArn: "arn" }] }, "StateMachineArn"],
  ["states:startExecution.sync", { ExecutionArn: "arn", StartDate: "now" }, "StateMachineArn"],
])("STRICT misses a required member in %s %j, PRESENT does not", (resource, result, missing) => {
  expect(faultOf(resource, result, "STRICT")).toBe(`Required field '${missing}' is missing`);
  expect(faultOf(resource, result, "PRESENT")).toBeUndefined();
});

test("what is missing comes before what is wrong, and an object before its members", () => {
  expect(faultOf("states:startExecution", { ExecutionArn: 1 })).toBe("Required field 'StartDate' is missing");
  expect(faultOf("states:startExecution", { ExecutionArn: 1, StartDate: 2 })).toBe(
    "Field 'ExecutionArn' must be a string",
  );
  expect(faultOf("states:startExecution", { StartDate: 2, ExecutionArn: 1 })).toBe(
    "Field 'StartDate' must be a string",
  );
});

test("a function's Payload and a model's Body are JSON of any kind", () => {
  expect(faultOf("lambda:invoke", { Payload: { a: [1] }, StatusCode: 200 })).toBeUndefined();
  expect(faultOf("lambda:invoke", { pokemon: "pikachu" })).toBeUndefined();
  expect(faultOf("lambda:invoke", { StatusCode: "200" })).toBe("Field 'StatusCode' must be a number");
  expect(faultOf("aws-sdk:lambda:invoke", { Payload: {} })).toBe("Field 'Payload' must be a string");
  expect(faultOf("bedrock:invokeModel", { Body: { text: "" }, ContentType: "application/json" })).toBeUndefined();
  expect(faultOf("bedrock:invokeModel", { ContentType: "application/json" })).toBeUndefined();
  expect(faultOf("bedrock:invokeModel", { Body: {} })).toBe("Required field 'ContentType' is missing");
});

test("an execution that was waited for answers with its description: Output as text, and as JSON in .sync:2", () => {
  const described = { ExecutionArn: "arn", StateMachineArn: "arn", StartDate: "now", Status: "SUCCEEDED" };
  expect(faultOf("states:startExecution.sync", { ...described, Output: "{}" })).toBeUndefined();
  expect(faultOf("states:startExecution.sync", { ...described, Output: {} })).toBe("Field 'Output' must be a string");
  expect(faultOf("states:startExecution.sync:2", { ...described, Output: {} })).toBeUndefined();
  expect(faultOf("states:startExecution.sync:2", { ...described, Status: "DONE" })).toBe(
    "Field 'Status' is not an expected value",
  );
});

test.each([
  ["a callback brings anything", "lambda:invoke.waitForTaskToken"],
  ["a job that is described in a list", "batch:submitJob.sync"],
  ["results of Step Functions' own", "apigateway:invoke"],
  ["results of Step Functions' own", "http:invoke"],
  ["results of Step Functions' own", "elasticmapreduce:createCluster"],
  ["results of Step Functions' own", "eks:call"],
  ["a service that is not kept", "aws-sdk:gamelift:listFleets"],
  ["an action that is not there", "aws-sdk:dynamodb:getItems"],
  ["an action with nothing to answer", "aws-sdk:dynamodb:tagResource"],
  ["a name that objects have", "aws-sdk:constructor:toString"],
  ["a name that objects have", "constructor:toString"],
])("unknown, and accepted: %s (%s)", (_, resource) => {
  expect(checkMockResult(called(resource), { anything: 1 }, "STRICT")).toEqual({ kind: "unknown" });
});

test("a result nested thirty thousand times is checked without harm", () => {
  let value: object = { S: "end" };
  for (let level = 0; level < 30_000; level += 1) value = { L: [value] };
  expect(faultOf("dynamodb:getItem", { Item: { deep: value } })).toBeUndefined();
});
