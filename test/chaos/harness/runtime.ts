/**
 * The bundle in workerd, with state on disk, to be killed and started again within a fraction of a second.
 *
 * Miniflare makes the configuration, its simulators of D1 and R2 included, and is shown a stand-in instead of workerd; each
 * life of the real one is started here, on that configuration, and ended by its own process id.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Miniflare, type V4MiniflareOptions } from "miniflare";
import { applyMigrations } from "../../../scripts/dev-server.ts";

const PROJECT: string = resolve(fileURLToPath(new URL("../../..", import.meta.url)));
const WORKERD: string = join(PROJECT, "node_modules/.bin/workerd");
const STAND_IN: string = fileURLToPath(new URL("stand-in-for-workerd.sh", import.meta.url));
const WORKERS: URL = new URL("../workers/", import.meta.url);
const WRANGLER_TOML: string = readFileSync(join(PROJECT, "wrangler.toml"), "utf8");
const COMPATIBILITY_DATE: string = /^compatibility_date = "(.+)"$/mu.exec(WRANGLER_TOML)?.[1] ?? "";
const COMPATIBILITY_FLAGS = JSON.parse(
  /^compatibility_flags = (\[.*\])$/mu.exec(WRANGLER_TOML)?.[1] ?? "[]",
) as string[];
/** The functions are on this machine. */
const VARS = {
  ALLOW_UNAUTHENTICATED: "true",
  OUTBOUND_ALLOW: "loopback",
  WATCHDOG_SECONDS: "2",
  ACTIVITY_POLL_SECONDS: "2",
};
/** The `database_id` of wrangler.toml: migrations are applied by wrangler. */
const DATABASE_ID = "00000000-0000-0000-0000-000000000000";
const LISTENS_WITHIN_MS = 60_000;

export interface RuntimeOptions {
  readonly port: number;
  /** The folder with the bundle's `index.js`. */
  readonly bundle: string;
  /** Other bundles that a later life may be started with. */
  readonly otherBundles?: readonly string[];
  /** Where the state is kept. */
  readonly persistTo: string;
  /** Of the queues' broker. */
  readonly seed: number;
  /** Whether the queues' broker loses, doubles and reorders; else it delivers as it should. */
  readonly hostileQueues: boolean;
  readonly vars?: Readonly<Record<string, string>>;
  /** Hears what the runtime writes, line by line. */
  readonly onLine?: (line: string) => void;
}

export interface Runtime {
  readonly port: number;
  /** The process id of the present life. */
  readonly pid: number;
  /** How long the present life took until it listened. */
  readonly bootMs: number;
  /** Ends workerd at once (SIGKILL) and waits until the process is gone. */
  kill(): Promise<void>;
  /** Starts it again on what is stored, with another of its bundles if one is named. */
  start(bundle?: string): Promise<void>;
  stop(): Promise<void>;
}

/** Prepares the database where there is none yet, and starts the first life. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { port, persistTo } = options;
  mkdirSync(persistTo, { recursive: true });
  if (!existsSync(join(persistTo, "v3/d1"))) applyMigrations(persistTo);
  const recordings = new Map<string, Recording>();
  for (const bundle of [options.bundle, ...(options.otherBundles ?? [])]) {
    recordings.set(bundle, await record({ ...options, bundle }));
  }

  let life: Life | undefined;
  const alive = (): Life => {
    if (life === undefined) throw new Error("workerd was killed and not started again");
    return life;
  };
  const kill = async (): Promise<void> => {
    const { child, exited } = alive();
    life = undefined;
    child.kill("SIGKILL");
    await exited;
  };
  const start = async (bundle: string = options.bundle): Promise<void> => {
    const recording = recordings.get(bundle);
    if (recording === undefined) throw new Error(`The runtime has no bundle ${bundle}`);
    life = await begin(recording, options.onLine);
  };
  // A life that outlived this process would keep the port.
  const last = (): void => void life?.child.kill("SIGKILL");
  process.once("exit", last);
  await start();
  return {
    port,
    get pid() {
      return alive().child.pid ?? 0;
    },
    get bootMs() {
      return alive().bootMs;
    },
    kill,
    start,
    stop: async () => {
      if (life !== undefined) await kill();
      process.off("exit", last);
      for (const { miniflare } of recordings.values()) await miniflare.dispose();
    },
  };
}

/** What miniflare would start workerd with. Its own services stay up until it is disposed of. */
interface Recording {
  readonly miniflare: Miniflare;
  readonly config: Buffer;
  readonly given: readonly string[];
}

async function record(options: RuntimeOptions): Promise<Recording> {
  const folder = mkdtempSync(join(tmpdir(), "stepflare-runtime-"));
  const before = process.env["MINIFLARE_WORKERD_PATH"];
  process.env["MINIFLARE_WORKERD_PATH"] = STAND_IN;
  process.env["STAND_IN_FOLDER"] = folder;
  process.env["STAND_IN_PORT"] = String(options.port);
  try {
    const miniflare = new Miniflare(convertV4MiniflareOptions(workersOf(options)));
    await miniflare.ready;
    const config = readFileSync(join(folder, "config"));
    const given = readFileSync(join(folder, "arguments"), "utf8").trimEnd().split("\n");
    return { miniflare, config, given };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    if (before === undefined) delete process.env["MINIFLARE_WORKERD_PATH"];
    else process.env["MINIFLARE_WORKERD_PATH"] = before;
  }
}

/** The Worker as wrangler.toml has it, except that its queues are the broker's. */
function workersOf(options: RuntimeOptions): V4MiniflareOptions {
  const { bundle, port, persistTo, seed, hostileQueues, vars = {} } = options;
  const queue = (entrypoint: string): { name: string; entrypoint: string } => ({ name: "broker", entrypoint });
  const object = (className: string): { className: string; useSQLite: true } => ({ className, useSQLite: true });
  return {
    port,
    host: "127.0.0.1",
    cf: false,
    resourcePersistencePath: join(persistTo, "v3"),
    workers: [
      {
        name: "stepflare",
        rootPath: bundle,
        modules: [
          { type: "ESModule", path: "entry.js", contents: source("entry.ts") },
          { type: "ESModule", path: "index.js", contents: readFileSync(join(bundle, "index.js"), "utf8") },
        ],
        compatibilityDate: COMPATIBILITY_DATE,
        compatibilityFlags: COMPATIBILITY_FLAGS,
        durableObjects: {
          EXECUTION: object("ExecutionObject"),
          ACTIVITY: object("ActivityObject"),
          MAP_RUN: object("MapRunObject"),
          BROKER: { ...object("BrokerObject"), scriptName: "broker" },
        },
        d1Databases: { CATALOGUE: DATABASE_ID },
        r2Buckets: { OBJECTS: "stepflare-objects" },
        serviceBindings: {
          STATUS_QUEUE: queue("StatusQueue"),
          EXPRESS_QUEUE: queue("ExpressQueue"),
          MAP_QUEUE: queue("MapQueue"),
          EVENTS_QUEUE: queue("EventsQueue"),
        },
        bindings: { ...VARS, ...vars },
      },
      {
        name: "broker",
        modules: [{ type: "ESModule", path: "broker.js", contents: source("broker.ts") }],
        compatibilityDate: COMPATIBILITY_DATE,
        compatibilityFlags: ["service_binding_extra_handlers"],
        durableObjects: { BROKER: object("BrokerObject") },
        serviceBindings: { STEPFLARE: "stepflare" },
        bindings: { SEED: seed, HOSTILE: hostileQueues },
      },
    ],
  };
}

/** A Worker of the harness; it imports nothing that has to be bundled. */
function source(name: string): string {
  return stripTypeScriptTypes(readFileSync(new URL(name, WORKERS), "utf8"));
}

interface Life {
  readonly child: ChildProcess;
  readonly bootMs: number;
  readonly exited: Promise<void>;
}

async function begin({ given, config }: Recording, onLine?: (line: string) => void): Promise<Life> {
  const startedAt = Date.now();
  const child = spawn(WORKERD, given, { stdio: ["pipe", "pipe", "pipe", "pipe"] });
  const exited = new Promise<void>((settle) => {
    child.once("exit", () => settle());
    child.once("error", () => settle());
  });
  const written: string[] = [];
  const hear = (line: string): void => {
    if (written.length < 100) written.push(line);
    onLine?.(line);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on("line", hear);
  const listens = new Promise<boolean>((settle) => {
    const control = child.stdio[3] as Readable;
    createInterface(control).on("line", (line) => {
      if (line.includes('"entry"')) settle(true);
    });
    void exited.then(() => settle(false));
    setTimeout(() => settle(false), LISTENS_WITHIN_MS).unref();
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(config);
  if (!(await listens)) {
    child.kill("SIGKILL");
    throw new Error(`workerd did not start:\n${written.join("\n")}`);
  }
  return { child, bootMs: Date.now() - startedAt, exited };
}
