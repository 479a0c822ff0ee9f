/**
 * Calls that leave for real AWS: of what Stepflare has no integration for, and of what AWS_SERVICES names.
 *
 * Nothing leaves without keys, and nothing of what is not known how to be called: such a task fails, and says what to set.
 */
import type { TaskResource } from "../../../asl/resource.ts";
import { failed, type TaskAnswer, type TaskCall } from "../../tasks/task-call.ts";
import type { SendOutbound } from "../../outbound/send.ts";
import type { ServiceCall } from "../integration.ts";
import { assumedRole, type RoleMemory } from "./assumed-role.ts";
import { callJob, type JobHost, type JobMemory } from "./job-call.ts";
import { JOBS, type Job } from "./jobs.ts";
import { callAwsLambda } from "./lambda-call.ts";
import { callOptimizedAction, optimizedService } from "./optimized-call.ts";
import type { Aws } from "./perform.ts";
import { callSdkAction, SDK_PREFIX } from "./sdk-call.ts";
import { takesOver, type AwsSettings } from "./settings.ts";

/** Where calls go that Stepflare does not perform itself. */
export interface Elsewhere {
  /** Whether a resource's calls leave although there is something here that could perform them. */
  takesOver(resource: TaskResource): boolean;
  /** Never throws for what the other side does. */
  perform(call: TaskCall, signal: AbortSignal): Promise<TaskAnswer>;
}

export interface ElsewhereHost {
  settings(): AwsSettings;
  readonly send: SendOutbound;
  readonly memory: JobMemory;
  readonly roles: RoleMemory;
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves early where the signal is aborted. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export function onAws(host: ElsewhereHost): Elsewhere {
  return {
    takesOver: (resource) => isOfAws(resource) && takesOver(host.settings(), typeOf(resource)),
    perform: async (call, signal) => {
      const settings = host.settings();
      const { credentials } = settings;
      if (credentials === undefined) return unconfigured(call.resource);
      const { send } = host;
      const pause = (milliseconds: number, until: AbortSignal): Promise<void> => host.pause(milliseconds, until);
      const door = { credentials, send, sleep: (milliseconds: number) => pause(milliseconds, signal) };
      const aws = await actingAs(host, { settings, door }, call, signal);
      return "kind" in aws ? aws : callAws({ aws, memory: host.memory, pause }, call, signal);
    },
  };
}

/** With the keys of the role that the task names, where it names one. */
async function actingAs(host: ElsewhereHost, aws: Aws, call: TaskCall, signal: AbortSignal): Promise<Aws | TaskAnswer> {
  const { roleArn } = call;
  if (roleArn === undefined) return aws;
  const credentials = await assumedRole({ aws, roles: host.roles, now: host.now() }, { ...call, roleArn }, signal);
  return "kind" in credentials ? credentials : { ...aws, door: { ...aws.door, credentials } };
}

async function callAws(host: JobHost, call: TaskCall, signal: AbortSignal): Promise<TaskAnswer> {
  const { aws } = host;
  const { resource } = call;
  if (resource.kind === "activity") throw new Error("Defect: an activity is never elsewhere");
  if (resource.kind === "lambda") {
    const service = { ...call, resource: INVOKE };
    const parameters = { FunctionName: resource.arn, Payload: call.parameters.text };
    return callAwsLambda(aws, service, parameters, true, signal);
  }
  const service: ServiceCall = { ...call, resource };
  const { resourceType, action, pattern } = resource;
  if (resourceType.startsWith(SDK_PREFIX)) return callSdkAction(aws, service, signal);
  const optimized = optimizedService(resourceType);
  const job = isJob(pattern) ? jobOf(resourceType, action) : undefined;
  if (optimized === undefined || (isJob(pattern) && job === undefined)) return uncallable(resource.arn);
  if (job !== undefined) return callJob(host, optimized, job, service, signal);
  if (resourceType === "lambda" && action === "invoke")
    return callAwsLambda(aws, service, call.parameters.value, false, signal);
  return callOptimizedAction(aws, optimized, service, signal);
}

/** What a function's ARN stands for. */
const INVOKE: ServiceCall["resource"] = {
  kind: "service",
  arn: "arn:aws:states:::lambda:invoke",
  resourceType: "lambda",
  resource: "invoke",
  action: "invoke",
  pattern: "request",
};

function jobOf(resourceType: string, action: string): Job | undefined {
  const name = `${resourceType}:${action}`;
  return Object.hasOwn(JOBS, name) ? JOBS[name] : undefined;
}

function isJob(pattern: ServiceCall["resource"]["pattern"]): boolean {
  return pattern === "sync" || pattern === "sync:2";
}

/** Requests to APIs are nobody's service, and Cloudflare's services are not AWS's, whatever they are called. */
function isOfAws(resource: TaskResource): resource is Exclude<TaskResource, { kind: "activity" }> {
  if (resource.kind !== "service") return resource.kind === "lambda";
  const { arn, resourceType } = resource;
  if (arn.startsWith("arn:cloudflare:")) return false;
  return (
    resourceType.startsWith(SDK_PREFIX) || resourceType === "lambda" || optimizedService(resourceType) !== undefined
  );
}

function typeOf(resource: Exclude<TaskResource, { kind: "activity" }>): string {
  return resource.kind === "lambda" ? "lambda" : resource.resourceType;
}

function unconfigured(resource: TaskResource): TaskAnswer {
  const cause = `Stepflare has no ${resource.arn} of its own, and AWS is not configured: to have it called there, set the secrets AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_REGION where it is not REGION.`;
  return failed("States.Runtime", cause);
}

function uncallable(arn: string): TaskAnswer {
  return failed("States.Runtime", `Stepflare cannot call ${arn}, neither itself nor on AWS.`);
}
