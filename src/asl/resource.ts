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
  /^arn:(?<partition>[\w-]+):states:[^:]*:[^:]*:(?<service>(?:aws-sdk:)?[\w-]+):(?<action>\w+)(?<suffix>\.sync:2|\.sync|\.waitForTaskToken)?$/u;
const PATTERNS = {
  ".sync": "sync",
  ".sync:2": "sync:2",
  ".waitForTaskToken": "waitForTaskToken",
} as const satisfies Readonly<Record<string, IntegrationPattern>>;

const SYNC = ["sync"] as const;
const TOKEN: readonly IntegrationPattern[] = ["waitForTaskToken"];
const BOTH = ["sync", "waitForTaskToken"] as const;
const NEITHER = [] as const;

/**
 * The actions of the optimized integrations, with the patterns that each offers beyond the plain request.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
 */
const OPTIMIZED: Readonly<Record<string, Readonly<Record<string, readonly IntegrationPattern[]>>>> = {
  apigateway: { invoke: TOKEN },
  athena: {
    startQueryExecution: SYNC,
    stopQueryExecution: NEITHER,
    getQueryExecution: NEITHER,
    getQueryResults: NEITHER,
  },
  batch: { submitJob: SYNC },
  bedrock: { invokeModel: TOKEN, createModelCustomizationJob: SYNC },
  "bedrock-agentcore": { invokeAgentRuntime: NEITHER, invokeHarness: NEITHER },
  codebuild: {
    startBuild: SYNC,
    stopBuild: NEITHER,
    batchDeleteBuilds: NEITHER,
    batchGetReports: NEITHER,
    startBuildBatch: SYNC,
    stopBuildBatch: NEITHER,
    retryBuildBatch: SYNC,
    deleteBuildBatch: NEITHER,
  },
  databrew: { startJobRun: SYNC },
  dynamodb: { getItem: NEITHER, putItem: NEITHER, deleteItem: NEITHER, updateItem: NEITHER },
  ecs: { runTask: BOTH },
  eks: {
    createCluster: SYNC,
    deleteCluster: SYNC,
    createFargateProfile: SYNC,
    deleteFargateProfile: SYNC,
    createNodegroup: SYNC,
    deleteNodegroup: SYNC,
    runJob: BOTH,
    call: TOKEN,
  },
  elasticmapreduce: {
    createCluster: SYNC,
    terminateCluster: SYNC,
    addStep: SYNC,
    cancelStep: NEITHER,
    setClusterTerminationProtection: NEITHER,
    modifyInstanceFleetByName: NEITHER,
    modifyInstanceGroupByName: NEITHER,
  },
  "emr-containers": { createVirtualCluster: NEITHER, deleteVirtualCluster: SYNC, startJobRun: SYNC },
  "emr-serverless": {
    createApplication: SYNC,
    startApplication: SYNC,
    stopApplication: SYNC,
    deleteApplication: SYNC,
    startJobRun: SYNC,
    cancelJobRun: SYNC,
  },
  events: { putEvents: TOKEN },
  glue: { startJobRun: SYNC },
  http: { invoke: NEITHER },
  lambda: { invoke: TOKEN },
  mediaconvert: { createJob: SYNC },
  sagemaker: {
    createEndpoint: NEITHER,
    createEndpointConfig: NEITHER,
    createHyperParameterTuningJob: SYNC,
    createLabelingJob: SYNC,
    createModel: NEITHER,
    createProcessingJob: SYNC,
    createTrainingJob: SYNC,
    createTransformJob: SYNC,
    updateEndpoint: NEITHER,
  },
  sns: { publish: TOKEN },
  sqs: { sendMessage: TOKEN },
  states: { startExecution: ["sync", "sync:2", "waitForTaskToken"] },
};

/** What AWS has no service for: Cloudflare's own, under a partition of its own. */
const CLOUDFLARE_PARTITION = "cloudflare";
const CLOUDFLARE: typeof OPTIMIZED = {
  ai: { run: NEITHER },
  analytics: { writeDataPoint: NEITHER },
  d1: { query: NEITHER, batch: NEITHER },
  email: { send: TOKEN },
  kv: { get: NEITHER, put: NEITHER, delete: NEITHER, list: NEITHER },
  queue: { send: TOKEN, sendBatch: NEITHER },
  r2: {
    getObject: NEITHER,
    putObject: NEITHER,
    deleteObject: NEITHER,
    listObjects: NEITHER,
    headObject: NEITHER,
  },
  vectorize: { query: NEITHER, insert: NEITHER, upsert: NEITHER, getByIds: NEITHER, deleteByIds: NEITHER },
  worker: { call: TOKEN, fetch: TOKEN },
  workflow: { create: BOTH, sendEvent: TOKEN },
};

/** What the Resource names, or undefined where AWS would not recognize it. Any action of an `aws-sdk:` service is taken on trust. */
export function parseResource(arn: string): TaskResource | undefined {
  if (LAMBDA.test(arn)) return { kind: "lambda", arn };
  if (ACTIVITY.test(arn)) return { kind: "activity", arn };
  const found = SERVICE.exec(arn)?.groups;
  const service = found?.["service"];
  const action = found?.["action"];
  if (service === undefined || action === undefined) return undefined;
  const suffix = found?.["suffix"] as keyof typeof PATTERNS | undefined;
  const pattern = suffix === undefined ? "request" : PATTERNS[suffix];
  const offered = patternsOf(found?.["partition"] === CLOUDFLARE_PARTITION, service, action);
  if (offered === undefined || !(pattern === "request" || offered.includes(pattern))) return undefined;
  return { kind: "service", arn, resourceType: service, resource: action + (suffix ?? ""), action, pattern };
}

/** undefined: there is no such service, or no such action. */
function patternsOf(isCloudflare: boolean, service: string, action: string): readonly IntegrationPattern[] | undefined {
  if (!isCloudflare && service.startsWith("aws-sdk:")) return TOKEN;
  const services = isCloudflare ? CLOUDFLARE : OPTIMIZED;
  const actions = Object.hasOwn(services, service) ? services[service] : undefined;
  return actions !== undefined && Object.hasOwn(actions, action) ? actions[action] : undefined;
}
