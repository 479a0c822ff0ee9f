/** The Worker's bindings and its configuration: read once, checked, with messages that say what to set. */
import type { AccessEnv } from "./api/auth/settings.ts";
import { readAws, type AwsEnv, type AwsSettings } from "./runtime/integrations/aws/settings.ts";
import { isBucketName } from "./runtime/objects/buckets.ts";
import { readApiEndpoints, type ApiEndpoints } from "./runtime/integrations/apigateway/settings.ts";
import { readTaskBindings, type TaskBindings } from "./runtime/integrations/cloudflare/bindings.ts";
import { readObservability, type Observability, type ObservabilitySettings } from "./runtime/observe/settings.ts";
import type { LogMessage } from "./runtime/observe/export.ts";
import type { DeliveryMessage } from "./runtime/messages/delivery.ts";
import { readEmail, type EmailConfig, type EmailSettings } from "./runtime/email/settings.ts";
import type { EventMessage } from "./runtime/event-queue.ts";
import { readEventSources, type EventSources, type SourceSettings } from "./runtime/events/source-settings.ts";
import type { RuleMessage } from "./runtime/events/rule-messages.ts";
import type { ExpressMessage } from "./runtime/express-queue.ts";
import { DEFAULT_QUOTAS, readQuotas, type Quotas } from "./runtime/quota-settings.ts";
import { readOutbound, type OutboundRules, type OutboundSettings } from "./runtime/outbound/settings.ts";
import { readTable } from "./runtime/settings-table.ts";
import { readRunTimeout, type RunSettings } from "./runtime/run-settings.ts";
import { readQueues, type BoundQueues } from "./runtime/queues/settings.ts";
import { createSealer, type Sealer } from "./runtime/sealing.ts";
import type { StatusMessage } from "./runtime/status-queue.ts";
import type { ActivityObject, ExecutionObject, MapRunObject, ScheduleObject, TableObject } from "./index.ts";
import type { MapRunMessage } from "./runtime/map/map-run-rpc.ts";

export interface Env extends AccessEnv, AwsEnv {
  readonly EXECUTION: DurableObjectNamespace<ExecutionObject>;
  readonly ACTIVITY: DurableObjectNamespace<ActivityObject>;
  readonly MAP_RUN: DurableObjectNamespace<MapRunObject>;
  readonly SCHEDULE: DurableObjectNamespace<ScheduleObject>;
  readonly TABLE: DurableObjectNamespace<TableObject>;
  readonly CATALOGUE: D1Database;
  readonly STATUS_QUEUE: Queue<StatusMessage>;
  readonly EXPRESS_QUEUE: Queue<ExpressMessage>;
  readonly MAP_QUEUE: Queue<MapRunMessage>;
  readonly OBJECTS: R2Bucket;
  readonly ASSETS: Fetcher;
  readonly REGION?: string;
  readonly PUBLIC_URL?: string;
  /** Read by `api/browser-safety`. */
  readonly CORS_ORIGINS?: string;
  readonly WATCHDOG_SECONDS?: string;
  readonly ACTIVITY_POLL_SECONDS?: string;
  /** Read by `runtime/events/source-settings`: a table, or its JSON text. */
  readonly EVENT_QUEUES?: unknown;
  readonly OBJECTS_BUCKET_NAME?: string;
  /** Read by `runtime/run-settings`. */
  readonly RUN_TIMEOUT_SECONDS?: string;
  /** Read by `runtime/outbound/settings`. */
  readonly OUTBOUND_ALLOW?: string;
  /** A table, or its JSON text. */
  readonly BUCKETS?: unknown;
  /** Read by `runtime/integrations/apigateway/settings`. */
  readonly API_ENDPOINTS?: unknown;
  /** Read by `runtime/integrations/cloudflare/bindings`. */
  readonly TASK_BINDINGS?: string;
  /** Read by `api/throttling`. */
  readonly THROTTLING?: string;
  readonly QUOTAS?: string;
  readonly RETENTION_DAYS?: string;
  readonly RETENTION_ARCHIVE?: string;
  readonly LOG_SINKS?: string;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string;
  readonly OTEL_EXPORTER_OTLP_HEADERS?: string;
  readonly METRICS_ENDPOINT?: string;
  readonly LOG_QUEUE?: Queue<LogMessage>;
  readonly METRICS?: AnalyticsEngineDataset;
  readonly EVENTS_QUEUE?: Queue<EventMessage | RuleMessage>;
  readonly MESSAGES_QUEUE?: Queue<DeliveryMessage>;
  /** Read by `runtime/queues/settings`: a table, or its JSON text. */
  readonly QUEUES?: unknown;
  /** Read by `runtime/email/settings`. */
  readonly EMAIL?: string;
  readonly EMAIL_FROM?: string;
}

export interface Config {
  /** As it stands in ARNs. */
  readonly accountId: string;
  readonly region: string;
  /** The origin under which people reach this Worker; undefined: not set. */
  readonly publicUrl: string | undefined;
  readonly watchdogSeconds: number;
  /** How long GetActivityTask waits for a task. */
  readonly activityPollSeconds: number;
  /** How long `POST /run` waits for a Standard execution, unless the request says. */
  readonly runTimeoutSeconds: number;
  /** Seals task tokens and stored secrets by SECRET_KEYS. */
  readonly sealer: Sealer;
  /** Where requests may go whose URLs somebody gave. */
  readonly outbound: OutboundRules;
  /** The R2 bindings of buckets that are not folders in OBJECTS, by the buckets' names. */
  readonly buckets: Readonly<Record<string, string>>;
  /** The queues that are queue bindings of your own. */
  readonly queues: BoundQueues;
  /** What else puts events. */
  readonly eventSources: EventSources;
  /** undefined: no e-mail is sent. */
  readonly email: EmailConfig | undefined;
  /** Where APIs are that definitions name as API Gateway's. */
  readonly apiEndpoints: ApiEndpoints;
  /** The bindings of wrangler.toml that tasks may use. */
  readonly taskBindings: TaskBindings;
  readonly quotas: Quotas;
  /** How long an execution is kept after its end, milliseconds; undefined: for ever. */
  readonly retentionMs: number | undefined;
  /** Whether it is written to R2 before it is deleted. */
  readonly retentionArchive: boolean;
  readonly observability: Observability;
  readonly aws: AwsSettings;
}

type Settings = Pick<
  Env,
  | "ACCOUNT_ID"
  | "REGION"
  | "PUBLIC_URL"
  | "WATCHDOG_SECONDS"
  | "ACTIVITY_POLL_SECONDS"
  | "SECRET_KEYS"
  | "BUCKETS"
  | "QUEUES"
  | "API_ENDPOINTS"
  | "TASK_BINDINGS"
  | "QUOTAS"
  | "RETENTION_DAYS"
  | "RETENTION_ARCHIVE"
> &
  AwsEnv &
  EmailSettings &
  ObservabilitySettings &
  OutboundSettings &
  RunSettings &
  SourceSettings;

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
  const archive = env.RETENTION_ARCHIVE ?? "false";
  if (archive !== "true" && archive !== "false") throw new Error('RETENTION_ARCHIVE must be "true" or "false"');
  return {
    accountId,
    region,
    publicUrl: readPublicUrl(env.PUBLIC_URL ?? ""),
    watchdogSeconds,
    activityPollSeconds,
    runTimeoutSeconds: readRunTimeout(env),
    sealer: createSealer(env.SECRET_KEYS),
    outbound: readOutbound(env),
    buckets: readBuckets(env.BUCKETS),
    queues: readQueues(env.QUEUES),
    eventSources: readEventSources(env),
    email: readEmail(env),
    apiEndpoints: readApiEndpoints(env.API_ENDPOINTS),
    taskBindings: readTaskBindings(env.TASK_BINDINGS),
    quotas: env.QUOTAS === undefined ? DEFAULT_QUOTAS : readQuotas(env.QUOTAS),
    retentionMs: readRetention(env.RETENTION_DAYS ?? "90"),
    retentionArchive: archive === "true",
    observability: readObservability(env),
    aws: readAws(env, region),
  };
}

/** Links are put together of it and a path. */
function readPublicUrl(given: string): string | undefined {
  if (given === "") return undefined;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isOrigin = url !== undefined && /^https?:$/u.test(url.protocol) && given.replace(/\/$/u, "") === url.origin;
  if (isOrigin) return url.origin;
  throw new Error(
    "PUBLIC_URL must be the address of this Worker without a path, such as https://stepflare.example.com",
  );
}

function readBuckets(given: unknown): Config["buckets"] {
  const table = readTable(given);
  const isRow = ([name, binding]: [string, unknown]): boolean => isBucketName(name) && typeof binding === "string";
  if (table !== undefined && Object.entries(table).every(isRow)) return table as Config["buckets"];
  throw new Error(
    'BUCKETS must be a JSON object from names of buckets to names of R2 bindings: {"my-bucket": "MY_BUCKET"}',
  );
}

/** Fractions are allowed, so that retention can be tried out. */
function readRetention(days: string): number | undefined {
  if (days === "forever") return undefined;
  if (!/^\d+(?:\.\d+)?$/u.test(days) || Number(days) > MAX_RETENTION_DAYS)
    throw new Error(`RETENTION_DAYS must be a number of days up to ${MAX_RETENTION_DAYS}, or "forever"`);
  return Number(days) * DAY_MS;
}

const DAY_MS = 86_400_000;
const MAX_RETENTION_DAYS = 36_500;
