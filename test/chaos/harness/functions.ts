/** The functions that the workflows call, outside the runtime that is killed; each call is noted. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "./random.ts";
import { FUNCTIONS, type FunctionName } from "./workflows.ts";

/** The calls of one attempt of a task: the same key each time. */
interface Attempt {
  readonly keys: ReadonlySet<string>;
  readonly calls: number;
}

export interface ChaosFunctions {
  readonly port: number;
  /** By execution, state, item and retry. */
  readonly attempts: ReadonlyMap<string, Attempt>;
  /** The moment at which the execution of that name called `done` first. */
  readonly doneAt: ReadonlyMap<string, number>;
  /** Calls that are under way, by the state that made them. */
  readonly inFlight: ReadonlyMap<string, number>;
  stop(): void;
}

export interface FunctionsHost {
  readonly random: Random;
  /** A task asks for a callback. Called for each delivery of the call. */
  ask(taskToken: string): void;
  done(executionName: string): void;
}

export async function startFunctions(host: FunctionsHost): Promise<ChaosFunctions> {
  const attempts = new Map<string, Attempt>();
  const doneAt = new Map<string, number>();
  const inFlight = new Map<string, number>();
  // The caller keeps its connections: one that is closed just as it is used again would look like a function that is down.
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    void handle(request, response);
  });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const stateName = String(request.headers["stepflare-state-name"]);
    inFlight.set(stateName, (inFlight.get(stateName) ?? 0) + 1);
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const name = (request.url ?? "").slice(1) as FunctionName;
      const input = JSON.parse(Buffer.concat(chunks).toString() || "{}") as Record<string, unknown>;
      note(request, input);
      await answer(name, input, request, response);
    } catch {
      // The caller was killed in the middle of its request.
      response.destroy();
    } finally {
      inFlight.set(stateName, (inFlight.get(stateName) ?? 1) - 1);
    }
  };

  const note = ({ headers }: IncomingMessage, input: Record<string, unknown>): void => {
    const place = ["stepflare-execution-arn", "stepflare-state-name", "stepflare-retry-count"].map((x) => headers[x]);
    const id = [...place, input["i"]].join("|");
    const known = attempts.get(id);
    const keys = new Set(known?.keys).add(String(headers["idempotency-key"]));
    attempts.set(id, { keys, calls: (known?.calls ?? 0) + 1 });
  };

  const answer = async (
    name: FunctionName,
    input: Record<string, unknown>,
    { headers }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const { random } = host;
    switch (name) {
      case "work":
        // Most are quick; some are still under way when the runtime is killed.
        await sleep(random.hits(0.2) ? 200 + random.below(600) : random.below(20));
        return send(response, { worked: input["i"] ?? input["n"] });
      case "flaky":
        if (headers["stepflare-retry-count"] === "0") return sendError(response, "Unlucky");
        return send(response, "lucky");
      case "broken":
        return sendError(response, "Broken");
      case "ask":
        host.ask(String(input["token"]));
        return send(response, "asked");
      case "done": {
        const executionName = String(input["name"]);
        if (!doneAt.has(executionName)) doneAt.set(executionName, Date.now());
        host.done(executionName);
        return send(response, null);
      }
    }
  };

  server.listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    attempts,
    doneAt,
    inFlight,
    stop: () => stopServer(server),
  };
}

/** What the functions are registered under, with their addresses. */
export function functionUrls({ port }: ChaosFunctions): readonly (readonly [string, string])[] {
  return FUNCTIONS.map((name) => [name, `http://127.0.0.1:${port}/${name}`]);
}

function send(response: ServerResponse, result: unknown): void {
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(result));
}

function sendError(response: ServerResponse, errorType: string): void {
  const headers = { "Content-Type": "application/json", "X-Amz-Function-Error": "Unhandled" };
  response.writeHead(200, headers).end(JSON.stringify({ errorType, errorMessage: "by chance" }));
}

function stopServer(server: Server): void {
  server.closeAllConnections();
  server.close();
}
