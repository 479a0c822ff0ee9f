/** A client that does not give up: what is lost with a killed server, or refused for a while, is sent again until it is answered. */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ChaosClient {
  /** One try; throws where no answer comes. */
  once(operation: string, input: object): Promise<ApiAnswer>;
  /** Until it is answered by something else than "later": success, or a refusal of the API. */
  call(operation: string, input: object): Promise<ApiAnswer>;
  /** One try at another address of the server: its text, or undefined where none comes. */
  send(method: string, path: string, body?: string): Promise<string | undefined>;
  /** Requests that were sent and not answered yet, by operation. */
  readonly inFlight: ReadonlyMap<string, number>;
  /** Answers that no client can do anything with: a 500, or a 5xx without a type. */
  readonly untyped: readonly string[];
  close(): void;
}

/** How long an answer may take. A server that is slower than this hangs. */
const TIMEOUT_MS = 30_000;
const PAUSE_MS = 50;

export function chaosClient(port: number): ChaosClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 512 });
  const inFlight = new Map<string, number>();
  const untyped: string[] = [];

  const exchange = (method: string, path: string, headers: Record<string, string>, text?: string): Promise<Exchanged> =>
    new Promise((settle, fail) => {
      const options = { agent, host: "127.0.0.1", port, method, path, headers, timeout: TIMEOUT_MS };
      const sent = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => settle({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
        response.on("error", fail);
        response.on("aborted", () => fail(new Error("the answer was cut off")));
      });
      sent.on("timeout", () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      sent.on("error", fail);
      sent.end(text);
    });

  const once = async (operation: string, input: object): Promise<ApiAnswer> => {
    inFlight.set(operation, (inFlight.get(operation) ?? 0) + 1);
    try {
      const headers = {
        "x-amz-target": `AWSStepFunctions.${operation}`,
        "content-type": "application/x-amz-json-1.0",
      };
      const { status, text } = await exchange("POST", "/", headers, JSON.stringify(input));
      const body = parsed(text);
      if (status === 500 || (status >= 500 && typeof body["__type"] !== "string")) {
        untyped.push(`${operation}: ${status} ${text.slice(0, 300)}`);
      }
      return { status, body };
    } finally {
      inFlight.set(operation, (inFlight.get(operation) ?? 1) - 1);
    }
  };

  const call = async (operation: string, input: object): Promise<ApiAnswer> => {
    for (;;) {
      try {
        const answer = await once(operation, input);
        if (answer.status < 500 && answer.status !== 429) return answer;
      } catch {
        // The server is down, or went down before it answered.
      }
      await sleep(PAUSE_MS);
    }
  };

  const send = async (method: string, path: string, body?: string): Promise<string | undefined> => {
    try {
      const { status, text } = await exchange(method, path, {}, body);
      return status < 300 ? text : undefined;
    } catch {
      return undefined;
    }
  };
  return { once, call, send, inFlight, untyped, close: () => agent.destroy() };
}

interface Exchanged {
  readonly status: number;
  readonly text: string;
}

function parsed(text: string): ApiAnswer["body"] {
  try {
    return JSON.parse(text) as ApiAnswer["body"];
  } catch {
    return {};
  }
}
