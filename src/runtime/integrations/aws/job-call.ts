/**
 * `.sync` on AWS: begins a job, asks after it until it has ended, and shows its description.
 *
 * J1. What began is remembered before anybody waits for it: a call that is made again after a crash finds the same job. Only
 *     a crash between the two begins a second one, where the service has no idempotency token.
 * J2. Nobody waits any more: the job is stopped.
 * J3. A question that was not answered is asked again; a refusal is the task's failure.
 */
import { isObject, memberOf, type Json, type JsonObject } from "../../../asl/json.ts";
import { Payload } from "../../../data/payload.ts";
import { upperFirst } from "../../../services/naming.ts";
import { derivedUuid } from "../../derived-uuid.ts";
import { failed, type TaskAnswer } from "../../tasks/task-call.ts";
import type { ServiceCall } from "../integration.ts";
import type { BegunJob, Job } from "./jobs.ts";
import { notPerformedOptimized, optimizedAction } from "./optimized-call.ts";
import type { OptimizedService } from "./optimized-services.ts";
import { performAction, type Action, type ActionOutcome, type Aws } from "./perform.ts";
import type { Showing } from "./scalars.ts";

/** Where jobs that are under way are remembered, by the attempt's key. */
export interface JobMemory {
  read(key: string): Promise<JsonObject | undefined>;
  write(key: string, begun: JsonObject): Promise<void>;
  forget(key: string): Promise<void>;
}

export interface JobHost {
  readonly aws: Aws;
  readonly memory: JobMemory;
  /** Resolves early where the signal is aborted. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** Descriptions of jobs have their moments in epoch milliseconds. */
const SHOWING: Showing = { nameOf: upperFirst, timestamps: "milliseconds" };

const FIRST_PAUSE_MS = 1_000;
const LAST_PAUSE_MS = 20_000;

export async function callJob(
  host: JobHost,
  optimized: OptimizedService,
  job: Job,
  call: ServiceCall,
  signal: AbortSignal,
): Promise<TaskAnswer> {
  const key = derivedUuid(call.idempotencyKey);
  const base = await optimizedAction(optimized, withToken(job, call, key), SHOWING);
  let begun = await host.memory.read(key);
  if (begun === undefined) {
    // Not given up half way: nobody would know what to stop.
    const outcome = await performAction(host.aws, base, new AbortController().signal);
    if (outcome.kind !== "performed") return notPerformedOptimized(call, optimized, outcome);
    begun = outcome.output;
    const refused = refusedPlacement(call, begun);
    if (refused !== undefined) return refused;
    await host.memory.write(key, begun);
  }
  const given = isObject(base.parameters) ? base.parameters : {};
  const answer = await awaitJob(host, optimized, job, { begun, given }, { ...base, isSdk: false }, call, signal);
  await host.memory.forget(key);
  return answer;
}

/** The attempt's own token, where the task gives none. */
function withToken({ tokenMember }: Job, call: ServiceCall, token: string): ServiceCall {
  const { value } = call.parameters;
  if (tokenMember === undefined || !isObject(value) || memberOf(value, tokenMember) !== undefined) return call;
  return { ...call, parameters: Payload.of({ ...value, [tokenMember]: token }) };
}

/** ECS answers that there was no room for the task. */
function refusedPlacement({ resource }: ServiceCall, begun: JsonObject): TaskAnswer | undefined {
  if (resource.resourceType !== "ecs") return undefined;
  const tasks = memberOf(begun, "Tasks");
  return Array.isArray(tasks) && tasks.length > 0 ? undefined : failed("AmazonECS.Unknown", JSON.stringify(begun));
}

async function awaitJob(
  host: JobHost,
  optimized: OptimizedService,
  job: Job,
  begun: BegunJob,
  base: Action,
  call: ServiceCall,
  signal: AbortSignal,
): Promise<TaskAnswer> {
  const describe = { ...base, action: job.describe.action, parameters: job.describe.parameters(begun) };
  for (let wait = FIRST_PAUSE_MS; !signal.aborted; wait = Math.min(wait * 2, LAST_PAUSE_MS)) {
    await host.pause(wait, signal);
    if (signal.aborted) break;
    const outcome = await performAction(host.aws, describe, signal);
    if (isLost(outcome)) continue;
    if (outcome.kind !== "performed") return notPerformedOptimized(call, optimized, outcome);
    const answer = endOf(job, outcome.output, call);
    if (answer !== undefined) return answer;
  }
  await stop(host.aws, job, begun, base);
  return failed("States.TaskFailed", "Nobody waits for the job any more.");
}

/** Whether the question may be answered later. */
function isLost(outcome: ActionOutcome): boolean {
  return outcome.kind === "unreachable" || (outcome.kind === "refused" && outcome.refusal.status >= 500);
}

/** undefined: it goes on. */
function endOf(job: Job, description: JsonObject, call: ServiceCall): TaskAnswer | undefined {
  const result = job.result(description);
  const status = result === undefined ? undefined : job.status(result);
  if (result === undefined || typeof status !== "string" || !job.ended.includes(status)) return undefined;
  if (!job.succeeded(status, result)) return failed("States.TaskFailed", JSON.stringify(result));
  return { kind: "succeeded", output: Payload.of(call.resource.pattern === "sync:2" ? withJson(result) : result) };
}

/** `.sync:2` shows an execution's input and output as the JSON that they are. */
function withJson(result: JsonObject): JsonObject {
  const shown = (name: string): JsonObject => {
    const text = memberOf(result, name);
    return typeof text === "string" ? { [name]: JSON.parse(text) as Json } : {};
  };
  return { ...result, ...shown("Input"), ...shown("Output") };
}

async function stop(aws: Aws, job: Job, begun: BegunJob, base: Action): Promise<void> {
  if (job.stop === undefined) return;
  const action = { ...base, action: job.stop.action, parameters: job.stop.parameters(begun) };
  const outcome = await performAction(aws, action, new AbortController().signal);
  // One that has ended meanwhile cannot be stopped, and need not be.
  if (outcome.kind !== "performed") console.warn("stepflare: a job was not stopped", job.stop.action, outcome.kind);
}
