/**
 * Tasks on Cloudflare's own services, `arn:cloudflare:states:::…`: by the bindings that TASK_BINDINGS lets tasks use.
 *
 * C1. What a service refuses is a failure `Cloudflare.<Service>.<Name>` with the platform's message as its cause.
 * C2. An outage is thrown, and the call is made again; what a called Worker throws itself is no outage.
 */
import { Payload } from "../../../data/payload.ts";
import { derivedUuid } from "../../derived-uuid.ts";
import { isOutage } from "../../outage.ts";
import { failed, type TaskAnswer } from "../../tasks/task-call.ts";
import { taken, type Integrations, type ServiceCall } from "../integration.ts";
import { ParameterFault, withParameters } from "../parameters.ts";
import { ai } from "./ai.ts";
import { analytics } from "./analytics.ts";
import { CloudflareFault, findTaskBinding, KINDS, type BindingKind, type TaskBindings } from "./bindings.ts";
import { d1 } from "./d1.ts";
import { email } from "./email.ts";
import { kv } from "./kv.ts";
import { queue } from "./queue.ts";
import { r2 } from "./r2.ts";
import type { CloudflareAction, CloudflareActions } from "./request.ts";
import { vectorize } from "./vectorize.ts";
import { worker } from "./worker.ts";
import { workflow } from "./workflow.ts";

const SERVICES: { readonly [Kind in BindingKind]: CloudflareActions } = {
  ai,
  analytics,
  d1,
  email,
  kv,
  queue,
  r2,
  vectorize,
  worker,
  workflow,
};

export interface CloudflareHost {
  /** What wrangler.toml binds. */
  readonly env: object;
  /** Read when something is called. */
  readonly taskBindings: () => TaskBindings;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** One for each service. */
export function cloudflareIntegrations(host: CloudflareHost): Integrations {
  const kinds = Object.keys(SERVICES) as readonly BindingKind[];
  return Object.fromEntries(kinds.map((kind) => [kind, (call, signal) => callService(host, kind, call, signal)]));
}

async function callService(
  host: CloudflareHost,
  kind: BindingKind,
  call: ServiceCall,
  signal: AbortSignal,
): Promise<TaskAnswer | undefined> {
  const actions = SERVICES[kind];
  const perform = Object.hasOwn(actions, call.resource.action) ? actions[call.resource.action] : undefined;
  if (perform === undefined) return undefined;
  return withParameters(call, async () => {
    try {
      return await answerOf(perform, host, call, signal);
    } catch (error) {
      if (error instanceof ParameterFault || (isOutage(error) && !isOfWorker(kind, error))) throw error;
      return failureOf(kind, error);
    }
  });
}

async function answerOf(
  perform: CloudflareAction,
  { env, taskBindings, sleep }: CloudflareHost,
  call: ServiceCall,
  signal: AbortSignal,
): Promise<TaskAnswer> {
  const key = derivedUuid(call.idempotencyKey);
  const allowed = taskBindings();
  const answer = await perform({
    call,
    key,
    signal,
    sleep,
    binding: (kind, name) => findTaskBinding(env, allowed, kind, name),
  });
  return "result" in answer ? taken(call, Payload.of(answer.result)) : answer;
}

/** Whether a called Worker threw it, rather than the platform in between. */
function isOfWorker(kind: BindingKind, error: unknown): boolean {
  return kind === "worker" && error instanceof Error && Reflect.get(error, "remote") === true;
}

function failureOf(kind: BindingKind, error: unknown): TaskAnswer {
  const { service } = KINDS[kind];
  if (error instanceof CloudflareFault) return failed(`Cloudflare.${service}.${error.code}`, error.message);
  const message = error instanceof Error ? error.message : String(error);
  return failed(`Cloudflare.${service}.${nameOf(error)}`, message);
}

/** The platform's code, where there is one: of e-mails, for one. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "Error";
  const code: unknown = Reflect.get(error, "code");
  return typeof code === "string" && /^\w+$/u.test(code) ? code : error.name;
}
