/**
 * Runs Stepflare on this machine with `wrangler dev`, for start, tests and benches.
 *
 * V1. Server, bundler and runtime are one process group and end together: a runtime left behind would keep the port.
 * V2. Two servers never share a persist folder: each object would run twice.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export interface DevServerOptions {
  readonly port: number;
  /** Where the local state is kept; relative to the project's folder. */
  readonly persistTo: string;
  /** Another Worker's configuration: then no migrations are applied. */
  readonly configPath?: string;
  /** Replace vars of the configuration. */
  readonly vars?: Readonly<Record<string, string>>;
  readonly logLevel?: "debug" | "info" | "log" | "warn" | "error" | "none";
  /** Answers with a 2xx status once the Worker runs. */
  readonly healthPath?: string;
  /** Hears what the server writes, line by line. */
  readonly onLine?: (line: string) => void;
  /** Ends a server that is still starting. */
  readonly signal?: AbortSignal;
}

export interface DevServer {
  readonly endpoint: string;
  /** The group of all its processes; undefined where they have none. */
  readonly processGroup: number | undefined;
  /** Settles with the exit code when the server ended, for whatever reason. */
  readonly exited: Promise<number>;
  /** Sends the signal to all its processes at once; settles when they are gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Asks it to end, and kills it if it does not within a few seconds. */
  stop(): Promise<void>;
}

/** What went wrong, in words for whoever typed the command. */
export class DevServerError extends Error {
  override readonly name = "DevServerError";
}

const PROJECT: string = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const WRANGLER_TOML: string = join(PROJECT, "wrangler.toml");
const WRANGLER: string = join(PROJECT, "node_modules/wrangler/bin/wrangler.js");
/** No telemetry, no questions, and no download of a sample `request.cf`. */
const QUIET_ENV = { CI: "true", CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false" };
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 5_000;
const REMEMBERED_LINES = 40;

/** Applies the migrations, starts the server and waits until it answers. Throws a DevServerError that says why not. */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { port, configPath, logLevel = "log", healthPath = "/api/health" } = options;
  const persistTo = resolve(PROJECT, options.persistTo);
  if (await isListening(port)) {
    throw new DevServerError(
      `Port ${port} is in use. Stop what runs there, or choose another one: PORT=8788 npm start`,
    );
  }
  const lock = takeLock(persistTo);
  try {
    if (configPath === undefined) applyMigrations(persistTo);
  } catch (error) {
    rmSync(lock, { force: true });
    throw error;
  }

  const config = configPath === undefined ? localConfig() : { path: resolve(PROJECT, configPath), vars: {} };
  const where = ["--port", String(port), "--inspector-port", "0", "--persist-to", persistTo, "--config", config.path];
  const endpoint = `http://localhost:${port}`;
  // The examples call an API, which is the server itself.
  const apis = JSON.stringify({ "stepflare.execute-api.us-east-1.amazonaws.com": endpoint });
  // Another Worker than ours has no use for them.
  const own = configPath === undefined ? { PUBLIC_URL: endpoint, API_ENDPOINTS: apis } : {};
  // The server listens on this machine's own address, and functions on this machine may be called.
  const local = { OPEN_ON_LOOPBACK: "true", OUTBOUND_ALLOW: "loopback" };
  const vars = Object.entries({ ...local, ...own, ...config.vars, ...options.vars }).flatMap(([name, value]) => [
    "--var",
    `${name}:${value}`,
  ]);
  const how = ["--show-interactive-dev-session=false", "--log-level", logLevel, ...vars];
  const child = spawn(process.execPath, [WRANGLER, "dev", ...where, ...how], {
    cwd: PROJECT,
    env: { ...process.env, ...QUIET_ENV },
    detached: process.platform !== "win32",
    stdio: ["ignore", "pipe", "pipe"],
  });
  writeFileSync(lock, String(child.pid));
  const exited = exitOf(child).finally(() => rmSync(lock, { force: true }));
  const lastLines: string[] = [];
  readLines(child, (line) => {
    lastLines.push(line);
    if (lastLines.length > REMEMBERED_LINES) lastLines.shift();
    options.onLine?.(line);
  });

  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    signalGroup(child, signal);
    await exited;
    await isGone(port);
  };
  const stop = async (): Promise<void> => {
    signalGroup(child, "SIGTERM");
    await Promise.race([exited.then(() => isGone(port)), sleep(STOP_WITHIN_MS)]);
    await kill("SIGKILL");
  };

  const stopWaiting = new AbortController();
  const waiting = AbortSignal.any([stopWaiting.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  void exited.then(() => stopWaiting.abort());
  const isReady = await answers(endpoint + healthPath, waiting);
  const processGroup = process.platform === "win32" ? undefined : child.pid;
  if (isReady) return { endpoint, processGroup, exited, kill, stop };
  await kill("SIGKILL");
  throw new DevServerError(`The server did not start:\n${lastLines.join("\n")}`);
}

/** Brings the local database in that folder up to date; creates it where there is none. */
export function applyMigrations(persistTo: string): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [WRANGLER, "d1", "migrations", "apply", "stepflare", "--local", "--persist-to", persistTo],
    { cwd: PROJECT, env: { ...process.env, ...QUIET_ENV }, encoding: "utf8" },
  );
  if (status !== 0) throw new DevServerError(`The local database could not be prepared:\n${stdout}${stderr}`);
}

/** The file that says which process uses the folder (V2). */
function takeLock(persistTo: string): string {
  const lock = join(persistTo, "dev-server.pid");
  mkdirSync(persistTo, { recursive: true });
  const holder = Number(readIfThere(lock));
  if (holder > 0 && isAlive(holder)) {
    throw new DevServerError(
      `Another server (process ${holder}) uses the state in ${persistTo}. Stop it first; if there is none, delete ${lock}`,
    );
  }
  writeFileSync(lock, String(process.pid));
  return lock;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * wrangler.toml, with e-mail, of which none leaves this machine: wrangler keeps it in files. A deployment binds it only where its owner
 * has set it up, and no option of `wrangler dev` does. The copy lies beside it, as its paths and `.dev.vars` are relative to it.
 */
function localConfig(): { readonly path: string; readonly vars: Readonly<Record<string, string>> } {
  const text = readFileSync(WRANGLER_TOML, "utf8");
  if (/^\[\[send_email\]\]/mu.test(text)) return { path: WRANGLER_TOML, vars: {} };
  const local = `# Made of wrangler.toml by scripts/dev-server.ts.\n${text}\n[[send_email]]\nname = "MAIL"\n`;
  const path = join(PROJECT, "wrangler.local.toml");
  // A server that runs already reloads when it is written.
  if (!existsSync(path) || readFileSync(path, "utf8") !== local) writeFileSync(path, local);
  return { path, vars: { EMAIL: "MAIL" } };
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((settle) => {
    child.once("exit", (code) => settle(code ?? 1));
    child.once("error", () => settle(1));
  });
}

function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line.trimEnd());
    });
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  if (process.platform === "win32") {
    spawnSync("taskkill", ["/pid", String(child.pid), "/T", "/F"]);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** Whether it answers before the signal and within a minute. */
async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && !signal.aborted) {
    try {
      if ((await fetch(url, { signal })).ok) return true;
    } catch {
      // Not listening yet.
    }
    await sleep(100);
  }
  return false;
}

/** Waits until nothing listens any more: the runtime is a grandchild, whose end this process is not told of. */
async function isGone(port: number): Promise<void> {
  const deadline = Date.now() + STOP_WITHIN_MS;
  while (Date.now() < deadline && (await isListening(port))) await sleep(50);
}

async function isListening(port: number): Promise<boolean> {
  const found = await Promise.all(["127.0.0.1", "::1"].map((host) => accepts(host, port)));
  return found.includes(true);
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ host, port });
    const end = (accepted: boolean): void => {
      socket.destroy();
      settle(accepted);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.setTimeout(1000, () => end(false));
  });
}
