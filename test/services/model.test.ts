/** The table of models: that all of it can be read, and what is in it. */
import { expect, test } from "vitest";
import { parseResource } from "../../src/asl/resource.ts";
import { checkMockResult } from "../../src/services/mock-result.ts";
import { findService, isKnownAction, ServiceModel } from "../../src/services/model.ts";
import models from "../../src/services/models.json" with { type: "json" };

const SERVICES = Object.keys(models);
const REFERENCE = /^(?:\d+|[abnost])$/u;

test("a model's text has the actions first and then the shapes", () => {
  const model = new ServiceModel("getItem:0,tagResource,newAction?\noName!,Sizes:1,Note:a\nl1~20,n0~\n");
  expect(model.outputOf("getItem")).toEqual({ kind: "shape", of: "0" });
  expect(model.outputOf("tagResource")).toEqual({ kind: "nothing" });
  expect(model.outputOf("newAction")).toEqual({ kind: "unknown" });
  expect(model.outputOf("toString")).toBeUndefined();
  expect(model.shapeOf("0")).toEqual({
    type: "structure",
    members: [
      { name: "Name", required: true, of: "s" },
      { name: "Sizes", required: false, of: "1" },
      { name: "Note", required: false, of: "a" },
    ],
  });
  expect(model.shapeOf("1")).toEqual({ type: "list", of: "n0~", min: 1, max: 20 });
});

test.each(SERVICES)("every shape of %s can be read, down from its actions", (service) => {
  const model = findService(service);
  const text: string = (models as Record<string, string>)[service] ?? "";
  const shapes = text.split("\n").length - 1;
  const actions = (text.split("\n")[0] ?? "").split(",").map((action) => action.replace(/[:?].*$/u, ""));
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
