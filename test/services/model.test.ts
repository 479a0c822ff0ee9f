/** The table of models: that all of it can be read, and what is in it. */
import { expect, test } from "vitest";
import { parseResource } from "../../src/asl/resource.ts";
import { checkMockResult } from "../../src/services/mock-result.ts";
import { findService, isKnownAction, ServiceModel } from "../../src/services/model.ts";
import models from "../../src/services/models.json" with { type: "json" };

const SERVICES = Object.keys(models);
const REFERENCE = /^(?:\d+|[abdnost])$/u;

test("a model's text has the service's facts first, then its exceptions, its actions and its shapes", () => {
  const model = new ServiceModel(
    [
      "rest-xml DynamoDb dynamodb ddb 2012-08-10 http://example.com/",
      "NotFound=NotFoundException,Gone",
      "getItem:0<1=GETItem^data-+ GET /{Name}?list,tagResource,newAction?",
      "oName!2,Sizes:1,Note:a",
      "l1~20,n0~@*Size",
      "m,di@Name|Value",
      "oToken@%,Token2:2@%h-,Name!@uName,Body:b@bBlob,Other@nsome@Query",
    ].join("\n"),
  );
  expect(model.facts).toEqual({
    protocol: "rest-xml",
    sdkName: "DynamoDb",
    endpointPrefix: "dynamodb",
    signingName: "ddb",
    target: "2012-08-10",
    namespace: "http://example.com/",
  });
  expect(["NotFound", "Gone", "Other"].map((code) => model.exception(code))).toEqual([
    "NotFoundException",
    "Gone",
    undefined,
  ]);
  expect(model.outputOf("getItem")).toEqual({ kind: "shape", of: "0" });
  expect(model.outputOf("tagResource")).toEqual({ kind: "nothing" });
  expect(model.outputOf("newAction")).toEqual({ kind: "unknown" });
  expect(model.outputOf("toString")).toBeUndefined();
  expect(model.operation("getItem")).toEqual({
    name: "GETItem",
    input: "1",
    output: "0",
    method: "GET",
    uri: "/{Name}?list",
    hostPrefix: "data-",
    needsChecksum: true,
  });
  expect(model.operation("tagResource")).toMatchObject({ name: "TagResource", method: "POST", uri: "/" });
  expect(model.operation("newAction")).toBeUndefined();
  expect(model.operation("toString")).toBeUndefined();
  const plain = { place: "member", isIdempotencyToken: false };
  expect(model.shapeOf("0")).toEqual({
    type: "structure",
    members: [
      { name: "Name", required: true, of: "2", wireName: "Name", ...plain },
      { name: "Sizes", required: false, of: "1", wireName: "Sizes", ...plain },
      { name: "Note", required: false, of: "a", wireName: "Note", ...plain },
    ],
  });
  expect(model.shapeOf("1")).toEqual({
    type: "list",
    of: "n0~",
    min: 1,
    max: 20,
    flattened: true,
    elementName: "Size",
  });
  expect(model.shapeOf("2")).toMatchObject({ type: "map", of: "di", flattened: false, elementName: "Name|Value" });
  expect(model.shapeOf("di")).toEqual({ type: "timestamp", format: "iso8601" });
  expect(model.shapeOf("3")).toMatchObject({
    members: [
      { wireName: "Token", place: "member", isIdempotencyToken: true },
      { wireName: "token2", place: "header", isIdempotencyToken: true },
      { wireName: "Name", place: "uri", required: true },
      { wireName: "Blob", place: "body" },
      { wireName: "some", queryName: "Query", place: "member" },
    ],
  });
});

test.each(SERVICES)("every shape of %s can be read, down from its actions", (service) => {
  const model = findService(service);
  const text: string = (models as Record<string, string>)[service] ?? "";
  const lines = text.split("\n");
  const shapes = lines.length - 3;
  const actions = (lines[2] ?? "").split(",").map((action) => /^\w*/u.exec(action)?.[0] ?? "");
  expect(model?.facts.protocol).toMatch(/^(?:json-1\.[01]|query|ec2|rest-json|rest-xml)$/u);
  expect(model?.facts.sdkName).toMatch(/^[A-Z]\w+$/u);
  expect(actions.length).toBeGreaterThan(0);
  const met = new Set<string>();
  const open: string[] = [];
  const meet = (of: string): void => {
    expect(of).toMatch(REFERENCE);
    if (met.has(of)) return;
    met.add(of);
    open.push(of);
  };
  for (const action of actions) {
    expect(action).toMatch(/^[a-z]\w+$/u);
    const output = model?.outputOf(action);
    expect(output).toBeDefined();
    if (output?.kind === "shape") meet(output.of);
    const operation = model?.operation(action);
    expect(operation === undefined).toBe(output?.kind === "unknown");
    if (operation?.input !== undefined) meet(operation.input);
    if (operation !== undefined) expect(operation.uri).toMatch(/^\//u);
  }
  for (let of = open.pop(); of !== undefined; of = open.pop()) {
    const shape = model?.shapeOf(of);
    if (shape === undefined) continue;
    if (/^\d/u.test(of)) expect(shape.type).not.toBe("anything");
    if (shape.type === "structure") for (const member of shape.members) meet(member.of);
    if (shape.type === "list" || shape.type === "map") meet(shape.of);
    if ("min" in shape) expect(shape.min ?? 0).not.toBeNaN();
  }
  expect([...met].filter((of) => /^\d/u.test(of))).toHaveLength(shapes);
});

test.each([
  "athena:startQueryExecution",
  "athena:startQueryExecution.sync",
  "athena:getQueryResults",
  "batch:submitJob",
  "bedrock:invokeModel",
  "bedrock:createModelCustomizationJob",
  "bedrock:createModelCustomizationJob.sync",
  "bedrock-agentcore:invokeAgentRuntime",
  "codebuild:startBuild",
  "codebuild:batchGetReports",
  "databrew:startJobRun",
  "databrew:startJobRun.sync",
  "dynamodb:getItem",
  "dynamodb:updateItem",
  "ecs:runTask",
  "eks:createCluster",
  "eks:createCluster.sync",
  "eks:createNodegroup.sync",
  "eks:createFargateProfile.sync",
  "emr-containers:startJobRun",
  "emr-serverless:startJobRun",
  "events:putEvents",
  "glue:startJobRun",
  "lambda:invoke",
  "mediaconvert:createJob",
  "mediaconvert:createJob.sync",
  "sagemaker:createTrainingJob",
  "sagemaker:createTrainingJob.sync",
  "sagemaker:createTransformJob.sync",
  "sagemaker:createProcessingJob.sync",
  "sagemaker:createLabelingJob.sync",
  "sagemaker:createHyperParameterTuningJob.sync",
  "sns:publish",
  "sqs:sendMessage",
  "states:startExecution",
  "states:startExecution.sync",
])("the optimized %s has a model", (name) => {
  const resource = parseResource(`arn:aws:states:::${name}`);
  if (resource?.kind !== "service") throw new Error(`${name} is no integration`);
  // Nothing that is called so is in any model, so that PRESENT finds nothing wrong with it.
  expect(checkMockResult(resource, { nothing_of_the_kind: 1 }, "PRESENT")).toEqual({ kind: "valid" });
});

test("an action is known, not known, or nobody can tell", () => {
  expect(isKnownAction("dynamodb", "getItem")).toBe(true);
  expect(isKnownAction("dynamodb", "getItems")).toBe(false);
  expect(isKnownAction("rds", "describeDBInstances")).toBe(true);
  expect(isKnownAction("cloudwatchlogs", "putLogEvents")).toBe(true);
  expect(isKnownAction("databasemigration", "startReplicationTask")).toBe(true);
  expect(isKnownAction("gamelift", "listFleets")).toBeUndefined();
  expect(isKnownAction("constructor", "toString")).toBeUndefined();
});

test("an action that Step Functions does not offer is not known", () => {
  expect(isKnownAction("lambda", "invokeWithResponseStream")).toBe(false);
  expect(isKnownAction("sts", "assumeRole")).toBe(false);
  expect(isKnownAction("sts", "getCallerIdentity")).toBe(true);
});
