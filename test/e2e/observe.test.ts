/** What is observed of executions by the front door: a collector that speaks OTLP, subscribers, the metrics of a scraper. */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  type LoggingConfiguration,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROLE, startTestServer, TestFunctions, until, type TestServer } from "./server.ts";

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, string> }[];
}

/** Takes OTLP over HTTP, as a collector does. */
class Collector {
  readonly spans: OtlpSpan[] = [];
  readonly entries: Record<string, string>[] = [];
  readonly requests: IncomingHttpHeaders[] = [];
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      this.requests.push(request.headers);
      if (request.url === "/otel/v1/traces") {
        for (const { scopeSpans } of body.resourceSpans)
          for (const { spans } of scopeSpans) this.spans.push(...(spans as OtlpSpan[]));
      } else if (request.url === "/otel/v1/logs") {
        for (const { scopeLogs } of body.resourceLogs)
          for (const { logRecords } of scopeLogs)
            for (const record of logRecords) this.entries.push(JSON.parse(record.body.stringValue));
      }
      response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
    });
  });

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await new Promise((listening) => this.#server.once("listening", listening));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/otel`;
  }

  entriesOf(executionArn: string): readonly Record<string, string>[] {
    return this.entries.filter((entry) => entry["execution_arn"] === executionArn);
  }

  spansOf(traceId: string): readonly OtlpSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const collector = new Collector();
let server: TestServer;
let functions: TestFunctions;
let client: SFNClient;

beforeAll(async () => {
  server = await startTestServer({
    LOG_SINKS: "otlp,r2",
    OTEL_EXPORTER_OTLP_ENDPOINT: await collector.start(),
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20secret",
    METRICS_ENDPOINT: "true",
  });
  functions = await TestFunctions.start();
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const { endpoint } = server;
  client = new SFNClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1, disableHostPrefix: true });
});

afterAll(async () => {
  client.destroy();
  await server.stop();
  functions.stop();
  collector.stop();
});

const machine = (States: object): object => ({ StartAt: Object.keys(States)[0], States });
const call = (name: string, more: object = {}): object => ({
  Type: "Task",
  Resource: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
  End: true,
  ...more,
});
const ALL: LoggingConfiguration = {
  level: "ALL",
  includeExecutionData: true,
  destinations: [
    { cloudWatchLogsLogGroup: { logGroupArn: "arn:aws:logs:us-east-1:123456789012:log-group:/vended/x:*" } },
  ],
};

interface Wish {
  readonly type?: "EXPRESS" | "STANDARD";
  readonly loggingConfiguration?: LoggingConfiguration;
  readonly isTraced?: boolean;
}

async function create(name: string, definition: object, wish: Wish = {}): Promise<string> {
  const { type = "STANDARD", loggingConfiguration, isTraced = false } = wish;
  const input = {
    name,
    type,
    definition: JSON.stringify(definition),
    roleArn: ROLE,
    tracingConfiguration: { enabled: isTraced },
    ...(loggingConfiguration !== undefined && { loggingConfiguration }),
  };
  return (await client.send(new CreateStateMachineCommand(input))).stateMachineArn ?? "";
}

async function start(stateMachineArn: string, more: object = {}): Promise<string> {
  return (await client.send(new StartExecutionCommand({ stateMachineArn, ...more }))).executionArn ?? "";
}

const statusOf = async (executionArn: string): Promise<string> =>
  (await client.send(new DescribeExecutionCommand({ executionArn }))).status ?? "";

async function ended(executionArn: string): Promise<string> {
  return until(
    20,
    () => statusOf(executionArn),
    (status) => status !== "RUNNING",
  );
}

const newTrace = (): string => Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16)).join("");
const xRay = (trace: string, parent: string, more = ""): string =>
  `Root=1-${trace.slice(0, 8)}-${trace.slice(8)};Parent=${parent}${more}`;

async function spansOf(traceId: string, count: number): Promise<readonly OtlpSpan[]> {
  return until(
    20,
    async () => collector.spansOf(traceId),
    (spans) => spans.length >= count,
  );
}

const tree = (spans: readonly OtlpSpan[]): readonly string[] =>
  spans
    .map(({ name, parentSpanId, status }) => {
      const parent = spans.find(({ spanId }) => spanId === parentSpanId)?.name ?? parentSpanId;
      return `${name} < ${parent}${status.code === 2 ? ` (${status.message})` : ""}`;
    })
    .toSorted();

/** Hears webhooks, and answers as it is told. */
class Subscriber {
  readonly received: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  /** What is answered to the first ones; then 204. */
  readonly answers: number[] = [];
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      this.received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(this.answers.shift() ?? 204).end();
    });
  });

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await new Promise((listening) => this.#server.once("listening", listening));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

interface Event {
  readonly id: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

async function subscribe(name: string, wish: object): Promise<string> {
  const response = await fetch(`${server.endpoint}/api/subscriptions/${name}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(wish),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { secret: string }).secret;
}

describe("logs", () => {
  test("of a Standard execution reach the collector whole, with its secret, and so do those of its redrive", async () => {
    const stateMachineArn = await create("logged", machine({ T: call("nobody-yet") }), { loggingConfiguration: ALL });
    const executionArn = await start(stateMachineArn, { input: '{"a":1}' });
    expect(await ended(executionArn)).toBe("FAILED");
    await functions.register(server.endpoint, "nobody-yet", () => "well");
    await client.send(new RedriveExecutionCommand({ executionArn }));
    expect(await ended(executionArn)).toBe("SUCCEEDED");
    const entries = await until(
      20,
      async () => collector.entriesOf(executionArn),
      (found) => found.some((x) => x["type"] === "ExecutionSucceeded"),
    );
    expect(entries.map((x) => `${x["id"]} ${x["type"]} ${x["redrive_count"]}`)).toEqual([
      "1 ExecutionStarted 0",
      "2 TaskStateEntered 0",
      "3 LambdaFunctionScheduled 0",
      "4 LambdaFunctionStarted 0",
      "5 LambdaFunctionFailed 0",
      "6 ExecutionFailed 0",
      "7 ExecutionRedriven 1",
      "8 LambdaFunctionScheduled 1",
      "9 LambdaFunctionStarted 1",
      "10 LambdaFunctionSucceeded 1",
      "11 TaskStateExited 1",
      "12 ExecutionSucceeded 1",
    ]);
    expect(entries[0]?.["details"]).toMatchObject({ input: '{"a":1}' });
    expect(new Set(collector.requests.map((x) => x.authorization))).toEqual(new Set(["Bearer secret"]));
  });

  test("of an Express execution reach it as well; where the level is OFF, none do", async () => {
    const definition = machine({ A: { Type: "Pass", End: true } });
    const loud = await create("loud", definition, { type: "EXPRESS", loggingConfiguration: ALL });
    const quiet = await create("quiet", definition);
    const silent = await start(quiet);
    const answer = await client.send(new StartSyncExecutionCommand({ stateMachineArn: loud, input: "{}" }));
    const asynchronous = await start(loud);
    for (const executionArn of [answer.executionArn ?? "", asynchronous]) {
      const entries = await until(
        20,
        async () => collector.entriesOf(executionArn),
        (found) => found.length >= 4,
      );
      expect(entries.map((x) => x["type"])).toEqual([
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
      ]);
    }
    expect(collector.entriesOf(silent)).toEqual([]);
  });
});

describe("traces", () => {
  test("a Standard execution's spans nest below the caller's, and the functions get the task's as their parent", async () => {
    await functions.register(server.endpoint, "traced", ({ input }) => input);
    const each = { Type: "Map", ItemProcessor: machine({ T: call("traced") }), ItemsPath: "$", Next: "Bad" };
    const Retry = [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 1 }];
    const Catch = [{ ErrorEquals: ["States.ALL"], Next: "Done" }];
    const Bad = call("nobody", { Retry, Catch, End: undefined, Next: "Done" });
    const stateMachineArn = await create("traced", machine({ Each: each, Bad, Done: { Type: "Succeed" } }), {
      isTraced: true,
    });
    const trace = newTrace();
    const executionArn = await start(stateMachineArn, { input: "[1,2]", traceHeader: xRay(trace, "00000000000000aa") });
    expect(await ended(executionArn)).toBe("SUCCEEDED");
    const spans = await spansOf(trace, 10);
    expect(tree(spans)).toEqual([
      "Bad < traced",
      "Done < traced",
      "Each < traced",
      "T < Each",
      "T < Each",
      "nobody < Bad (Lambda.ResourceNotFoundException)",
      "nobody < Bad (Lambda.ResourceNotFoundException)",
      "traced < 00000000000000aa",
      "traced < T",
      "traced < T",
    ]);
    const attempts = spans.filter((x) => x.name === "traced" && x.parentSpanId !== "00000000000000aa");
    const calls = functions.calls.filter((x) => x.functionName === "traced");
    expect(calls.map((x) => String(x.headers["traceparent"])).toSorted()).toEqual(
      attempts.map(({ spanId }) => `00-${trace}-${spanId}-01`).toSorted(),
    );
    expect(calls.map((x) => String(x.headers["x-amzn-trace-id"])).toSorted()).toEqual(
      attempts.map(({ spanId }) => xRay(trace, spanId, ";Sampled=1")).toSorted(),
    );
  });

  test("a child execution's spans lie below the task that started it", async () => {
    const child = await create("child", machine({ C: { Type: "Pass", End: true } }), { isTraced: true });
    const task = {
      Type: "Task",
      Resource: "arn:aws:states:::states:startExecution.sync:2",
      Parameters: { StateMachineArn: child, Input: {} },
      End: true,
    };
    const parent = await create("parent", machine({ P: task }), { isTraced: true });
    const trace = newTrace();
    await ended(await start(parent, { traceHeader: xRay(trace, "00000000000000bb") }));
    expect(tree(await spansOf(trace, 5))).toEqual([
      "C < child",
      "P < parent",
      "child < states:startExecution.sync:2",
      "parent < 00000000000000bb",
      "states:startExecution.sync:2 < P",
    ]);
  });

  test("an Express execution takes its trace from a traceparent that its request has", async () => {
    const stateMachineArn = await create("fast", machine({ A: { Type: "Fail", Error: "E" } }), {
      type: "EXPRESS",
      isTraced: true,
    });
    const trace = newTrace();
    const headers = {
      "x-amz-target": "AWSStepFunctions.StartSyncExecution",
      traceparent: `00-${trace}-00000000000000cc-01`,
    };
    const answer = await fetch(server.endpoint, {
      method: "POST",
      headers,
      body: JSON.stringify({ stateMachineArn, traceHeader: undefined }),
    });
    expect(await answer.json()).toMatchObject({ status: "FAILED", error: "E" });
    expect(tree(await spansOf(trace, 2))).toEqual(["A < fast (E)", "fast < 00000000000000cc (E)"]);
  });

  test("Sampled=0 is heeded, and handed on", async () => {
    await functions.register(server.endpoint, "unsampled", () => 1);
    const stateMachineArn = await create("unsampled", machine({ T: call("unsampled") }), { isTraced: true });
    const trace = newTrace();
    const traceHeader = xRay(trace, "00000000000000dd", ";Sampled=0");
    expect(await ended(await start(stateMachineArn, { traceHeader }))).toBe("SUCCEEDED");
    const received = functions.calls.find((x) => x.functionName === "unsampled");
    expect(received?.headers["x-amzn-trace-id"]).toBe(traceHeader);
    expect(received?.headers["traceparent"]).toBe(`00-${trace}-00000000000000dd-00`);
    // A later execution's spans have arrived, and none of this one's.
    const later = newTrace();
    await ended(await start(stateMachineArn, { traceHeader: xRay(later, "00000000000000ee") }));
    await spansOf(later, 3);
    expect(collector.spansOf(trace)).toEqual([]);
  });
});

describe("subscribers", () => {
  const hook = new Subscriber();

  afterAll(() => hook.stop());

  test("a webhook hears each change of status, signed, and again until it has taken it", async () => {
    const definition = machine({ F: { Type: "Fail", Error: "E", Cause: "C" } });
    const stateMachineArn = await create("told", definition);
    const other = await create("untold", definition);
    hook.answers.push(500, 500);
    const wish = { url: await hook.start(), stateMachineArns: [stateMachineArn], statuses: ["FAILED"] };
    const secret = await subscribe("hook", wish);
    await ended(await start(other));
    const executionArn = await start(stateMachineArn, { input: '{"a":1}' });
    await until(
      40,
      async () => hook.received,
      (received) => received.length >= 3,
    );
    const events = hook.received.map(({ headers, body }) => {
      const signature = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
      return new Webhook(secret).verify(body, signature) as Event;
    });
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
    expect(new Set(hook.received.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([events[0]?.id]));
    expect(events[2]).toMatchObject({
      source: "aws.states",
      "detail-type": "Step Functions Execution Status Change",
      resources: [executionArn],
      detail: { executionArn, stateMachineArn, status: "FAILED", input: '{"a":1}', error: "E", cause: "C" },
    });
    expect((await fetch(`${server.endpoint}/api/subscriptions/hook`, { method: "DELETE" })).status).toBe(204);
  });
});

describe("every change of status", () => {
  const hook = new Subscriber();

  afterAll(() => hook.stop());

  test("is told, also of an execution that ends as it begins, and of its redrive", async () => {
    const stateMachineArn = await create("every", machine({ F: { Type: "Fail", Error: "E" } }));
    await subscribe("every", { url: await hook.start(), stateMachineArns: [stateMachineArn] });
    const executionArn = await start(stateMachineArn);
    await ended(executionArn);
    await client.send(new RedriveExecutionCommand({ executionArn }));
    await ended(executionArn);
    const told = await until(
      30,
      async () => hook.received.map(({ body }) => (JSON.parse(body) as Event).detail),
      (details) => details.length >= 4,
    );
    expect(told.map((x) => `${String(x["status"])} ${String(x["redriveCount"])}`).toSorted()).toEqual([
      "FAILED 0",
      "FAILED 1",
      "RUNNING 0",
      "RUNNING 1",
    ]);
    expect(new Set(hook.received.map(({ headers }) => headers["webhook-id"])).size).toBe(4);
  });
});

describe("a scraper", () => {
  test("reads how many executions began and ended, Standard and Express", async () => {
    const definition = machine({ A: { Type: "Pass", End: true } });
    const standard = await create("scraped", definition);
    const express = await create("scraped-fast", definition, { type: "EXPRESS" });
    for (let n = 0; n < 3; n++) await ended(await start(standard));
    await client.send(new StartSyncExecutionCommand({ stateMachineArn: express }));
    const lines = [standard, express].flatMap((arn, i) =>
      ["started_total", "succeeded_total"].map(
        (what) => `stepflare_executions_${what}{state_machine_arn="${arn}"} ${i === 0 ? 3 : 1}\n`,
      ),
    );
    await until(
      30,
      async () => (await fetch(`${server.endpoint}/api/metrics`)).text(),
      (text) => lines.every((line) => text.includes(line)),
    );
  });
});

describe("a subscriber that does not answer", () => {
  const silent = createServer(() => undefined);

  afterAll(() => {
    silent.closeAllConnections();
    silent.close();
  });

  test("keeps neither the index nor the executions waiting", async () => {
    silent.listen(0, "127.0.0.1");
    await new Promise((listening) => silent.once("listening", listening));
    const { port } = silent.address() as AddressInfo;
    const stateMachineArn = await create("unheard", machine({ A: { Type: "Pass", End: true } }));
    await subscribe("silent", { url: `http://127.0.0.1:${port}/`, stateMachineArns: [stateMachineArn] });
    const connected = new Promise((resolve) => silent.once("request", resolve));
    await ended(await start(stateMachineArn));
    await connected;
    await ended(await start(stateMachineArn));
    const { executions } = await until(
      10,
      () => client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: "SUCCEEDED" })),
      (list) => list.executions?.length === 2,
    );
    expect(executions?.length).toBe(2);
    expect((await fetch(`${server.endpoint}/api/subscriptions/silent`, { method: "DELETE" })).status).toBe(204);
  });
});
