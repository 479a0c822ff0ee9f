/** A server of its own for a test file: a free port, a folder of its own, the real SDK, and functions that live in the test. */
import { spawnSync } from "node:child_process";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SFNClient } from "@aws-sdk/client-sfn";
import { startDevServer, type DevServer } from "../../scripts/dev-server.ts";

export const ROLE = "arn:aws:iam::123456789012:role/test";

export interface TestServer {
  readonly endpoint: string;
  /** The folder of all that it keeps; deleted when it is stopped. */
  readonly persistTo: string;
  readonly client: SFNClient;
  /** Ends every process of the server at once, as a crash does, and starts it again on what is stored. */
  crash(whileDown: () => void): Promise<void>;
  stop(): Promise<void>;
}

/** @param vars replace vars of wrangler.toml @param onLine hears what the server writes */
export async function startTestServer(
  vars: Readonly<Record<string, string>> = {},
  onLine?: (line: string) => void,
): Promise<TestServer> {
  const persistTo = mkdtempSync(join(tmpdir(), "stepflare-test-"));
  const port = await freePort();
  const start = (): Promise<DevServer> =>
    startDevServer({
      port,
      persistTo,
      logLevel: onLine === undefined ? "warn" : "log",
      vars: { WATCHDOG_SECONDS: "2", ...vars },
      ...(onLine !== undefined && { onLine }),
    });
  let server = await start();
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const { endpoint } = server;
  const client = new SFNClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  return {
    endpoint,
    persistTo,
    client,
    crash: async (whileDown) => {
      await server.kill("SIGKILL");
      whileDown();
      server = await start();
    },
    stop: async () => {
      client.destroy();
      await server.stop();
      rmSync(persistTo, { recursive: true, force: true });
    },
  };
}

/** Asks for keys, and checks them. */
export const GUARDED: Readonly<Record<string, string>> = {
  OPEN_ON_LOOPBACK: "false",
  SECRET_KEYS: Buffer.from("the end-to-end tests' 32 byte key").subarray(0, 32).toString("base64"),
};

/** `npm run keys` with these words, on that server. What it prints, by name; throws what it complains of. */
export function runKeys(server: TestServer, words: readonly string[], key?: string): Readonly<Record<string, string>> {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["scripts/keys.ts", ...words, "--endpoint", server.endpoint, "--persist-to", server.persistTo],
    { encoding: "utf8", env: { ...process.env, STEPFLARE_KEY: key } },
  );
  if (status !== 0) throw new Error(stderr);
  const lines = stdout.split("\n").map((line) => /^(\w+)=(.*)$/u.exec(line));
  return Object.fromEntries(lines.flatMap((match) => (match === null ? [] : [[match[1] ?? "", match[2] ?? ""]])));
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** An access key that may do everything, made as its readers would make it. */
export function newCredentials(server: TestServer): Credentials & { readonly bearer: string } {
  const { STEPFLARE_KEY: bearer = "" } = runKeys(server, ["first", "--local"]);
  const made = runKeys(server, ["create", "tester", "--policy", "admin"], bearer);
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = made;
  return { accessKeyId, secretAccessKey, bearer };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

export interface ReceivedCall {
  readonly functionName: string;
  readonly input: unknown;
  readonly headers: IncomingHttpHeaders;
}

/** Functions over HTTP, registered by their URLs. */
export class TestFunctions {
  readonly calls: ReceivedCall[] = [];
  readonly #server: Server;
  readonly #answers: Map<string, (call: ReceivedCall) => unknown> = new Map();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<TestFunctions> {
    const server = createServer();
    const functions = new TestFunctions(server);
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        void (async () => {
          const functionName = (request.url ?? "").slice(1);
          const text = Buffer.concat(chunks).toString();
          const call = { functionName, input: JSON.parse(text || "{}") as unknown, headers: request.headers };
          functions.calls.push(call);
          const answer = await functions.#answers.get(functionName)?.(call);
          response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(answer ?? null));
        })();
      });
    });
    server.listen(0, "127.0.0.1");
    await new Promise((listening) => server.once("listening", listening));
    return functions;
  }

  async register(endpoint: string, name: string, answer: (call: ReceivedCall) => unknown): Promise<void> {
    this.#answers.set(name, answer);
    const { port } = this.#server.address() as AddressInfo;
    const body = JSON.stringify({ url: `http://127.0.0.1:${port}/${name}` });
    const response = await fetch(`${endpoint}/api/functions/${name}`, { method: "PUT", body });
    if (!response.ok) throw new Error(`the function ${name} could not be registered: ${await response.text()}`);
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** Reads until it is so, at most that many seconds. */
export async function until<T>(seconds: number, read: () => Promise<T>, done: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await read();
    if (done(value)) return value;
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${JSON.stringify(value)}`);
    await sleep(100);
  }
}
