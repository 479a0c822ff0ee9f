/**
 * What a Task's Resource names: a Lambda function, an activity, or a service integration.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html#task-types
 */

/** How a Task waits: for the call, for the work it began, or for a callback with the task's token. */
export type IntegrationPattern = "request" | "sync" | "sync:2" | "waitForTaskToken";

export type TaskResource =
  /** A Lambda function by its ARN: the result is the payload itself, the history has LambdaFunction events. */
  | { readonly kind: "lambda"; readonly arn: string }
  | { readonly kind: "activity"; readonly arn: string }
  | {
      readonly kind: "service";
      readonly arn: string;
      /** As history events name it, such as `lambda` or `aws-sdk:sfn`. */
      readonly resourceType: string;
      /** As history events name it, such as `invoke.waitForTaskToken`. */
      readonly resource: string;
      readonly action: string;
      readonly pattern: IntegrationPattern;
    };

const LAMBDA = /^arn:[\w-]+:lambda:[^:]+:[^:]+:function:[^:]+(:[^:]+)?$/u;
const ACTIVITY = /^arn:[\w-]+:states:[^:]+:[^:]+:activity:[^:]+$/u;
const SERVICE =
  /^arn:[\w-]+:states:[^:]*:[^:]*:(?<service>(?:aws-sdk:)?[\w-]+):(?<action>\w+)(?<suffix>\.sync:2|\.sync|\.waitForTaskToken)?$/u;
const PATTERNS: Readonly<Record<string, IntegrationPattern>> = {
  ".sync": "sync",
  ".sync:2": "sync:2",
  ".waitForTaskToken": "waitForTaskToken",
};

/** The actions of the optimized integrations; any action of an `aws-sdk:` service is taken on trust. */
const OPTIMIZED: Readonly<Record<string, readonly string[]>> = {
  apigateway: ["invoke"],
  athena: ["startQueryExecution", "stopQueryExecution", "getQueryExecution", "getQueryResults"],
  batch: ["submitJob"],
  bedrock: ["invokeModel", "createModelCustomizationJob"],
  "bedrock-agentcore": ["invokeAgentRuntime", "invokeHarness"],
  codebuild: [
    "startBuild",
    "stopBuild",
    "batchDeleteBuilds",
    "batchGetReports",
    "startBuildBatch",
    "stopBuildBatch",
    "retryBuildBatch",
    "deleteBuildBatch",
  ],
  databrew: ["startJobRun"],
  dynamodb: ["getItem", "putItem", "deleteItem", "updateItem"],
  ecs: ["runTask"],
  eks: [
    "createCluster",
    "deleteCluster",
    "createFargateProfile",
    "deleteFargateProfile",
    "createNodegroup",
    "deleteNodegroup",
    "runJob",
    "call",
  ],
  elasticmapreduce: [
    "createCluster",
    "terminateCluster",
    "addStep",
    "cancelStep",
    "setClusterTerminationProtection",
    "modifyInstanceFleetByName",
    "modifyInstanceGroupByName",
  ],
  "emr-containers": ["createVirtualCluster", "deleteVirtualCluster", "startJobRun"],
  "emr-serverless": [
    "createApplication",
    "startApplication",
    "stopApplication",
    "deleteApplication",
    "startJobRun",
    "cancelJobRun",
  ],
  events: ["putEvents"],
  glue: ["startJobRun"],
  http: ["invoke"],
  lambda: ["invoke"],
  mediaconvert: ["createJob"],
  sagemaker: [
    "createEndpoint",
    "createEndpointConfig",
    "createHyperParameterTuningJob",
    "createLabelingJob",
    "createModel",
    "createProcessingJob",
    "createTrainingJob",
    "createTransformJob",
    "updateEndpoint",
  ],
  sns: ["publish"],
  sqs: ["sendMessage"],
  states: ["startExecution"],
};

/** What the Resource names, or undefined where AWS would not recognize it. */
export function parseResource(arn: string): TaskResource | undefined {
  if (LAMBDA.test(arn)) return { kind: "lambda", arn };
  if (ACTIVITY.test(arn)) return { kind: "activity", arn };
  const found = SERVICE.exec(arn)?.groups;
  const service = found?.["service"];
  const action = found?.["action"];
  if (service === undefined || action === undefined) return undefined;
  if (!service.startsWith("aws-sdk:") && !isOptimized(service, action)) return undefined;
  const suffix = found?.["suffix"];
  const pattern = suffix === undefined ? "request" : (PATTERNS[suffix] ?? "request");
  return { kind: "service", arn, resourceType: service, resource: action + (suffix ?? ""), action, pattern };
}

function isOptimized(service: string, action: string): boolean {
  return Object.hasOwn(OPTIMIZED, service) && (OPTIMIZED[service]?.includes(action) ?? false);
}
