/** The same action, performed by a task of ours and by AWS's own client: what each sends, and what each makes of the same answer. */
import { Readable } from "node:stream";
import aws4 from "aws4";
import { parseResource } from "../../src/asl/resource.ts";
import { isArray, isObject, type Json, type JsonObject } from "../../src/asl/json.ts";
import { Payload } from "../../src/data/payload.ts";
import type { TaskId } from "../../src/engine/execution.ts";
import { onAws, type ElsewhereHost } from "../../src/runtime/integrations/aws/elsewhere.ts";
import { readAws, type AwsEnv } from "../../src/runtime/integrations/aws/settings.ts";
import type { TaskAnswer, TaskCall } from "../../src/runtime/tasks/task-call.ts";
import { sdkMemberName } from "../../src/services/naming.ts";

export const KEYS = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
export const REGION = "eu-central-1";
const MACHINE = `arn:aws:states:${REGION}:123456789012:stateMachine:m`;
export const EXECUTION = `arn:aws:states:${REGION}:123456789012:execution:m:e`;

export interface SentRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

export interface GivenAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export function responseOf({ status = 200, headers = {}, body = "" }: GivenAnswer): Response {
  return new Response(status === 204 ? null : body, { status, headers });
}

/** A task's call. @param name such as `aws-sdk:sqs:sendMessage`, or a whole ARN */
export function taskCall(name: string, parameters: Json): TaskCall {
  const resource = parseResource(name.startsWith("arn:") ? name : `arn:aws:states:::${name}`);
  if (resource === undefined) throw new Error(`no resource: ${name}`);
  return {
    type: "ScheduleTask",
    taskId: "0-1" as TaskId,
    stateName: "T",
    resource,
    parameters: Payload.of(parameters),
    enteredAt: 0,
    retryCount: 0,
    executionArn: EXECUTION,
    stateMachineArn: MACHINE,
    idempotencyKey: `${EXECUTION}#0-1`,
    maxPayloadBytes: 262_144,
  };
}

export interface Performed {
  readonly answer: TaskAnswer;
  readonly sent: readonly SentRequest[];
}

/** What a task finds, beside the answers. */
export interface Waiting {
  readonly memory?: Map<string, JsonObject>;
  readonly signal?: AbortSignal;
  readonly pause?: ElsewhereHost["pause"];
  readonly roles?: ElsewhereHost["roles"];
  /** Epoch milliseconds. */
  readonly now?: number;
  /** Of the task's Credentials. */
  readonly roleArn?: string;
}

/** Performs a task; each request is answered with the next of the answers, the last one again and again. */
export async function perform(
  name: string,
  parameters: Json,
  answers: readonly (GivenAnswer | Error)[] = [{}],
  env: AwsEnv = KEYS,
  {
    memory = new Map(),
    signal = new AbortController().signal,
    pause = async () => undefined,
    roles = new Map(),
    now = 0,
    roleArn,
  }: Waiting = {},
): Promise<Performed> {
  const sent: SentRequest[] = [];
  const host: ElsewhereHost = {
    settings: () => readAws(env, REGION),
    send: async (url, init) => {
      const answer = answers[Math.min(sent.length, answers.length - 1)] ?? {};
      sent.push(await sentRequest(url, init));
      if (answer instanceof Error) throw answer;
      return responseOf(answer);
    },
    memory: {
      read: async (key) => memory.get(key),
      write: async (key, begun) => {
        memory.set(key, begun);
      },
      forget: async (key) => {
        memory.delete(key);
      },
    },
    roles,
    now: () => now,
    pause,
  };
  const call = { ...taskCall(name, parameters), ...(roleArn !== undefined && { roleArn }) };
  return { answer: await onAws(host).perform(call, signal), sent };
}

export async function sentRequest(url: string, init: RequestInit): Promise<SentRequest> {
  const request = new Request(url, init);
  return { method: request.method, url: new URL(url), headers: request.headers, body: await request.text() };
}

/** What a task's answer says, of either kind. */
export function shown(answer: TaskAnswer): Json {
  return answer.kind === "failed" ? { ...answer.failure } : answer.output.value;
}

/** The signature that another signer gives the same request. */
export function signatureOf(request: SentRequest, service: string, region: string): string | undefined {
  const { method, url, headers, body } = request;
  const signedNames =
    /SignedHeaders=(?<names>[^,]+)/u.exec(headers.get("authorization") ?? "")?.groups?.["names"] ?? "";
  const names = signedNames.split(";").filter((name) => name !== "host");
  const signed = aws4.sign(
    {
      method,
      service,
      region,
      host: url.host,
      path: url.pathname + url.search,
      headers: { Host: url.host, ...Object.fromEntries(names.map((name) => [name, headers.get(name) ?? ""])) },
      body,
      extraHeadersToIgnore: { "content-type": true, "content-length": true },
    } as aws4.Request,
    { accessKeyId: KEYS.AWS_ACCESS_KEY_ID, secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY },
  );
  return String(signed.headers?.["Authorization"] ?? "");
}

interface SdkRequest {
  readonly method: string;
  readonly hostname: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Options of an SDK's client whose requests are kept, and answered with the answer. */
export function clientOptions(answer: GivenAnswer, sent: SentRequest[]): object {
  return {
    region: REGION,
    credentials: { accessKeyId: KEYS.AWS_ACCESS_KEY_ID, secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY },
    maxAttempts: 1,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      handle: async (request: SdkRequest) => {
        const fields = Object.entries(request.query ?? {}).flatMap(([name, value]): [string, string][] =>
          (Array.isArray(value) ? value : [value ?? ""]).map((each: string) => [name, each]),
        );
        const query = fields.length === 0 ? "" : `?${new URLSearchParams(fields).toString()}`;
        const { body = "" } = request;
        sent.push({
          method: request.method,
          url: new URL(`https://${request.hostname}${request.path}${query}`),
          headers: new Headers(request.headers),
          body: typeof body === "string" ? body : new TextDecoder().decode(body),
        });
        const { status: statusCode = 200, headers = {}, body: text = "" } = answer;
        return { response: { statusCode, headers, body: Readable.from([Buffer.from(text)]) } };
      },
      metadata: { handlerProtocol: "h1" },
    },
  };
}

/** A request without what the two do not have to agree about. */
export function essence({ method, url, headers, body }: SentRequest): JsonObject {
  const type = headers.get("content-type");
  const kept = [...headers].filter(([name]) => name === "x-amz-target" || /^x-amz-(?:meta|copy)-/u.test(name));
  return {
    method,
    host: url.host,
    path: decodeURIComponent(url.pathname),
    query: [...url.searchParams]
      .filter(([name]) => name !== "x-id")
      .map((field) => field.join("="))
      .sort(),
    ...(body !== "" && { type: (type ?? "").replace(/;.*$/u, "") }),
    headers: Object.fromEntries(kept),
    body: bodyOf(type ?? "", body),
  };
}

function bodyOf(type: string, body: string): Json {
  if (body === "") return null;
  if (type.includes("json")) return JSON.parse(body) as Json;
  if (type.includes("form")) return [...new URLSearchParams(body)].map((field) => field.join("=")).sort();
  return body.replace(/^<\?xml[^>]*>/u, "");
}

/** What the SDK answers, in the spelling of an `aws-sdk:` integration. */
export function sdkShown(value: unknown): Json {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (Array.isArray(value)) return value.map(sdkShown);
  if (typeof value !== "object" || value === null) return value as Json;
  const members = Object.entries(value).filter(([name, member]) => name !== "$metadata" && member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [sdkMemberName(name), sdkShown(member)]));
}

/** The members of a result that are not the SDK's own. */
export function withoutMetadata(value: Json): Json {
  if (isArray(value) || !isObject(value)) return value;
  const { SdkHttpMetadata: _, SdkResponseMetadata: __, ...rest } = value;
  return rest;
}
