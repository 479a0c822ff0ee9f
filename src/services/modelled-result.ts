/**
 * Which model the result of a Task's service integration follows.
 *
 * An `aws-sdk:` integration answers with the action's output, an optimized one with the output of the API it calls, or of the
 * API that describes the job it has waited for. A callback brings whatever it brings, and the results of `http:invoke`,
 * `apigateway:invoke`, `elasticmapreduce:*` and `eks:call` are Step Functions' own: no model describes them.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
 */
import { findService, type ServiceModel } from "./model.ts";

/** What a Task's Resource names, as far as its result depends on it. */
export interface CalledService {
  /** Such as `dynamodb` or `aws-sdk:dynamodb`. */
  readonly resourceType: string;
  /** Such as `putItem`. */
  readonly action: string;
  readonly pattern: "request" | "sync" | "sync:2" | "waitForTaskToken";
}

export interface ModelledResult {
  readonly model: ServiceModel;
  /** The shape of the whole result. */
  readonly of: string;
  /** Whether the integration is an `aws-sdk:` one, which spells some members in its own way. */
  readonly isSdk: boolean;
  /** Members at the top that Step Functions changes into JSON of any kind; the model's word on them does not count. */
  readonly free: readonly string[];
}

/** The services of the optimized integrations by their names in the models, which `aws-sdk:` resources use. */
const OPTIMIZED_SERVICES: Readonly<Record<string, string>> = {
  athena: "athena",
  batch: "batch",
  bedrock: "bedrock",
  "bedrock-agentcore": "bedrockagentcore",
  codebuild: "codebuild",
  databrew: "databrew",
  dynamodb: "dynamodb",
  ecs: "ecs",
  eks: "eks",
  "emr-containers": "emrcontainers",
  "emr-serverless": "emrserverless",
  events: "eventbridge",
  glue: "glue",
  lambda: "lambda",
  mediaconvert: "mediaconvert",
  sagemaker: "sagemaker",
  sns: "sns",
  sqs: "sqs",
  states: "sfn",
};

/**
 * The API that describes the finished job, where that description is the result. Jobs that are described in lists (batch, ecs,
 * codebuild, glue) or with more around them are not here: how AWS checks those is not known.
 */
const DESCRIBED_BY: Readonly<Record<string, string>> = {
  "athena:startQueryExecution": "getQueryExecution",
  "bedrock:createModelCustomizationJob": "getModelCustomizationJob",
  "databrew:startJobRun": "describeJobRun",
  "eks:createCluster": "describeCluster",
  "eks:createFargateProfile": "describeFargateProfile",
  "eks:createNodegroup": "describeNodegroup",
  "mediaconvert:createJob": "getJob",
  "sagemaker:createHyperParameterTuningJob": "describeHyperParameterTuningJob",
  "sagemaker:createLabelingJob": "describeLabelingJob",
  "sagemaker:createProcessingJob": "describeProcessingJob",
  "sagemaker:createTrainingJob": "describeTrainingJob",
  "sagemaker:createTransformJob": "describeTransformJob",
  "states:startExecution": "describeExecution",
};

/** By resource type, action and pattern. The Body of a Bedrock model's answer is missing where it goes to S3. */
const FREE_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  "bedrock-agentcore:invokeAgentRuntime:request": ["Response"],
  "bedrock:invokeModel:request": ["Body"],
  "lambda:invoke:request": ["Payload"],
  "states:startExecution:sync:2": ["Input", "Output"],
};

const SDK_PREFIX = "aws-sdk:";

/** The model of what that integration answers with, or undefined where none is known. */
export function findModelledResult(called: CalledService): ModelledResult | undefined {
  const isSdk = called.resourceType.startsWith(SDK_PREFIX);
  const place = isSdk ? placeOfSdk(called) : placeOfOptimized(called);
  const model = place === undefined ? undefined : findService(place.service);
  const output = place === undefined ? undefined : model?.outputOf(place.action);
  if (model === undefined || output?.kind !== "shape") return undefined;
  return {
    model,
    of: output.of,
    isSdk,
    free: memberOf(FREE_MEMBERS, `${called.resourceType}:${called.action}:${called.pattern}`) ?? [],
  };
}

interface Place {
  readonly service: string;
  readonly action: string;
}

function placeOfSdk({ resourceType, action, pattern }: CalledService): Place | undefined {
  return pattern === "request" ? { service: resourceType.slice(SDK_PREFIX.length), action } : undefined;
}

function placeOfOptimized({ resourceType, action, pattern }: CalledService): Place | undefined {
  const service = memberOf(OPTIMIZED_SERVICES, resourceType);
  if (service === undefined) return undefined;
  switch (pattern) {
    case "request":
      return resourceType === "bedrock" && action === "invokeModel"
        ? { service: "bedrockruntime", action }
        : { service, action };
    case "sync":
    case "sync:2": {
      const describing = memberOf(DESCRIBED_BY, `${resourceType}:${action}`);
      return describing === undefined ? undefined : { service, action: describing };
    }
    case "waitForTaskToken":
      return undefined;
  }
}

function memberOf<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
