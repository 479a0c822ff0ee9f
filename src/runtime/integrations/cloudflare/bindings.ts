/**
 * Which of wrangler.toml's bindings tasks may use, and what they are.
 *
 * B1. Stepflare's own bindings are out of reach whatever the settings say: a definition would read keys and histories there.
 * B2. What a binding is, is asked of the binding: the wrong kind is told, not tried.
 */
import type { Env } from "../../../env.ts";

/** undefined: none; `*`: whatever is not Stepflare's own. */
export type TaskBindings = ReadonlySet<string> | "*" | undefined;

/** What is bound, beside settings, which are texts or tables. */
type OwnBinding = {
  [Name in keyof Env]-?: unknown extends Env[Name] ? never : NonNullable<Env[Name]> extends string ? never : Name;
}[keyof Env];

/** The compiler sees to it that none is forgotten. */
const OWN: Readonly<Record<OwnBinding, true>> = {
  ACTIVITY: true,
  ASSETS: true,
  CATALOGUE: true,
  EVENTS_QUEUE: true,
  EXECUTION: true,
  EXPRESS_QUEUE: true,
  LOG_QUEUE: true,
  MAP_QUEUE: true,
  MAP_RUN: true,
  MESSAGES_QUEUE: true,
  METRICS: true,
  OBJECTS: true,
  SCHEDULE: true,
  STATUS_QUEUE: true,
  TABLE: true,
};

const isOwn = (name: string): boolean => Object.hasOwn(OWN, name);

/** Throws an error that names the setting and what it takes. */
export function readTaskBindings(given = ""): TaskBindings {
  const names = given
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0) return undefined;
  if (names.length === 1 && names[0] === "*") return "*";
  const own = names.find(isOwn);
  if (own !== undefined) throw new Error(`TASK_BINDINGS must not name ${own}, which is Stepflare's own`);
  if (names.every((name) => /^[A-Za-z_$][\w$]*$/u.test(name))) return new Set(names);
  throw new Error('TASK_BINDINGS must be a list of names of bindings such as MY_KV, MY_DB, or "*" for all of your own');
}

export interface BindingKinds {
  readonly ai: Ai;
  readonly analytics: AnalyticsEngineDataset;
  readonly d1: D1Database;
  readonly email: SendEmail;
  readonly kv: KVNamespace;
  readonly queue: Queue;
  readonly r2: R2Bucket;
  readonly vectorize: Vectorize;
  readonly worker: Fetcher;
  readonly workflow: Workflow;
}

export type BindingKind = keyof BindingKinds;

interface KindFacts {
  /** As errors name the service. */
  readonly service: string;
  readonly title: string;
  /** What it has that no other kind has. */
  readonly members: readonly string[];
}

export const KINDS: Readonly<Record<BindingKind, KindFacts>> = {
  ai: { service: "AI", title: "Workers AI binding", members: ["run"] },
  analytics: { service: "Analytics", title: "Analytics Engine dataset", members: ["writeDataPoint"] },
  d1: { service: "D1", title: "D1 database", members: ["prepare", "batch"] },
  email: { service: "Email", title: "send_email binding", members: ["send"] },
  kv: { service: "KV", title: "KV namespace", members: ["getWithMetadata"] },
  queue: { service: "Queue", title: "queue's producer", members: ["sendBatch"] },
  r2: { service: "R2", title: "R2 bucket", members: ["createMultipartUpload"] },
  vectorize: { service: "Vectorize", title: "Vectorize index", members: ["upsert", "deleteByIds"] },
  worker: { service: "Worker", title: "service binding", members: ["fetch"] },
  workflow: { service: "Workflow", title: "Workflow", members: ["create", "get"] },
};

/** A failure that a task on Cloudflare's own ends with. */
export class CloudflareFault extends Error {
  override readonly name = "CloudflareFault";
  /** Such as `NoSuchKey`, behind the service's name. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Throws a CloudflareFault where tasks may not use it, or where it is something else. */
export function findTaskBinding<Kind extends BindingKind>(
  env: object,
  allowed: TaskBindings,
  kind: Kind,
  name: string,
): BindingKinds[Kind] {
  if (isOwn(name)) throw new CloudflareFault("BindingNotAllowed", `The binding '${name}' is Stepflare's own.`);
  if (allowed !== "*" && allowed?.has(name) !== true) {
    throw new CloudflareFault(
      "BindingNotAllowed",
      `The binding '${name}' is not among those that TASK_BINDINGS lists.`,
    );
  }
  const binding: unknown = Object.hasOwn(env, name) ? Reflect.get(env, name) : undefined;
  if (typeof binding === "object" && binding !== null && isOfKind(binding, kind)) return binding as BindingKinds[Kind];
  throw new CloudflareFault("BindingNotFound", `wrangler.toml binds no ${KINDS[kind].title} to '${name}'.`);
}

/** What is called over RPC says of any name that it has it; local e-mail is such a one. */
function isOfKind(binding: object, kind: BindingKind): boolean {
  if ("a name that nothing has" in binding) return kind === "worker" || kind === "email";
  const others = kind === "email" ? KINDS.queue.members : [];
  return KINDS[kind].members.every((name) => name in binding) && !others.some((name) => name in binding);
}
