/** The Worker's bindings and its configuration: read once, checked, with messages that say what to set. */
import { readObservability, type Observability, type ObservabilitySettings } from "./runtime/observe/settings.ts";
import type { LogMessage } from "./runtime/observe/export.ts";
import type { EventMessage } from "./runtime/event-queue.ts";
import type { ExpressMessage } from "./runtime/express-queue.ts";
import type { StatusMessage } from "./runtime/status-queue.ts";
import type { ActivityObject, ExecutionObject } from "./index.ts";

export interface Env {
  readonly EXECUTION: DurableObjectNamespace<ExecutionObject>;
  readonly ACTIVITY: DurableObjectNamespace<ActivityObject>;
  readonly CATALOGUE: D1Database;
  readonly STATUS_QUEUE: Queue<StatusMessage>;
  readonly EXPRESS_QUEUE: Queue<ExpressMessage>;
  readonly OBJECTS: R2Bucket;
  readonly ASSETS: Fetcher;
  readonly ACCOUNT_ID?: string;
  readonly REGION?: string;
  readonly WATCHDOG_SECONDS?: string;
  readonly ACTIVITY_POLL_SECONDS?: string;
  readonly ALLOW_UNAUTHENTICATED?: string;
  readonly LOG_SINKS?: string;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string;
  readonly OTEL_EXPORTER_OTLP_HEADERS?: string;
  readonly METRICS_ENDPOINT?: string;
  readonly LOG_QUEUE?: Queue<LogMessage>;
  readonly METRICS?: AnalyticsEngineDataset;
  readonly EVENTS_QUEUE?: Queue<EventMessage>;
}

export interface Config {
  /** As it stands in ARNs. */
  readonly accountId: string;
  readonly region: string;
  readonly watchdogSeconds: number;
  /** How long GetActivityTask waits for a task. */
  readonly activityPollSeconds: number;
  /** Whether requests from other machines are let in although there are no access keys. */
  readonly allowUnauthenticated: boolean;
  readonly observability: Observability;
}

type Settings = Pick<
  Env,
  "ACCOUNT_ID" | "REGION" | "WATCHDOG_SECONDS" | "ACTIVITY_POLL_SECONDS" | "ALLOW_UNAUTHENTICATED"
> &
  ObservabilitySettings;

/** Throws an error that names the setting and what it takes. */
export function readConfig(env: Settings): Config {
  const accountId = env.ACCOUNT_ID ?? "123456789012";
  if (!/^\d{12}$/u.test(accountId)) throw new Error("ACCOUNT_ID must be 12 digits");
  const region = env.REGION ?? "us-east-1";
  if (!/^[a-z0-9-]+$/u.test(region)) throw new Error("REGION must be a region name such as us-east-1");
  const watchdogSeconds = Number(env.WATCHDOG_SECONDS ?? "30");
  if (!Number.isInteger(watchdogSeconds) || watchdogSeconds < 1)
    throw new Error("WATCHDOG_SECONDS must be a whole number of at least 1");
  const activityPollSeconds = Number(env.ACTIVITY_POLL_SECONDS ?? "60");
  if (!Number.isInteger(activityPollSeconds) || activityPollSeconds < 1)
    throw new Error("ACTIVITY_POLL_SECONDS must be a whole number of at least 1");
  const allowUnauthenticated = (env.ALLOW_UNAUTHENTICATED ?? "false") === "true";
  const observability = readObservability(env);
  return { accountId, region, watchdogSeconds, activityPollSeconds, allowUnauthenticated, observability };
}
