/**
 * What the optimized integrations are called in errors: the names of the SDK for Java 1, which they are built on. Recorded for
 * DynamoDB, EventBridge, Lambda, SNS, SQS and Step Functions; the others follow the class names of that SDK.
 */

export interface OptimizedService {
  /** By the model's name. */
  readonly service: string;
  /** Errors begin with it. */
  readonly prefix: string;
  /** As in `Service: AmazonSQS`. */
  readonly label: string;
  /** The exception that stands for all that have no class of their own. */
  readonly exception: string;
}

export const OPTIMIZED_SERVICES: Readonly<Record<string, OptimizedService>> = {
  athena: named("athena", "Athena", "AmazonAthena"),
  batch: named("batch", "Batch", "AWSBatch"),
  bedrock: named("bedrock", "Bedrock", "AmazonBedrock"),
  codebuild: named("codebuild", "CodeBuild", "AWSCodeBuild"),
  databrew: named("databrew", "DataBrew", "AWSGlueDataBrew"),
  dynamodb: named("dynamodb", "DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException"),
  ecs: named("ecs", "ECS", "AmazonECS"),
  eks: named("eks", "EKS", "AmazonEKS"),
  "emr-containers": named("emrcontainers", "EMRContainers", "AmazonEMRContainers"),
  "emr-serverless": named("emrserverless", "EMRServerless", "AWSEMRServerless"),
  events: named("eventbridge", "EventBridge", "AmazonEventBridge"),
  glue: named("glue", "Glue", "AWSGlue"),
  lambda: named("lambda", "Lambda", "AWSLambda"),
  mediaconvert: named("mediaconvert", "MediaConvert", "AWSMediaConvert"),
  sagemaker: named("sagemaker", "SageMaker", "AmazonSageMaker"),
  sns: named("sns", "SNS", "AmazonSNS"),
  sqs: named("sqs", "SQS", "AmazonSQS"),
  states: named("sfn", "StepFunctions", "AWSStepFunctions"),
};

function named(service: string, prefix: string, label: string, exception = `${label}Exception`): OptimizedService {
  return { service, prefix, label, exception };
}
