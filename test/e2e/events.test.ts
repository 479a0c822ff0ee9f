/** The event bus, webhooks and `POST /run` by the front door. */
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
  type DescribeExecutionOutput,
  type ExecutionListItem,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROLE, startTestServer, until, type TestServer } from "./server.ts";

let server: TestServer;
const received: { readonly headers: Record<string, string>; readonly body: string }[] = [];
const others = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    received.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() });
    // The first time it is out of order.
    response.writeHead(received.length === 1 ? 503 : 204).end();
  });
});

beforeAll(async () => {
  server = await startTestServer();
  others.listen(0, "127.0.0.1");
  await once(others, "listening");
  for (const name of ["on-order", "on-failure", "on-push", "on-delivery"])
    await create(name, { StartAt: "A", States: { A: PASS } });
});

afterAll(async () => {
  others.close();
  await server.stop();
});

const PASS = { Type: "Pass", End: true };

async function create(name: string, definition: object, type?: "EXPRESS"): Promise<string> {
  const command = new CreateStateMachineCommand({
    name,
    definition: JSON.stringify(definition),
    roleArn: ROLE,
    ...(type !== undefined && { type }),
  });
  return (await server.client.send(command)).stateMachineArn ?? "";
}

async function ask(method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(server.endpoint + path, init);
  if (response.status >= 500) throw new Error(await response.text());
  return response;
}

const putRule = async (name: string, rule: object): Promise<void> => {
  expect((await ask("PUT", `/api/rules/${name}`, rule)).status).toBe(200);
};

/** The executions of that state machine, when there are so many. */
async function executionsOf(name: string, count: number): Promise<readonly DescribeExecutionOutput[]> {
  const stateMachineArn = `arn:aws:states:us-east-1:123456789012:stateMachine:${name}`;
  const listed = await until(
    20,
    async () => (await server.client.send(new ListExecutionsCommand({ stateMachineArn }))).executions ?? [],
    (executions: readonly ExecutionListItem[]) => executions.length >= count,
  );
  expect(listed).toHaveLength(count);
  return Promise.all(
    listed.map(({ executionArn }) => server.client.send(new DescribeExecutionCommand({ executionArn }))),
  );
}

async function run(stateMachineArn: string, input: object): Promise<DescribeExecutionOutput> {
  const { executionArn } = await server.client.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  return until(
    20,
    () => server.client.send(new DescribeExecutionCommand({ executionArn })),
    ({ status }) => status !== "RUNNING",
  );
}

test("an event that a task puts starts a state machine and reaches a webhook, once it is there", async () => {
  const { port } = others.address() as AddressInfo;
  const rule = {
    eventPattern: { source: ["shop"], detail: { total: [{ numeric: [">", 100] }] } },
    targets: [
      {
        id: "start",
        stateMachine: "on-order",
        inputTransformer: {
          inputPathsMap: { order: "$.detail.order" },
          inputTemplate: '{"order": <order>, "rule": "<aws.events.rule-name>"}',
        },
      },
      { id: "tell", url: `http://127.0.0.1:${port}/in` },
    ],
  };
  const put = await ask("PUT", "/api/rules/orders", rule);
  const { secret } = (await put.json()) as { readonly secret: string };
  const shop = await create("shop", {
    StartAt: "Tell",
    States: {
      Tell: {
        Type: "Task",
        Resource: "arn:aws:states:::events:putEvents",
        Parameters: { "Entries.$": "$.Entries" },
        End: true,
      },
    },
  });
  const entry = (total: number): object => ({
    Source: "shop",
    DetailType: "Order placed",
    Detail: { order: { total }, total },
  });
  const execution = await run(shop, { Entries: [entry(7), entry(700)] });
  const output = JSON.parse(execution.output ?? "{}");
  expect([execution.status, output]).toEqual([
    "SUCCEEDED",
    { Entries: [{ EventId: expect.any(String) }, { EventId: expect.any(String) }], FailedEntryCount: 0 },
  ]);
  const { events = [] } = await server.client.send(
    new GetExecutionHistoryCommand({ executionArn: execution.executionArn }),
  );
  expect(events.map(({ type }) => type)).toEqual([
    "ExecutionStarted",
    "TaskStateEntered",
    "TaskScheduled",
    "TaskStarted",
    "TaskSucceeded",
    "TaskStateExited",
    "ExecutionSucceeded",
  ]);
  expect(events[4]?.taskSucceededEventDetails).toMatchObject({ resourceType: "events", resource: "putEvents" });
  const [started] = await executionsOf("on-order", 1);
  expect(JSON.parse(started?.input ?? "")).toEqual({ order: { total: 700 }, rule: "orders" });
  const [, second] = await until(
    20,
    async () => received,
    ({ length }) => length >= 2,
  );
  const event = new Webhook(secret).verify(second?.body ?? "", second?.headers ?? {}) as {
    readonly resources: unknown;
  };
  expect(event).toMatchObject({ id: output.Entries[1].EventId, source: "shop", detail: { total: 700 } });
  expect(event.resources).toEqual([shop, execution.executionArn]);
});

test("a task that waits for its token is answered by what its event starts", async () => {
  await create("answering", {
    StartAt: "Answer",
    States: {
      Answer: {
        Type: "Task",
        Resource: "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
        Parameters: { "TaskToken.$": "$.token", Output: { answered: true } },
        End: true,
      },
    },
  });
  await putRule("questions", {
    eventPattern: { "detail-type": ["Question"] },
    targets: [{ id: "t", stateMachine: "answering", inputPath: "$.detail" }],
  });
  const asking = await create("asking", {
    StartAt: "Ask",
    States: {
      Ask: {
        Type: "Task",
        Resource: "arn:aws:states:::events:putEvents.waitForTaskToken",
        Parameters: { Entries: [{ Source: "s", DetailType: "Question", Detail: { "token.$": "$$.Task.Token" } }] },
        End: true,
      },
    },
  });
  const { status, output } = await run(asking, {});
  expect([status, output]).toEqual(["SUCCEEDED", '{"answered":true}']);
});

test("an entry that cannot be put fails the task, as AWS says it", async () => {
  const arn = await create("malformed", {
    StartAt: "Tell",
    States: {
      Tell: {
        Type: "Task",
        Resource: "arn:aws:states:::events:putEvents",
        Parameters: { Entries: [{ Source: "s", DetailType: "t", Detail: '"text"' }] },
        End: true,
      },
    },
  });
  const { status, error, cause = "" } = await run(arn, {});
  expect([status, error, JSON.parse(cause)]).toEqual([
    "FAILED",
    "EventBridge.FailedEntry",
    { Entries: [{ ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." }], FailedEntryCount: 1 },
  ]);
});

test("a change of status starts a state machine", async () => {
  const failing = await create("failing", { StartAt: "A", States: { A: { Type: "Fail", Error: "Orders.None" } } });
  await putRule("failures", {
    eventPattern: {
      source: ["aws.states"],
      detail: { status: ["FAILED"], stateMachineArn: [failing], error: ["Orders.None"] },
    },
    targets: [{ id: "t", stateMachine: "on-failure" }],
  });
  const { executionArn } = await run(failing, { a: 1 });
  const [started] = await executionsOf("on-failure", 1);
  expect(JSON.parse(started?.input ?? "")).toMatchObject({
    "detail-type": "Step Functions Execution Status Change",
    resources: [executionArn],
    detail: { status: "FAILED", error: "Orders.None", input: '{"a":1}' },
  });
});

describe("a webhook", () => {
  const SECRET = "a secret of some length";
  const post = (name: string, body: string, headers: Record<string, string>): Promise<Response> =>
    fetch(`${server.endpoint}/hooks/${name}`, { method: "POST", body, headers });

  test("is an event if its signature is good, and nothing if it is not", async () => {
    await putRule("pushes", {
      eventPattern: { source: ["github"], "detail-type": ["push"] },
      targets: [{ id: "t", stateMachine: "on-push", inputPath: "$.detail.ref" }],
    });
    const event = { source: "github", detailType: "unknown", detailTypeHeader: "X-GitHub-Event" };
    expect(
      (await ask("PUT", "/api/hooks/github", { signature: { scheme: "github" }, secret: SECRET, event })).status,
    ).toBe(200);
    const body = '{"ref":"refs/heads/main"}';
    const signed = (key: string): Record<string, string> => ({
      "x-github-event": "push",
      "x-github-delivery": "d1",
      "x-hub-signature-256": `sha256=${createHmac("sha256", key).update(body).digest("hex")}`,
    });
    expect((await post("github", body, signed("another secret, of theirs"))).status).toBe(401);
    expect((await post("github", body, signed(SECRET))).status).toBe(202);
    // GitHub delivers it again.
    expect((await post("github", body, signed(SECRET))).status).toBe(202);
    const [started] = await executionsOf("on-push", 1);
    expect(started?.input).toBe('"refs/heads/main"');
    expect((await post("none", body, {})).status).toBe(404);
  });

  test("starts a state machine directly", async () => {
    const made = await ask("PUT", "/api/hooks/direct", {
      signature: { scheme: "standard-webhooks" },
      stateMachine: "on-delivery",
    });
    const { secret } = (await made.json()) as { readonly secret: string };
    const body = '{"n": 1.0}';
    const headers = {
      "webhook-id": "msg_1",
      "webhook-timestamp": String(Math.floor(Date.now() / 1000)),
      "webhook-signature": new Webhook(secret).sign("msg_1", new Date(), body),
    };
    const response = await post("direct", body, headers);
    const { executionArn } = (await response.json()) as { readonly executionArn: string };
    const [started] = await executionsOf("on-delivery", 1);
    expect([response.status, started?.executionArn, started?.input]).toEqual([202, executionArn, body]);
  });
});

describe("POST /run", () => {
  test("answers with the output of an Express execution, and of a Standard one", async () => {
    await create("quick", { StartAt: "A", States: { A: PASS } }, "EXPRESS");
    await create("slow", { StartAt: "W", States: { W: { Type: "Wait", Seconds: 1, Next: "A" }, A: PASS } });
    for (const name of ["quick", "slow"]) {
      const response = await ask("POST", `/run/${name}`, { name });
      expect([response.status, await response.json()]).toEqual([200, { name }]);
    }
  });

  test("says where an execution is that takes longer, and how one failed", async () => {
    const late = await ask("POST", "/run/slow?timeout=0", {});
    expect(late.status).toBe(202);
    const found = await ask("GET", late.headers.get("location") ?? "");
    expect([found.status, await found.json()]).toEqual([200, expect.objectContaining(await late.json())]);
    const failed = await fetch(`${server.endpoint}/run/failing`, { method: "POST" });
    expect([failed.status, await failed.json()]).toEqual([
      502,
      expect.objectContaining({ error: "Orders.None", executionStatus: "FAILED" }),
    ]);
  });

  test("answers a request that is repeated with its key as the first one", async () => {
    const headers = { "content-type": "application/json", "idempotency-key": "once" };
    const post = (body: string): Promise<Response> =>
      fetch(`${server.endpoint}/run/slow`, { method: "POST", headers, body });
    const first = await post('{"a":1}');
    const again = await post('{"a":1}');
    expect([first.status, again.status, await again.json()]).toEqual([200, 200, { a: 1 }]);
    expect(again.headers.get("stepflare-execution-arn")).toBe(first.headers.get("stepflare-execution-arn"));
    expect((await post('{"a":2}')).status).toBe(409);
  });
});
