/** What an operation works with: everything it may touch, and nothing else. */
import type { Principal } from "./auth/principal.ts";
import type { Throttle } from "./throttling.ts";
import type { ArnConfig } from "../runtime/arn.ts";
import type { ActivityRpc } from "../runtime/activity-rpc.ts";
import type { ExecutionRpc } from "../runtime/execution-rpc.ts";
import type { ExpressOutcome, ExpressRequest } from "../runtime/express-run.ts";
import type { EventBus } from "../runtime/events/event-bus.ts";
import type { ScheduleRpc } from "../runtime/schedules/schedule-rpc.ts";
import type { MapRunRpc } from "../runtime/map/map-run-rpc.ts";
import type { Buckets } from "../runtime/objects/buckets.ts";
import type { OutboundRules } from "../runtime/outbound/settings.ts";
import type { BoundQueues } from "../runtime/queues/settings.ts";
import type { Quotas } from "../runtime/quota-settings.ts";
import type { Sealer } from "../runtime/sealing.ts";
import type { TableRpc } from "../runtime/tables/table-rpc.ts";
import type { PerformTask } from "../runtime/tasks/task-call.ts";

/** Express executions, which have no object. */
export interface ExpressExecutions {
  /** How many of them, in this invocation, have called each other until this call was made. */
  readonly nesting: number;
  /** Runs it to its end, also when the caller goes away meanwhile. */
  run(request: ExpressRequest): Promise<ExpressOutcome>;
  /** Sees to it that it is run, at least once. */
  submit(request: ExpressRequest): Promise<void>;
}

/** Keeps the invocation alive for work that somebody may not wait for. */
export type KeepAlive = (work: Promise<unknown>) => void;

export interface ApiContext {
  readonly config: ArnConfig;
  /** Who makes this request. */
  readonly principal: Principal;
  readonly quotas: Quotas;
  /** Where requests may go whose URLs somebody gave. */
  readonly outbound: OutboundRules;
  /** The origin under which people reach this Worker; absent: not set. */
  readonly publicUrl?: string | undefined;
  /** Seals secrets that are stored, and links. */
  readonly sealer: Sealer;
  /** The catalogue and the execution index. */
  readonly db: D1Database;
  /** What S3 is on AWS. */
  readonly buckets: Buckets;
  /** What executions are archived in. */
  readonly objects: Pick<R2Bucket, "get" | "list">;
  /** The object of that Standard execution, whether or not it exists. */
  execution(executionArn: string): ExecutionRpc;
  readonly express: ExpressExecutions;
  /** The object of that activity, whether or not it exists. */
  activity(activityArn: string): ActivityRpc;
  /** The object of that Map Run, whether or not it exists. */
  mapRun(mapRunArn: string): MapRunRpc;
  /** The object of that schedule, whether or not it exists. */
  schedule(scheduleArn: string): ScheduleRpc;
  /** The object of that table, whether or not it exists. */
  table(tableArn: string): TableRpc;
  events(): EventBus;
  /** Whether wrangler.toml binds a queue to that name. */
  hasQueue(binding: string): boolean;
  /** The queues that lead to queue bindings of their own, by their names. */
  readonly boundQueues: BoundQueues;
  /** Who mails of topics are from; undefined: none are sent. */
  readonly mailsFrom: string | undefined;
  /** Whether executions are counted, for a scraper. */
  readonly countsExecutions: boolean;
  /** How long GetActivityTask waits for a task. */
  readonly activityPollSeconds: number;
  /** How long `POST /run` waits for a Standard execution that nobody names a time for. */
  readonly runTimeoutSeconds: number;
  /** How many requests of tasks led to each other until this one came; absent: none. */
  readonly callDepth?: number | undefined;
  /** Absent: nothing is throttled, as it is for calls from inside. */
  readonly throttle?: Throttle | undefined;
  /** Epoch milliseconds. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  uuid(): string;
  /** From 0 up to 1. */
  random(): number;
  /** The execution a task token speaks of; undefined: it is forged, altered, or another account's. */
  executionOfToken(taskToken: string): string | undefined;
  /** Does the work of a task that no execution waits for: a state's test. */
  readonly performTask: PerformTask;
}
