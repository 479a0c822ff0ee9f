/**
 * The jobs that `.sync` waits for: how one is begun is the resource's own action; this is how it is asked after, what its
 * answers mean, and how it is stopped.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
 */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../../../asl/json.ts";

/** What is known of a job that was begun. */
export interface BegunJob {
  /** What the beginning answered. */
  readonly begun: JsonObject;
  /** The task's own parameters. */
  readonly given: JsonObject;
}

interface JobAction {
  readonly action: string;
  readonly parameters: (job: BegunJob) => JsonObject;
}

export interface Job {
  readonly describe: JobAction;
  /** The task's result, of a description; undefined: it has none of the job yet. */
  readonly result: (description: JsonObject) => JsonObject | undefined;
  /** Where the status is in the result. */
  readonly status: (result: JsonObject) => Json | undefined;
  readonly succeeded: (status: string, result: JsonObject) => boolean;
  /** The statuses of a job that will not go on. */
  readonly ended: readonly string[];
  readonly stop: JobAction | undefined;
  /** Where the service knows a repeated beginning by; undefined: by a member that the model has for it, or not at all. */
  readonly tokenMember?: string;
}

const REASON = "Nobody waits for it any more.";

/** By resource type and action. */
export const JOBS: Readonly<Record<string, Job>> = {
  "athena:startQueryExecution": {
    describe: by("getQueryExecution", ({ begun }) => pick(begun, "QueryExecutionId")),
    result: whole,
    status: (result) => at(result, "QueryExecution", "Status", "State"),
    succeeded: is("SUCCEEDED"),
    ended: ["SUCCEEDED", "FAILED", "CANCELLED"],
    stop: by("stopQueryExecution", ({ begun }) => pick(begun, "QueryExecutionId")),
  },
  "batch:submitJob": {
    describe: by("describeJobs", ({ begun }) => ({ Jobs: [at(begun, "JobId") ?? null] })),
    result: first("Jobs"),
    status: (result) => at(result, "Status"),
    succeeded: is("SUCCEEDED"),
    ended: ["SUCCEEDED", "FAILED"],
    stop: by("terminateJob", ({ begun }) => ({ ...pick(begun, "JobId"), Reason: REASON })),
  },
  "bedrock:createModelCustomizationJob": {
    describe: by("getModelCustomizationJob", ({ begun }) => ({ JobIdentifier: at(begun, "JobArn") ?? null })),
    result: whole,
    status: (result) => at(result, "Status"),
    succeeded: is("Completed"),
    ended: ["Completed", "Failed", "Stopped"],
    stop: by("stopModelCustomizationJob", ({ begun }) => ({ JobIdentifier: at(begun, "JobArn") ?? null })),
  },
  "codebuild:startBuild": {
    describe: by("batchGetBuilds", ({ begun }) => ({ Ids: [at(begun, "Build", "Id") ?? null] })),
    result: firstAs("Builds", "Build"),
    status: (result) => at(result, "Build", "BuildStatus"),
    succeeded: is("SUCCEEDED"),
    ended: ["SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "STOPPED"],
    stop: by("stopBuild", ({ begun }) => ({ Id: at(begun, "Build", "Id") ?? null })),
    tokenMember: "IdempotencyToken",
  },
  "codebuild:startBuildBatch": {
    describe: by("batchGetBuildBatches", ({ begun }) => ({ Ids: [at(begun, "BuildBatch", "Id") ?? null] })),
    result: firstAs("BuildBatches", "BuildBatch"),
    status: (result) => at(result, "BuildBatch", "BuildBatchStatus"),
    succeeded: is("SUCCEEDED"),
    ended: ["SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "STOPPED"],
    stop: by("stopBuildBatch", ({ begun }) => ({ Id: at(begun, "BuildBatch", "Id") ?? null })),
    tokenMember: "IdempotencyToken",
  },
  "databrew:startJobRun": {
    describe: by("describeJobRun", ({ begun, given }) => ({ ...pick(given, "Name"), ...pick(begun, "RunId") })),
    result: whole,
    status: (result) => at(result, "State"),
    succeeded: is("SUCCEEDED"),
    ended: ["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"],
    stop: by("stopJobRun", ({ begun, given }) => ({ ...pick(given, "Name"), ...pick(begun, "RunId") })),
  },
  "ecs:runTask": {
    describe: by("describeTasks", ({ begun, given }) => ({
      ...pick(given, "Cluster"),
      Tasks: [at(begun, "Tasks", 0, "TaskArn") ?? null],
    })),
    result: first("Tasks"),
    status: (result) => at(result, "LastStatus"),
    succeeded: (_, result) => haveAllExitedWell(at(result, "Containers")),
    ended: ["STOPPED"],
    stop: by("stopTask", ({ begun, given }) => ({
      ...pick(given, "Cluster"),
      Task: at(begun, "Tasks", 0, "TaskArn") ?? null,
      Reason: REASON,
    })),
  },
  "emr-containers:startJobRun": {
    describe: by("describeJobRun", ({ begun, given }) => ({
      ...pick(given, "VirtualClusterId"),
      ...pick(begun, "Id"),
    })),
    result: member("JobRun"),
    status: (result) => at(result, "State"),
    succeeded: is("COMPLETED"),
    ended: ["COMPLETED", "FAILED", "CANCELLED"],
    stop: by("cancelJobRun", ({ begun, given }) => ({ ...pick(given, "VirtualClusterId"), ...pick(begun, "Id") })),
  },
  "emr-serverless:startJobRun": {
    describe: by("getJobRun", ({ begun }) => pick(begun, "ApplicationId", "JobRunId")),
    result: member("JobRun"),
    status: (result) => at(result, "State"),
    succeeded: is("SUCCESS"),
    ended: ["SUCCESS", "FAILED", "CANCELLED"],
    stop: by("cancelJobRun", ({ begun }) => pick(begun, "ApplicationId", "JobRunId")),
  },
  "glue:startJobRun": {
    describe: by("getJobRun", ({ begun, given }) => ({
      ...pick(given, "JobName"),
      RunId: at(begun, "JobRunId") ?? null,
    })),
    result: member("JobRun"),
    status: (result) => at(result, "JobRunState"),
    succeeded: is("SUCCEEDED"),
    ended: ["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"],
    stop: by("batchStopJobRun", ({ begun, given }) => ({
      ...pick(given, "JobName"),
      JobRunIds: [at(begun, "JobRunId") ?? null],
    })),
  },
  "mediaconvert:createJob": {
    describe: by("getJob", ({ begun }) => ({ Id: at(begun, "Job", "Id") ?? null })),
    result: whole,
    status: (result) => at(result, "Job", "Status"),
    succeeded: is("COMPLETE"),
    ended: ["COMPLETE", "ERROR", "CANCELED"],
    stop: by("cancelJob", ({ begun }) => ({ Id: at(begun, "Job", "Id") ?? null })),
  },
  "sagemaker:createHyperParameterTuningJob": sageMaker("HyperParameterTuningJob"),
  "sagemaker:createLabelingJob": sageMaker("LabelingJob"),
  "sagemaker:createProcessingJob": sageMaker("ProcessingJob"),
  "sagemaker:createTrainingJob": sageMaker("TrainingJob"),
  "sagemaker:createTransformJob": sageMaker("TransformJob"),
  "states:startExecution": {
    describe: by("describeExecution", ({ begun }) => pick(begun, "ExecutionArn")),
    result: whole,
    status: (result) => at(result, "Status"),
    succeeded: is("SUCCEEDED"),
    ended: ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"],
    stop: by("stopExecution", ({ begun }) => pick(begun, "ExecutionArn")),
    tokenMember: "Name",
  },
};

/** SageMaker knows its jobs by the names that they are given. */
function sageMaker(kind: string): Job {
  const named = ({ given }: BegunJob): JsonObject => pick(given, `${kind}Name`);
  return {
    describe: by(`describe${kind}`, named),
    result: whole,
    status: (result) => at(result, `${kind}Status`),
    succeeded: is("Completed"),
    ended: ["Completed", "Failed", "Stopped"],
    stop: by(`stop${kind}`, named),
  };
}

function haveAllExitedWell(containers: Json | undefined): boolean {
  return isArray(containers) && containers.length > 0 && containers.every((each) => at(each, "ExitCode") === 0);
}

function by(action: string, parameters: JobAction["parameters"]): JobAction {
  return { action, parameters };
}

function is(wanted: string): (status: string) => boolean {
  return (status) => status === wanted;
}

function whole(description: JsonObject): JsonObject {
  return description;
}

/** What is in that member of the description. */
function member(name: string): Job["result"] {
  return (description) => objectOf(at(description, name));
}

/** The only one of a list. */
function first(name: string): Job["result"] {
  return (description) => objectOf(at(description, name, 0));
}

function firstAs(name: string, shown: string): Job["result"] {
  return (description) => {
    const found = at(description, name, 0);
    return isObject(found) ? { [shown]: found } : undefined;
  };
}

function objectOf(value: Json | undefined): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

/** Those members, as they are. */
function pick(value: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, memberOf(value, name) ?? null]));
}

/** The value at the end of the way, if it leads there. */
function at(value: Json | undefined, ...way: readonly (string | number)[]): Json | undefined {
  return way.reduce<Json | undefined>((found, step) => {
    if (typeof step === "number") return isArray(found) ? found[step] : undefined;
    return isObject(found) ? memberOf(found, step) : undefined;
  }, value);
}
