/** The event bus through its routes: rules that are kept, refused, switched; events that are put, and what leaves for targets. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { consumeRules, type QueuedRule, type RuleConsumer } from "../../src/runtime/events/rule-delivery.ts";
import type { RuleMessage } from "../../src/runtime/events/rule-messages.ts";
import { callOperation } from "../../src/api/call-operation.ts";
import { indexStatuses } from "../../src/runtime/status-queue.ts";
import type { ExecutionIndexEntry } from "../../src/runtime/execution-index.ts";
import { DEFAULT_ARN_CONFIG } from "../../src/runtime/arn.ts";
import type { QueueRefusal } from "../../src/runtime/queues/send.ts";
import { findRule } from "../../src/runtime/events/event-rules.ts";
import { Webhook } from "standardwebhooks";
import { ACCOUNT, Fixture, START, type Reply } from "../api/fixture.ts";

let api: Fixture;
let machine: string;

beforeEach(async () => {
  api = new Fixture();
  machine = await api.createStateMachine("orders");
});

async function ask(method: string, path: string, body?: unknown): Promise<Reply> {
  const headers = { "content-type": "application/json" };
  return api.request(`http://localhost${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

const PATTERN = { source: ["shop"] };
const putRule = (name: string, more: object = {}): Promise<Reply> =>
  ask("PUT", `/api/rules/${name}`, { eventPattern: PATTERN, targets: [{ id: "t", stateMachine: "orders" }], ...more });
const entry = (more: object = {}): object => ({
  Source: "shop",
  DetailType: "Order placed",
  Detail: { id: 7 },
  ...more,
});
const putEvents = (...Entries: readonly object[]): Promise<Reply> => ask("POST", "/api/events", { Entries });

/** Delivers what is on its way; what comes again is delivered again at once. */
async function deliver(more: Partial<RuleConsumer> = {}): Promise<readonly string[]> {
  const defects: string[] = [];
  const consumer: RuleConsumer = {
    config: DEFAULT_ARN_CONFIG,
    now: () => api.at,
    findRule: (name) => findRule(api.context.db, api.context.sealer, name),
    describe: async () => undefined,
    operations: (operation, input) => callOperation(api.context, operation, input),
    post: async () => new Response(),
    authorize: async () => ({ headers: {}, conceal: (text) => text }),
    findQueue: () => undefined,
    queues: { send: async () => undefined },
    objects: {
      put: async () => undefined,
      get: async (key) => {
        const text = api.eventObjects.get(key);
        return text === undefined ? null : { text: async () => text };
      },
      delete: async (key) => void api.eventObjects.delete(key),
    },
    logDefect: (message, error) =>
      defects.push(`${message}: ${error instanceof Error ? error.message : String(error)}`),
    ...more,
  };
  for (const body of api.ruleMessages.splice(0)) await deliverOne(body, consumer);
  return defects;
}

async function deliverOne(body: RuleMessage, consumer: RuleConsumer): Promise<void> {
  let isOpen = true;
  for (let attempts = 1; isOpen && attempts < 30; attempts++) {
    isOpen = false;
    const message: QueuedRule = { body, attempts, ack: () => undefined, retry: () => (isOpen = true) };
    await consumeRules([message], consumer);
  }
}

const started = (): readonly string[] => [...api.executions].filter(([, x]) => x.started).map(([arn]) => arn);

describe("a rule", () => {
  test("is kept as it was given, listed, switched and deleted", async () => {
    const targets = [
      { id: "a", stateMachine: machine, inputPath: "$.detail" },
      { id: "b", queue: "MY_QUEUE", input: { always: 1 } },
      {
        id: "c",
        stateMachine: machine,
        inputTransformer: { inputPathsMap: { x: "$.id" }, inputTemplate: '{"x":<x>}' },
      },
    ];
    const wish = { description: "d", eventBusName: "mine", eventPattern: PATTERN, state: "DISABLED", targets };
    const put = await ask("PUT", "/api/rules/one", wish);
    const at = new Date(START).toISOString();
    const shown = {
      ...wish,
      name: "one",
      ruleArn: "arn:aws:events:us-east-1:123456789012:rule/one",
      createdAt: at,
      updatedAt: at,
    };
    expect([put.status, put.body]).toEqual([200, shown]);
    api.at += 1000;
    const later = new Date(api.at).toISOString();
    expect((await ask("POST", "/api/rules/one/enable")).body).toEqual({ ...shown, state: "ENABLED", updatedAt: later });
    expect((await ask("POST", "/api/rules/one/disable")).body).toEqual({ ...shown, updatedAt: later });
    expect((await ask("GET", "/api/rules/one")).body).toEqual({ ...shown, updatedAt: later });
    await putRule("two");
    const page = await ask("GET", "/api/rules?limit=1");
    expect(page.body).toMatchObject({ rules: [{ name: "one" }], nextCursor: expect.any(String) });
    expect((await ask("DELETE", "/api/rules/one")).status).toBe(204);
    for (const [method, path] of [
      ["DELETE", ""],
      ["GET", ""],
      ["POST", "/enable"],
    ] as const)
      expect((await ask(method, `/api/rules/one${path}`)).status).toBe(404);
  });

  test("makes the secret that its webhooks are signed with, and shows it once", async () => {
    const targets = [{ id: "w", url: "https://example.com/in" }];
    const first = await putRule("hook", { targets });
    expect(first.body["secret"]).toMatch(/^whsec_/u);
    const second = await putRule("hook", { targets });
    expect(second.body["secret"]).toBeUndefined();
    const { secret } = (await findRule(api.context.db, api.context.sealer, "hook")) ?? {};
    expect(secret).toBe(first.body["secret"]);
    expect(JSON.stringify(api.db.database.prepare("SELECT * FROM event_rule").all())).not.toContain(secret);
    await ask("POST", "/api/rules/hook/disable");
    expect((await findRule(api.context.db, api.context.sealer, "hook"))?.secret).toBe(secret);
  });

  test.each<readonly [string, object, RegExp, string]>([
    [
      "a pattern that is none",
      { eventPattern: { source: "shop" } },
      /"source" must be an object or an array/u,
      "/eventPattern/source",
    ],
    ["a pattern that is no object", { eventPattern: [] }, /must be an object/u, "/eventPattern"],
    ["an unknown member", { colour: 1 }, /no member 'colour'/u, "/colour"],
    ["a state that is none", { state: "ON" }, /one of ENABLED, DISABLED/u, "/state"],
    ["a bus that is none", { eventBusName: "a b" }, /cannot be the name of an event bus/u, "/eventBusName"],
    ["no targets", { targets: [] }, /1 to 5 targets/u, "/targets"],
    [
      "six targets",
      { targets: Array.from({ length: 6 }, (_, i) => ({ id: `t${i}`, queue: "MY_QUEUE" })) },
      /1 to 5/u,
      "/targets",
    ],
    [
      "a target twice",
      {
        targets: [
          { id: "a", queue: "MY_QUEUE" },
          { id: "a", queue: "MY_QUEUE" },
        ],
      },
      /two targets 'a'/u,
      "/targets/1/id",
    ],
    ["a target without a name", { targets: [{ queue: "MY_QUEUE" }] }, /'id' must be/u, "/targets/0/id"],
    ["a target without a place", { targets: [{ id: "a" }] }, /either/u, "/targets/0"],
    ["a target with two", { targets: [{ id: "a", queue: "Q", stateMachine: "m" }] }, /either/u, "/targets/0"],
    [
      "an unknown member of a target",
      { targets: [{ id: "a", queue: "MY_QUEUE", arn: "x" }] },
      /no member 'arn'/u,
      "/targets/0/arn",
    ],
    [
      "a queue that is not bound",
      { targets: [{ id: "a", queue: "OTHER" }] },
      /There is no queue 'OTHER'/u,
      "/targets/0/queue",
    ],
    ["a queue of Stepflare's", { targets: [{ id: "a", queue: "MAP_QUEUE" }] }, /of your own/u, "/targets/0/queue"],
    ["a URL that may not be called", { targets: [{ id: "a", url: "http://10.0.0.1/" }] }, /'url'/u, "/targets/0/url"],
    [
      "a connection without a URL",
      { targets: [{ id: "a", queue: "MY_QUEUE", connection: "c" }] },
      /Only a url/u,
      "/targets/0/connection",
    ],
    [
      "two inputs",
      { targets: [{ id: "a", queue: "MY_QUEUE", input: 1, inputPath: "$" }] },
      /one of input and inputPath/u,
      "/targets/0",
    ],
    [
      "a path to many values",
      { targets: [{ id: "a", queue: "MY_QUEUE", inputPath: "$..x" }] },
      /path to one value/u,
      "/targets/0/inputPath",
    ],
    [
      "a template with a stranger",
      { targets: [{ id: "a", queue: "MY_QUEUE", inputTransformer: { inputTemplate: "<x>" } }] },
      /<x>/u,
      "/targets/0/inputTransformer/inputTemplate",
    ],
    [
      "a variable that is none",
      {
        targets: [
          { id: "a", queue: "MY_QUEUE", inputTransformer: { inputPathsMap: { "aws.x": "$" }, inputTemplate: "1" } },
        ],
      },
      /name of a variable/u,
      "/targets/0/inputTransformer/inputPathsMap/aws.x",
    ],
    ["a secret for nobody", { secret: `whsec_${btoa("x".repeat(32))}` }, /Only a rule with a webhook/u, "/secret"],
    ["a secret that is none", { secret: "x" }, /'secret' must be/u, "/secret"],
  ])("is refused with %s", async (_, more, detail, pointer) => {
    const { status, body } = await putRule("bad", more);
    expect([status, body["detail"], body["errors"]]).toEqual([
      400,
      expect.stringMatching(detail),
      [expect.objectContaining({ pointer })],
    ]);
  });

  test("is refused where there is no such form of a state machine, or no room", async () => {
    expect((await putRule("bad", { targets: [{ id: "a", stateMachine: `${ACCOUNT}:activity:x` }] })).status).toBe(400);
    expect((await putRule("b d")).status).toBe(400);
    for (let i = 0; i < 100; i++) expect((await putRule(`r${i}`)).status).toBe(200);
    expect((await putRule("r100")).status).toBe(409);
    expect((await putRule("r0", { description: "again" })).status).toBe(200);
    api.queues = [];
    expect((await putRule("r0")).status).toBe(501);
  });

  test("may start only what whoever makes it may start", async () => {
    const asked: string[] = [];
    const principal = {
      ...api.context.principal,
      authorize: (...of: readonly string[]) => void asked.push(of.join(" ")),
    };
    api.admit = async () => ({ principal });
    await putRule("mine");
    expect(asked).toEqual([
      "stepflare:PutRule arn:aws:events:us-east-1:123456789012:rule/mine",
      `states:StartExecution ${machine}`,
    ]);
  });

  test("a pattern can be tried", async () => {
    const tried = async (eventPattern: object): Promise<Reply> =>
      ask("POST", "/api/rules/test", { eventPattern, event: { source: "shop" } });
    expect((await tried(PATTERN)).body).toEqual({ result: true });
    expect((await tried({ source: ["other"] })).body).toEqual({ result: false });
    expect(await tried({ source: [{ like: "x" }] })).toMatchObject({
      status: 400,
      body: {
        detail: "Event pattern is not valid. Reason: Unrecognized match type like",
        errors: [{ pointer: "/eventPattern/source/0/like" }],
      },
    });
    expect((await ask("POST", "/api/rules/test", { eventPattern: PATTERN, event: 1 })).status).toBe(400);
  });
});

describe("events that are put", () => {
  test("go to the targets of the rules that want them, and to nobody else", async () => {
    await putRule("mine");
    await putRule("other", { eventPattern: { source: ["else"] } });
    await putRule("off", { state: "DISABLED" });
    await putRule("bus", { eventBusName: "second" });
    const { status, body } = await putEvents(entry(), entry({ Source: "nobody" }), entry({ EventBusName: "second" }));
    expect(status).toBe(200);
    const [first, second, third] = body["Entries"] as readonly { readonly EventId: string }[];
    expect(body["FailedEntryCount"]).toBe(0);
    expect(new Set([first?.EventId, second?.EventId, third?.EventId]).size).toBe(3);
    expect(api.ruleMessages.map(({ rule }) => [rule.name, "event" in rule && rule.event.id])).toEqual([
      ["mine", first?.EventId],
      ["bus", third?.EventId],
    ]);
  });

  test("are answered one by one in EventBridge's words, and the faulty ones keep no other from its way", async () => {
    await putRule("mine");
    const { status, body } = await putEvents(
      entry({ Detail: '{"id":8}', Time: "2026-01-31T12:00:00Z", Resources: ["r"] }),
      entry({ Detail: '"text"' }),
      entry({ Detail: "{" }),
      entry({ Source: undefined }),
      entry({ DetailType: "" }),
      entry({ Detail: null }),
      entry({ Source: "aws.s3" }),
      entry({ Time: "yesterday" }),
      entry({ Resources: [1] }),
    );
    const required = (name: string): object => ({
      ErrorCode: "InvalidArgument",
      ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
    });
    const malformed = { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
    expect([status, body]).toEqual([
      200,
      {
        FailedEntryCount: 8,
        Entries: [
          { EventId: expect.any(String) },
          malformed,
          malformed,
          required("Source"),
          required("DetailType"),
          required("Detail"),
          { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." },
          { ErrorCode: "InvalidArgument", ErrorMessage: "Parameter Time is not valid." },
          { ErrorCode: "InvalidArgument", ErrorMessage: "Parameter Resources is not valid." },
        ],
      },
    ]);
    expect(api.ruleMessages).toMatchObject([
      { rule: { event: { time: "2026-01-31T12:00:00Z", resources: ["r"], detail: { id: 8 } } } },
    ]);
  });

  test.each<readonly [string, object, string]>([
    ["no list", { Entries: {} }, "/Entries"],
    ["none", { Entries: [] }, "/Entries"],
    ["eleven", { Entries: Array.from({ length: 11 }, () => entry()) }, "/Entries"],
    ["no object", { Entries: ["x"] }, "/Entries/0"],
    ["an unknown member", { Entries: [entry({ Colour: 1 })] }, "/Entries/0/Colour"],
    ["more than 256 KB", { Entries: [entry({ Detail: { x: "x".repeat(262_144) } })] }, "/Entries"],
  ])("are refused: %s", async (_, body, pointer) => {
    expect(await ask("POST", "/api/events", body)).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  });

  test("may be put on the buses that whoever puts them may use", async () => {
    const asked: string[] = [];
    const principal = {
      ...api.context.principal,
      authorize: (...of: readonly string[]) => void asked.push(of.join(" ")),
    };
    api.admit = async () => ({ principal });
    const bus = (name: string): string => `stepflare:PutEvents arn:aws:events:us-east-1:123456789012:event-bus/${name}`;
    await ask("POST", "/api/events?eventBus=a", {
      Entries: [entry(), entry({ EventBusName: "a" }), entry({ EventBusName: "arn:aws:events:x:y:event-bus/b" })],
    });
    expect(asked).toEqual([bus("a"), bus("b")]);
    expect((await ask("POST", "/api/events?eventBus=a%20b", { Entries: [entry()] })).status).toBe(400);
  });

  test("cost nothing but one read of the rules where no rule wants them", async () => {
    const prepare = vi.spyOn(api.db, "prepare");
    await putEvents(entry());
    await putEvents(entry());
    const reads = prepare.mock.calls.length;
    prepare.mockRestore();
    expect([reads, api.ruleMessages, api.eventObjects.size]).toEqual([1, [], 0]);
  });
});

describe("delivery", () => {
  test("starts one execution for an event, however often it is delivered", async () => {
    await putRule("mine", { targets: [{ id: "t", stateMachine: "orders", inputPath: "$.detail" }] });
    await putEvents(entry());
    const [message] = api.ruleMessages;
    api.ruleMessages.push(message!);
    expect(await deliver()).toEqual([]);
    const [arn = "", ...others] = started();
    expect(others).toEqual([]);
    expect(arn).toMatch(/:execution:orders:[\da-f-]{36}_[\da-f]{12}_1$/u);
    expect(api.execution(arn).started?.input).toBe('{"id":7}');
  });

  test("takes an execution that has ended meanwhile for the one that it started", async () => {
    await putRule("mine");
    await putEvents(entry());
    const refusal = { name: "ExecutionAlreadyExists", message: "", status: 400 };
    expect(await deliver({ operations: async () => ({ ok: false, refusal }) })).toEqual([]);
  });

  test("gives up at once what is refused for good, and tries again what is not", async () => {
    await putRule("mine");
    await putEvents(entry());
    let calls = 0;
    const refusing = (name: string, status: number): Partial<RuleConsumer> => ({
      operations: async () => {
        calls += 1;
        return { ok: false, refusal: { name, message: "m", status } };
      },
    });
    expect(await deliver(refusing("StateMachineDoesNotExist", 400))).toEqual([
      "the target 't' of the rule 'mine' refused an event for good: StateMachineDoesNotExist: m",
    ]);
    expect(calls).toBe(1);
    await putEvents(entry());
    expect(await deliver(refusing("ThrottlingException", 400))).toEqual([
      "the target 't' of the rule 'mine' did not take an event, 15 times: ThrottlingException: m",
    ]);
    expect(calls).toBe(16);
  });

  test("drops what is on its way to a rule that was disabled, deleted or has the target no more", async () => {
    for (const change of [
      () => ask("POST", "/api/rules/mine/disable"),
      () => ask("DELETE", "/api/rules/mine"),
      () => putRule("mine", { targets: [{ id: "other", stateMachine: "orders" }] }),
    ]) {
      await putRule("mine");
      await putEvents(entry());
      await change();
      expect(await deliver()).toEqual([]);
    }
    expect(started()).toEqual([]);
  });

  test("sends to a queue, and an event that is too large for a message through R2", async () => {
    const sent: unknown[] = [];
    await putRule("mine", {
      targets: [
        { id: "q", queue: "MY_QUEUE" },
        { id: "p", queue: "MY_QUEUE", inputPath: "$.detail.id" },
      ],
    });
    const { body } = await putEvents(entry({ Detail: { id: 7, text: "é".repeat(64_000) } }));
    const [{ EventId }] = body["Entries"] as readonly [{ EventId: string }];
    expect(JSON.stringify(api.ruleMessages).length).toBeLessThan(1_000);
    expect([...api.eventObjects.keys()].every((key) => key.startsWith(`_stepflare/events/${EventId}/`))).toBe(true);
    expect(api.eventObjects.size).toBe(2);
    const again = [...api.ruleMessages];
    const findQueue: RuleConsumer["findQueue"] = () => ({ send: async (value) => sent.push(value) });
    // The whole event is too large for the target's message as well.
    expect(await deliver({ findQueue })).toEqual([
      "the target 'q' of the rule 'mine' refused an event for good: it exceeds the 127000 bytes of a queue's message",
    ]);
    expect([sent, api.eventObjects.size]).toEqual([[7], 0]);
    api.ruleMessages.push(...again);
    expect(await deliver({ findQueue })).toEqual([]);
    expect(sent).toEqual([7]);
  });

  test("sends to a queue by its name, as EventBridge does to SQS", async () => {
    const init = { method: "PUT", headers: { "content-type": "application/json" }, body: '{"function":"f"}' };
    expect((await api.request("http://localhost/api/queues/by-name", init)).status).toBe(200);
    await putRule("mine", { targets: [{ id: "q", queue: "by-name", inputPath: "$.detail" }] });
    await putEvents(entry());
    const message = api.ruleMessages[0]!;
    const sent: unknown[] = [];
    const queues = (refusal?: QueueRefusal): Partial<RuleConsumer> => ({
      queues: {
        send: async (...of) => {
          sent.push(of);
          return refusal;
        },
      },
    });
    expect(await deliver(queues())).toEqual([]);
    api.ruleMessages.push(message);
    expect(await deliver(queues())).toEqual([]);
    const body = {
      messageId: expect.stringMatching(/^[\da-f-]{36}$/u),
      body: '{"id":7}',
      attributes: {},
      sentAt: START,
    };
    expect(sent).toEqual([
      ["by-name", [body]],
      ["by-name", [body]],
    ]);
    expect(sent[1]).toEqual(sent[0]);
    const refusals = [
      [{ kind: "no such queue" }, "refused an event for good: there is no queue 'by-name'"],
      [{ kind: "too large", maxBytes: 9 }, "refused an event for good: it exceeds the 9 bytes of a queue's message"],
      [{ kind: "misconfigured", message: "m" }, "did not take an event, 15 times: m"],
    ] as const;
    for (const [refusal, said] of refusals) {
      api.ruleMessages.push(message);
      expect(await deliver(queues(refusal))).toEqual([`the target 'q' of the rule 'mine' ${said}`]);
    }
  });

  test("posts to a webhook, signed, with what its connection adds", async () => {
    const made = await putRule("mine", { targets: [{ id: "w", url: "https://example.com/in", connection: "crm" }] });
    await putEvents(entry());
    const posted: { url: string; init: RequestInit & { readonly body: string } }[] = [];
    const defects = await deliver({
      now: () => Date.now(),
      authorize: async (name) => ({ headers: { "x-key": name }, conceal: (text) => text }),
      post: async (url, init) => {
        posted.push({ url, init });
        return new Response();
      },
    });
    const [{ url, init }] = posted as [{ url: string; init: RequestInit & { readonly body: string } }];
    expect([defects, url, posted.length]).toEqual([[], "https://example.com/in", 1]);
    const headers = init.headers as Record<string, string>;
    expect(headers["x-key"]).toBe("crm");
    const verified = new Webhook(made.body["secret"] as string).verify(init.body, headers) as {
      detail: unknown;
      id: string;
    };
    expect([verified.detail, verified.id]).toEqual([{ id: 7 }, headers["webhook-id"]]);
  });

  test("tries a webhook again that answers badly, or whose connection cannot be used", async () => {
    await putRule("mine", { targets: [{ id: "w", url: "https://example.com/in", connection: "crm" }] });
    await putEvents(entry());
    const message = api.ruleMessages[0]!;
    expect(await deliver({ post: async () => new Response(null, { status: 500 }) })).toEqual([
      expect.stringMatching(/did not take an event, 15 times: the webhook answered 500$/u),
    ]);
    api.ruleMessages.push(message);
    expect(await deliver({ authorize: async () => ({ error: "E", cause: "C" }) })).toEqual([
      expect.stringMatching(/15 times: E: C$/u),
    ]);
  });

  test("ends state machines whose events start them", async () => {
    await putRule("loop", { eventPattern: { source: ["aws.states"] } });
    let hops = 0;
    let name = "by-hand";
    let defects: readonly string[] = [];
    for (; hops < 50 && defects.length === 0; hops++) {
      await changed({ name, executionArn: `${ACCOUNT}:execution:orders:${name}`, startedAt: START + hops });
      const before = started().length;
      defects = await deliver();
      if (started().length > before) name = started().at(-1)?.split(":").at(-1) ?? "";
    }
    expect([hops, started().length, defects]).toEqual([
      21,
      20,
      [
        "the target 't' of the rule 'loop' refused an event for good: 20 executions that rules started led to each other already",
      ],
    ]);
  });
});

/** Indexes a change of status, as the queue of changes does; answers how many messages were sent. */
async function changed(more: Partial<ExecutionIndexEntry> = {}): Promise<number> {
  const entryOf: ExecutionIndexEntry = {
    stateMachineArn: machine,
    executionArn: `${ACCOUNT}:execution:orders:run`,
    name: "run",
    startedAt: START,
    status: "RUNNING",
    version: 1,
    redriveCount: 0,
    ...more,
  };
  const before = api.ruleMessages.length;
  await indexStatuses(
    { messages: [{ body: { version: 1, entry: entryOf } }] },
    {
      db: api.context.db,
      countsExecutions: false,
      sendEvents: async (messages) => api.ruleMessages.push(...messages.filter((message) => "rule" in message)),
    },
  );
  return api.ruleMessages.length - before;
}

describe("changes of status", () => {
  const SUCCEEDED = { status: "SUCCEEDED", stoppedAt: START + 1, version: 2 } as const;
  const description = {
    executionArn: `${ACCOUNT}:execution:orders:run`,
    name: "run",
    stateMachineArn: "",
    status: "SUCCEEDED",
    startDate: START,
    input: "{}",
    output: '{"total":7}',
  } as const;

  test("are events of aws.states for the rules that want them, and nothing is sent where none does", async () => {
    expect(await changed(SUCCEEDED)).toBe(0);
    await putRule("ended", {
      eventPattern: { source: ["aws.states"], detail: { status: ["SUCCEEDED"], stateMachineArn: [machine] } },
    });
    expect(await changed({ version: 3, redriveCount: 1 })).toBe(0);
    expect(await changed({ ...SUCCEEDED, stateMachineArn: `${machine}x` })).toBe(0);
    expect(await changed(SUCCEEDED)).toBe(1);
    expect(JSON.stringify(api.ruleMessages)).not.toContain("detail-type");
    expect(await deliver({ describe: async () => description })).toEqual([]);
    const [arn = ""] = started();
    expect(JSON.parse(api.execution(arn).started?.input ?? "")).toMatchObject({
      source: "aws.states",
      "detail-type": "Step Functions Execution Status Change",
      detail: { status: "SUCCEEDED", output: '{"total":7}', name: "run" },
    });
  });

  test("are held against what a rule says of their data when these are known", async () => {
    const on = (name: string, output: object): Promise<Reply> =>
      putRule(name, {
        eventPattern: { source: ["aws.states"], detail: { output: [output], redriveStatus: ["NOT_REDRIVABLE"] } },
        targets: [{ id: name, stateMachine: "orders", inputPath: "$.detail.name" }],
      });
    await on("seven", { prefix: '{"total":7' });
    await on("eight", { prefix: '{"total":8' });
    await on("none", { exists: false });
    expect(await changed(SUCCEEDED)).toBe(3);
    expect(await deliver({ describe: async () => description })).toEqual([]);
    expect(started().length).toBe(1);
  });
});
