/** Puts the floors together: the Worker and its object class, with the functions of whoever embeds Stepflare. */
import { WorkerEntrypoint } from "cloudflare:workers";
import { answerApproval, isApprovalPath, type ApprovalHost } from "./api/approvals/approvals.ts";
import { approvalLimits } from "./api/approvals/limits.ts";
import { accessSubjects, ASSERTION_HEADER } from "./api/auth/access-assertion.ts";
import { boundPrincipal, type BindingProps } from "./api/auth/binding.ts";
import { closedTo, createDoor } from "./api/auth/door.ts";
import { openPrincipal, type Principal } from "./api/auth/principal.ts";
import { accessSettingsOnce } from "./api/auth/settings.ts";
import type { ApiContext, ExpressExecutions, KeepAlive } from "./api/context.ts";
import { createApi } from "./api/app.ts";
import { answerSafely, consoleAnswer, readOrigins } from "./api/browser-safety.ts";
import { callOperation } from "./api/call-operation.ts";
import { maxBodyBytes } from "./api/request-body.ts";
import { answerHook, isHookPath, type HookHost } from "./api/hooks/answer-hook.ts";
import { problem } from "./api/rest/problem.ts";
import { throttleBySetting } from "./api/throttling.ts";
import { readConfig, type Env } from "./env.ts";
import { activityObject } from "./runtime/activity-object.ts";
import { executionObject } from "./runtime/execution-object.ts";
import { consumeExpress, submitExpress, type ExpressMessage } from "./runtime/express-queue.ts";
import { expressConsumer, expressHost, expressSubmission } from "./runtime/express-host.ts";
import { consumeEvents, type EventMessage } from "./runtime/event-queue.ts";
import { eventConsumer, statusIndex } from "./runtime/status-host.ts";
import { eventBus, ruleConsumer, sourceConsumer } from "./runtime/events/bus-host.ts";
import { consumeRules, isRuleMessage } from "./runtime/events/rule-delivery.ts";
import { consumeSources, isSourceBatch } from "./runtime/events/event-sources.ts";
import type { RuleMessage } from "./runtime/events/rule-messages.ts";
import { recentHook } from "./runtime/hooks/hooks.ts";
import { queueOf } from "./runtime/queue-binding.ts";
import { runExpress, type ExpressOutcome, type ExpressRequest } from "./runtime/express-run.ts";
import { elsewhereOf } from "./runtime/integrations/aws/platform.ts";
import { integrationsOf } from "./runtime/integrations/platform.ts";
import { executionAt } from "./runtime/lost-calls.ts";
import { consumeDeliveries } from "./runtime/messages/consume.ts";
import type { DeliveryMessage } from "./runtime/messages/delivery.ts";
import { messageConsumer } from "./runtime/messages/platform.ts";
import { chunkWorker, consumeMapRuns } from "./runtime/map/map-queue.ts";
import { mapRunObject } from "./runtime/map/map-run-object.ts";
import type { MapRunMessage } from "./runtime/map/map-run-rpc.ts";
import { outboundOf } from "./runtime/outbound/platform.ts";
import { bucketsOf } from "./runtime/objects/configured-buckets.ts";
import { scheduleObject } from "./runtime/schedules/schedule-object.ts";
import { tableObject } from "./runtime/tables/table-object.ts";
import { findActivity, findFunction } from "./runtime/registry.ts";
import { sweep, type RetentionHost } from "./runtime/retention.ts";
import { consumeStatuses, type StatusMessage } from "./runtime/status-queue.ts";
import { executionOfToken } from "./runtime/task-token.ts";
import { withdrawTask, type ActivityDirectory } from "./runtime/tasks/activities.ts";
import { dispatchTasks } from "./runtime/tasks/dispatch.ts";
import type { FunctionDirectory, FunctionHandler } from "./runtime/tasks/functions.ts";
import type { PerformTask } from "./runtime/tasks/task-call.ts";

export interface StepflareOptions {
  /** Functions in this Worker, by the name that a FunctionName or a Lambda ARN ends with. */
  readonly functions: Readonly<Record<string, FunctionHandler>>;
}

/** What the Worker's queues hold. */
export type QueueMessage =
  | StatusMessage
  | ExpressMessage
  | EventMessage
  | RuleMessage
  | MapRunMessage
  | DeliveryMessage;

export interface Stepflare {
  /** The Worker's default export. */
  readonly worker: ExportedHandler<Env, QueueMessage>;
  /** The Durable Object class to export as `ExecutionObject`. */
  readonly ExecutionObject: ReturnType<typeof executionObject>;
  /** The Durable Object class to export as `ActivityObject`. */
  readonly ActivityObject: ReturnType<typeof activityObject>;
  /** The Durable Object class to export as `MapRunObject`. */
  readonly MapRunObject: ReturnType<typeof mapRunObject>;
  /** The Durable Object class to export as `ScheduleObject`. */
  readonly ScheduleObject: ReturnType<typeof scheduleObject>;
  /** The Durable Object class to export as `TableObject`. */
  readonly TableObject: ReturnType<typeof tableObject>;
  /** The entrypoint to export as `BoundApi`: where the account's other Workers bind to. */
  readonly BoundApi: new (ctx: ExecutionContext, env: Env) => WorkerEntrypoint<Env, BindingProps>;
}

/** Where in an invocation something runs. */
interface Invocation {
  /** Keeps the invocation alive for what is sent on the side: logs and spans. */
  readonly background: KeepAlive | undefined;
  /** How many Express executions have called each other to get here. */
  readonly nesting: number;
}

/**
 * Makes the Worker.
 * @example
 * const stepflare = createStepflare({ functions: { hello: (input) => ({ hello: input }) } });
 * export const { ExecutionObject, ActivityObject, MapRunObject, ScheduleObject, TableObject, BoundApi } = stepflare;
 * export default stepflare.worker;
 */
export function createStepflare({ functions }: StepflareOptions): Stepflare {
  const functionsOf = (env: Env): FunctionDirectory => ({
    handlers: functions,
    findTarget: async (name) => (await findFunction(env.CATALOGUE, name))?.target,
    findBinding: (name) => bindingOf(env, name),
    ...outboundOf(env),
  });
  /** @param nesting how many Express executions have called each other to get here */
  const tasksOf = (env: Env, background: KeepAlive | undefined, nesting = 0): PerformTask =>
    dispatchTasks({
      functions: functionsOf(env),
      activities: activitiesOf(env),
      integrations: integrationsOf(env),
      elsewhere: elsewhereOf(env),
      sleep: (milliseconds) => scheduler.wait(milliseconds),
      operations: (callDepth) => (operation, input, watcher) =>
        callOperation({ ...contextOf(env, undefined, background, nesting), callDepth }, operation, input, watcher),
    });
  const runExpressIn = (env: Env, request: ExpressRequest, within: Invocation): Promise<ExpressOutcome> => {
    const performTask = tasksOf(env, within.background, within.nesting + 1);
    return runExpress(expressHost(env, request, performTask, within.background), request);
  };
  const expressOf = (env: Env, keepAlive: KeepAlive | undefined, within: Invocation): ExpressExecutions => ({
    nesting: within.nesting,
    run: (request) => {
      const run = runExpressIn(env, request, within);
      keepAlive?.(run);
      return run;
    },
    submit: (request) => submitExpress(request, expressSubmission(env)),
  });
  const contextOf = (env: Env, keepAlive?: KeepAlive, background = keepAlive, nesting = 0): ApiContext => {
    const config = readConfig(env);
    return {
      config,
      principal: openPrincipal(config.accountId, "execution"),
      hasQueue: (binding) => queueOf(env, binding) !== undefined,
      boundQueues: config.queues,
      mailsFrom: config.email?.from,
      countsExecutions: config.observability.metricsEndpoint,
      quotas: config.quotas,
      outbound: config.outbound,
      publicUrl: config.publicUrl,
      sealer: config.sealer,
      db: env.CATALOGUE,
      buckets: bucketsOf(env),
      objects: env.OBJECTS,
      execution: (executionArn) => executionAt(env, executionArn),
      express: expressOf(env, keepAlive, { background, nesting }),
      activity: (activityArn) => env.ACTIVITY.getByName(activityArn),
      mapRun: (mapRunArn) => env.MAP_RUN.getByName(mapRunArn),
      schedule: (scheduleArn) => env.SCHEDULE.getByName(scheduleArn),
      table: (tableArn) => env.TABLE.getByName(tableArn),
      events: () => eventBus(env),
      activityPollSeconds: config.activityPollSeconds,
      runTimeoutSeconds: config.runTimeoutSeconds,
      sleep: (milliseconds) => scheduler.wait(milliseconds),
      now: () => Date.now(),
      uuid: () => crypto.randomUUID(),
      random: () => Math.random(),
      executionOfToken: (taskToken) => executionOfToken(config.sealer, config.accountId, taskToken),
      performTask: (call, signal) => tasksOf(env, background)(call, signal),
    };
  };
  /** What the queue of subscribers and rules holds, of either kind. */
  const deliverEvents = async (messages: readonly Message<EventMessage | RuleMessage>[], env: Env): Promise<void> => {
    const ofRules = messages.filter((message): message is Message<RuleMessage> => isRuleMessage(message.body));
    const others = messages.filter((message): message is Message<EventMessage> => !isRuleMessage(message.body));
    const consumer = ruleConsumer(env, (operation, input) => callOperation(contextOf(env), operation, input));
    await Promise.all([consumeEvents(others, eventConsumer(env)), consumeRules(ofRules, consumer)]);
  };
  const hookHost = (env: Env): HookHost => {
    const { sealer, quotas } = readConfig(env);
    return {
      findHook: (name) => recentHook(env.CATALOGUE, sealer, name, Date.now()),
      bus: eventBus(env),
      operations: (operation, input) => callOperation(contextOf(env), operation, input),
      maxPayloadBytes: quotas.PayloadBytes,
    };
  };
  const throttleOf = throttleBySetting(() => Date.now());
  const settingsOf = accessSettingsOnce();
  const door = createDoor(
    () => Date.now(),
    (url, init) => fetch(url, init),
  );
  const limits = approvalLimits(() => Date.now());
  const readSubject = accessSubjects(
    () => Date.now(),
    (url, init) => fetch(url, init),
  );
  const approvalHost = (env: Env): ApprovalHost => {
    const { accountId, sealer, publicUrl } = readConfig(env);
    return {
      accountId,
      sealer,
      publicUrl,
      limits,
      identify: async ({ headers }) => {
        const assertion = headers.get(ASSERTION_HEADER);
        // Without Access in front anybody could send one.
        const { team } = assertion === null ? {} : settingsOf(env);
        return assertion === null || team === undefined ? undefined : readSubject(assertion, team);
      },
      execution: (executionArn) => executionAt(env, executionArn),
      now: () => Date.now(),
    };
  };
  /** Requests that came through a service binding. */
  const bound = new WeakMap<Request, Principal>();
  const api = createApi<Env>({
    admit: async (request, env, protocol, keepAlive) => {
      const principal = bound.get(request);
      if (principal !== undefined) return { principal };
      const maxBytes = maxBodyBytes(readConfig(env).quotas);
      const where = { settings: settingsOf(env), db: env.CATALOGUE, protocol, maxBodyBytes: maxBytes, keepAlive };
      return door(request, where);
    },
    contextOf: (env, principal, keepAlive) => ({
      ...contextOf(env, keepAlive),
      principal,
      throttle: throttleOf(env.THROTTLING),
    }),
  });
  return {
    worker: {
      fetch: (request, env, ctx) => {
        // The link is what lets one in, and no other origin may use it.
        if (isApprovalPath(new URL(request.url).pathname)) return answerApproval(request, approvalHost(env));
        // What its sender signs is what lets it in.
        if (isHookPath(new URL(request.url).pathname)) return answerHook(request, () => hookHost(env));
        return answerSafely(request, readOrigins(env.CORS_ORIGINS), async (allowed) => {
          if (!isAsset(allowed)) return api.fetch(allowed, env, ctx);
          const closed = closedTo(allowed, settingsOf(env));
          return closed === undefined ? consoleAnswer(await env.ASSETS.fetch(allowed)) : problem(403, closed);
        });
      },
      queue: (batch, env, ctx) => {
        const { eventSources: sources } = readConfig(env);
        const bodies = batch.messages.map(({ body }) => body);
        if (isSourceBatch(batch.queue, bodies, sources))
          return consumeSources(batch.queue, batch.messages, sourceConsumer(env, sources));
        if (holds<StatusMessage>(batch, "entry"))
          return consumeStatuses(batch.messages, statusIndex(env), (message) => env.STATUS_QUEUE.send(message));
        if (holds<EventMessage>(batch, "event") || holds<RuleMessage>(batch, "rule"))
          return deliverEvents(batch.messages, env);
        if (holds<DeliveryMessage>(batch, "delivery"))
          return consumeDeliveries(batch.messages, messageConsumer(env, functionsOf(env)));
        const invocation = { background: (work: Promise<unknown>) => ctx.waitUntil(work), nesting: 0 };
        const run = (request: ExpressRequest): Promise<ExpressOutcome> => runExpressIn(env, request, invocation);
        if (holds<MapRunMessage>(batch, "mapRunArn")) return consumeMapRuns(batch.messages, chunkWorker(env, run));
        return consumeExpress((batch as MessageBatch<ExpressMessage>).messages, expressConsumer(env, run));
      },
      scheduled: async (_controller, env) => {
        await sweep(retentionHost(env));
      },
    },
    BoundApi: class BoundApi extends WorkerEntrypoint<Env, BindingProps> {
      override fetch(request: Request): Response | Promise<Response> {
        bound.set(request, boundPrincipal(readConfig(this.env).accountId, this.ctx.props));
        return api.fetch(request, this.env, this.ctx);
      }
    },
    ExecutionObject: executionObject({
      performTask: tasksOf,
      withdrawTask: (env) => async (task) => {
        if (task.resource.kind === "activity") await withdrawTask(activitiesOf(env), task.resource.arn, task);
      },
      execution: executionAt,
    }),
    MapRunObject: mapRunObject({ execution: executionAt }),
    ScheduleObject: scheduleObject({
      operations: (env) => (operation, input) => callOperation(contextOf(env), operation, input),
    }),
    TableObject: tableObject(),
    ActivityObject: activityObject({
      startTask: async (env, taskToken, workerName) => {
        const { sealer, accountId } = readConfig(env);
        const executionArn = executionOfToken(sealer, accountId, taskToken);
        // Sealed by a key that SECRET_KEYS has no more: the queue drops the task.
        if (executionArn === undefined)
          return { ok: false, error: "InvalidToken", message: "Invalid Token: 'Invalid token'" };
        return executionAt(env, executionArn).startTask(taskToken, workerName);
      },
    }),
  };
}

/** Everything a browser asks for, except the API. */
function isAsset(request: Request): boolean {
  return (request.method === "GET" || request.method === "HEAD") && !new URL(request.url).pathname.startsWith("/api/");
}

/** By what is in it: the queues' names are whoever deploys it's. */
function holds<Message>(batch: MessageBatch, member: keyof Message): batch is MessageBatch<Message> {
  return batch.messages.some(({ body }) => typeof body === "object" && body !== null && member in body);
}

function activitiesOf(env: Env): ActivityDirectory {
  return {
    exists: async (activityArn) => (await findActivity(env.CATALOGUE, activityArn)) !== undefined,
    queue: (activityArn) => env.ACTIVITY.getByName(activityArn),
    sleep: (milliseconds) => scheduler.wait(milliseconds),
  };
}

function retentionHost(env: Env): RetentionHost {
  const { retentionMs, retentionArchive } = readConfig(env);
  return {
    db: env.CATALOGUE,
    retentionMs,
    archive: retentionArchive,
    now: () => Date.now(),
    retire: (executionArn, request) => executionAt(env, executionArn).retire(request),
    logDefect: (message, error) => console.error(`stepflare: ${message}`, error),
  };
}

function bindingOf(env: Env, name: string): Fetcher | undefined {
  const binding = (env as unknown as Record<string, unknown>)[name];
  return typeof binding === "object" && binding !== null && "fetch" in binding ? (binding as Fetcher) : undefined;
}
