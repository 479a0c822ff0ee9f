/** Webhooks that come in: each form of signature, good and bad, what they put and start, and how they are made. */
import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Webhook } from "standardwebhooks";
import { answerHook, type HookHost } from "../../src/api/hooks/answer-hook.ts";
import { callOperation } from "../../src/api/call-operation.ts";
import { findHook } from "../../src/runtime/hooks/hooks.ts";
import { createSealer } from "../../src/runtime/sealing.ts";
import { ACCOUNT, Fixture, START, type Reply } from "../api/fixture.ts";

let api: Fixture;
let machine: string;

beforeEach(async () => {
  api = new Fixture();
  // A signature that the reference library makes is of now.
  api.at = Date.now();
  machine = await api.createStateMachine("orders");
  await ask("PUT", "/api/rules/all", {
    eventPattern: { source: [{ prefix: "" }] },
    targets: [{ id: "t", queue: "MY_QUEUE" }],
  });
});

async function ask(method: string, path: string, body?: unknown): Promise<Reply> {
  return api.request(`http://localhost${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

const SECRET = "a secret of some length";
const EVENT = { source: "shop", detailType: "Order" };
const put = (name: string, body: object): Promise<Reply> =>
  ask("PUT", `/api/hooks/${name}`, { secret: SECRET, ...body });

function host(more: Partial<HookHost> = {}): HookHost {
  return {
    findHook: (name) => findHook(api.context.db, api.context.sealer, name),
    bus: api.context.events(),
    operations: (operation, input) => callOperation(api.context, operation, input),
    maxPayloadBytes: 262_144,
    ...more,
  };
}

type Headers_ = Readonly<Record<string, string>>;

async function post(
  name: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Headers_ = {},
  more: Partial<HookHost> = {},
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const request = new Request(`http://localhost/hooks/${name}`, { method: "POST", headers, body });
  const response = await answerHook(request, () => host(more));
  return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
}

const hmac = (text: string, encoding: "hex" | "base64" = "hex", key: string = SECRET): string =>
  createHmac("sha256", key).update(text).digest(encoding);
const seconds = (): number => Math.floor(api.at / 1000);
const BODY = '{"id": "evt_1", "total": 1.0}';
const events = (): readonly unknown[] => api.ruleMessages.map(({ rule }) => "event" in rule && rule.event);

interface Form {
  readonly signature: object;
  readonly secret?: string;
  /** The headers of a request with that body, as its sender makes them. */
  readonly sign: (body: string, key?: string, at?: number) => Headers_;
  /** Whether a moment is signed. */
  readonly timed?: true;
}

const STANDARD = `whsec_${btoa("k".repeat(32))}`;
const OTHER_STANDARD = `whsec_${btoa("o".repeat(32))}`;
const FORMS: Readonly<Record<string, Form>> = {
  "GitHub's": {
    signature: { scheme: "github" },
    sign: (body, key) => ({ "X-Hub-Signature-256": `sha256=${hmac(body, "hex", key)}` }),
  },
  "Stripe's": {
    signature: { scheme: "stripe" },
    timed: true,
    sign: (body, key, at = seconds()) => ({
      "Stripe-Signature": `t=${at},v0=x,v1=${hmac(`${at}.${body}`, "hex", key)}`,
    }),
  },
  "Stripe's, with the signature of a former secret": {
    signature: { scheme: "stripe" },
    sign: (body, key) => ({
      "Stripe-Signature": `t=${seconds()},v1=${"0".repeat(64)},v1=${hmac(`${seconds()}.${body}`, "hex", key)}`,
    }),
  },
  "of Standard Webhooks": {
    signature: { scheme: "standard-webhooks" },
    secret: STANDARD,
    timed: true,
    sign: (body, key, at = seconds()) => ({
      "webhook-id": "msg_1",
      "webhook-timestamp": String(at),
      "webhook-signature": `v1,AAAA ${new Webhook(key === undefined ? STANDARD : OTHER_STANDARD).sign("msg_1", new Date(at * 1000), body)}`,
    }),
  },
  "in hexadecimal in a header of its own": {
    signature: { scheme: "hmac-sha256", header: "X-Signature" },
    sign: (body, key) => ({ "x-signature": hmac(body, "hex", key).toUpperCase() }),
  },
  "in base64 in a header of its own, behind a prefix": {
    signature: { scheme: "hmac-sha256", header: "X-Shop-Hmac", encoding: "base64", prefix: "v1=" },
    sign: (body, key) => ({ "x-shop-hmac": `v1=${hmac(body, "base64", key)}` }),
  },
};

describe.each(Object.entries(FORMS))("a signature %s", (_, { signature, secret = SECRET, sign }) => {
  beforeEach(async () => {
    expect((await put("in", { signature, secret, event: EVENT })).status).toBe(200);
  });

  test("that is good puts the event", async () => {
    const { status, body } = await post("in", BODY, sign(BODY));
    expect([status, body]).toEqual([202, { eventId: expect.any(String) }]);
    expect(events()).toMatchObject([
      { id: body["eventId"], source: "shop", "detail-type": "Order", detail: { id: "evt_1", total: 1 } },
    ]);
  });

  test("of another body, by another secret, or none at all, does nothing", async () => {
    const good = sign(BODY);
    const bad: readonly (readonly [string, Headers_])[] = [
      [`${BODY} `, good],
      [BODY, sign(BODY, "another secret of some length")],
      [BODY, {}],
      ...Object.keys(good).flatMap((name) => [
        [BODY, { ...good, [name]: "" }] as const,
        [BODY, { ...good, [name]: "x" }] as const,
        [BODY, { ...good, [name]: `${good[name]}x` }] as const,
      ]),
    ];
    for (const [body, headers] of bad) expect((await post("in", body, headers)).status).toBe(401);
    expect(api.ruleMessages).toEqual([]);
  });
});

const TIMED = Object.entries(FORMS).filter(([, { timed }]) => timed);
describe.each(TIMED)("a signature %s, with its moment,", (_, { signature, secret = SECRET, sign }) => {
  test("that is too old, or ahead, does nothing", async () => {
    await put("in", { signature, secret, event: EVENT });
    for (const at of [seconds() - 302, seconds() + 302]) {
      const { status, body } = await post("in", BODY, sign(BODY, undefined, at));
      expect([status, body["detail"]]).toEqual([401, "The signature's timestamp is too far from now"]);
    }
    expect((await post("in", BODY, sign(BODY, undefined, seconds() - 298))).status).toBe(202);
  });
});

describe("a delivery", () => {
  const github = (body: string, more: Headers_ = {}): Headers_ => ({
    "x-hub-signature-256": `sha256=${hmac(body)}`,
    ...more,
  });

  test("is an event of the type that a header names", async () => {
    await put("in", {
      signature: { scheme: "github" },
      event: { ...EVENT, detailTypeHeader: "X-GitHub-Event", eventBusName: "other" },
    });
    await ask("PUT", "/api/rules/all", {
      eventBusName: "other",
      eventPattern: { source: ["shop"] },
      targets: [{ id: "t", queue: "MY_QUEUE" }],
    });
    await post("in", "{}", github("{}", { "x-github-event": "push" }));
    await post("in", "{}", github("{}"));
    expect(events()).toMatchObject([{ "detail-type": "push" }, { "detail-type": "Order" }]);
  });

  test("that comes twice is one event, and one execution", async () => {
    await put("in", { signature: { scheme: "github" }, stateMachine: "orders" });
    const first = await post("in", BODY, github(BODY, { "x-github-delivery": "d1" }));
    const again = await post("in", BODY, github(BODY, { "x-github-delivery": "d1" }));
    const other = await post("in", BODY, github(BODY, { "x-github-delivery": "d2" }));
    expect([first.status, again.body]).toEqual([202, first.body]);
    expect(other.body["executionArn"]).not.toBe(first.body["executionArn"]);
    expect(api.execution(first.body["executionArn"] as string).started?.input).toBe(BODY);
    await put("stripe", { signature: { scheme: "stripe" }, event: EVENT });
    const sign = FORMS["Stripe's"]!.sign;
    await post("stripe", BODY, sign(BODY));
    await post("stripe", BODY, sign(BODY, undefined, seconds() - 5));
    const [one, two] = events() as readonly { readonly id: string }[];
    expect(two?.id).toBe(one?.id);
  });

  test("whose execution has ended meanwhile is answered with it", async () => {
    await put("in", { signature: { scheme: "github" }, stateMachine: "orders" });
    const refused = (name: string, status: number): Partial<HookHost> => ({
      operations: async () => ({ ok: false, refusal: { name, message: "Already: 'arn:x'", status } }),
    });
    expect(await post("in", BODY, github(BODY), refused("ExecutionAlreadyExists", 400))).toEqual({
      status: 202,
      body: { executionArn: "arn:x" },
    });
    expect((await post("in", BODY, github(BODY), refused("StateMachineDoesNotExist", 400))).status).toBe(409);
    expect((await post("in", BODY, github(BODY), refused("ThrottlingException", 400))).status).toBe(429);
    expect((await post("in", BODY, github(BODY), refused("ServiceUnavailable", 503))).status).toBe(503);
  });

  test.each<readonly [string, string | Uint8Array<ArrayBuffer>, number]>([
    ["is not JSON", "{", 400],
    ["is empty", "", 400],
    ["is not UTF-8", new Uint8Array([0xff]), 400],
    ["is nested too deeply", "[".repeat(1000), 400],
    ["is no object", "[1]", 400],
    ["is too large", JSON.stringify("x".repeat(262_144)), 413],
  ])("that %s is refused", async (_, body, status) => {
    await put("in", { signature: { scheme: "github" }, event: EVENT });
    const signature = createHmac("sha256", SECRET).update(body).digest("hex");
    expect((await post("in", body, { "x-hub-signature-256": `sha256=${signature}` })).status).toBe(status);
  });

  test("to nobody, by another method, or while something is out of order, is refused", async () => {
    expect((await post("in", BODY, github(BODY))).status).toBe(404);
    expect((await post("a%20b", BODY, github(BODY))).status).toBe(404);
    const get = await answerHook(new Request("http://localhost/hooks/in"), () => host());
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
    await put("in", { signature: { scheme: "github" }, event: EVENT });
    const failing = (message: string): Partial<HookHost> => ({ findHook: () => Promise.reject(new Error(message)) });
    expect((await post("in", BODY, github(BODY), failing("Network connection lost."))).status).toBe(503);
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    expect((await post("in", BODY, github(BODY), failing("a defect"))).status).toBe(500);
    log.mockRestore();
    const stranger = createSealer(btoa("another key of 32 bytes, at last"));
    const sealed = { findHook: (name: string) => findHook(api.context.db, stranger, name) };
    expect((await post("in", BODY, github(BODY), sealed)).status).toBe(501);
  });
});

describe("a hook", () => {
  test("is kept, shown without its secret, listed and deleted", async () => {
    api.at = START;
    const made = await ask("PUT", "/api/hooks/in", { signature: { scheme: "github" }, stateMachine: "orders" });
    const at = new Date(START).toISOString();
    const shown = {
      name: "in",
      path: "/hooks/in",
      signature: { scheme: "github" },
      stateMachine: machine,
      idHeader: "x-github-delivery",
      createdAt: at,
      updatedAt: at,
    };
    expect(made.body).toEqual({ ...shown, secret: expect.stringMatching(/^whsec_/u) });
    expect((await ask("GET", "/api/hooks/in")).body).toEqual(shown);
    expect(
      (await ask("PUT", "/api/hooks/in", { signature: { scheme: "github" }, stateMachine: "orders" })).body,
    ).toEqual(shown);
    expect((await findHook(api.context.db, api.context.sealer, "in"))?.secret).toBe(made.body["secret"]);
    const event = { ...EVENT, eventBusName: "default" };
    const stripe = await ask("PUT", "/api/hooks/in", { signature: { scheme: "stripe" }, event });
    // The secret of another form is not taken over.
    expect(stripe.body).toMatchObject({
      signature: { scheme: "stripe", toleranceSeconds: 300 },
      event,
      secret: expect.any(String),
    });
    expect((await ask("GET", "/api/hooks")).body["hooks"]).toMatchObject([{ name: "in" }]);
    expect(JSON.stringify(api.db.database.prepare("SELECT * FROM hook").all())).not.toContain(stripe.body["secret"]);
    expect((await ask("DELETE", "/api/hooks/in")).status).toBe(204);
    expect((await ask("DELETE", "/api/hooks/in")).status).toBe(404);
    expect((await ask("GET", "/api/hooks/in")).status).toBe(404);
  });

  test.each<readonly [string, object, string]>([
    ["no form", {}, "/signature/scheme"],
    ["an unknown form", { signature: { scheme: "md5" } }, "/signature/scheme"],
    ["a member of another form", { signature: { scheme: "github", header: "x" } }, "/signature/header"],
    ["no header", { signature: { scheme: "hmac-sha256" } }, "/signature/header"],
    ["a header that is none", { signature: { scheme: "hmac-sha256", header: "a b" } }, "/signature/header"],
    [
      "an encoding that is none",
      { signature: { scheme: "hmac-sha256", header: "x", encoding: "utf8" } },
      "/signature/encoding",
    ],
    [
      "a long prefix",
      { signature: { scheme: "hmac-sha256", header: "x", prefix: "p".repeat(33) } },
      "/signature/prefix",
    ],
    [
      "a tolerance that is none",
      { signature: { scheme: "stripe", toleranceSeconds: 0 } },
      "/signature/toleranceSeconds",
    ],
    ["a short secret", { secret: "short" }, "/secret"],
    ["a secret of another form", { signature: { scheme: "standard-webhooks" } }, "/secret"],
    ["neither event nor state machine", { event: undefined }, ""],
    ["both", { stateMachine: "orders" }, ""],
    ["an event that is none", { event: 1 }, "/event"],
    ["an event of AWS's", { event: { source: "aws.s3", detailType: "x" } }, "/event/source"],
    ["an event without a type", { event: { source: "x" } }, "/event/detailType"],
    ["a bus that is none", { event: { ...EVENT, eventBusName: "a b" } }, "/event/eventBusName"],
    ["a type's header that is none", { event: { ...EVENT, detailTypeHeader: "a b" } }, "/event/detailTypeHeader"],
    ["an id's header that is none", { idHeader: "a b" }, "/idHeader"],
    ["a stranger", { colour: 1 }, "/colour"],
    ["a stranger in the event", { event: { ...EVENT, colour: 1 } }, "/event/colour"],
  ])("is refused with %s", async (_, more, pointer) => {
    const isBare = Object.keys(more).length === 0;
    const { status, body } = await put("in", {
      ...(!isBare && { signature: { scheme: "github" } }),
      event: EVENT,
      ...more,
    });
    expect([status, body["errors"]]).toEqual([400, [expect.objectContaining({ pointer })]]);
  });

  test("is refused under a name that is none, or without keys to seal its secret by", async () => {
    expect((await put("a b", { signature: { scheme: "github" }, event: EVENT })).status).toBe(400);
    Object.assign(api.context, { sealer: createSealer(undefined) });
    const body = JSON.stringify({ signature: { scheme: "github" }, event: EVENT });
    const init = { method: "PUT", headers: { "content-type": "application/json" }, body };
    expect((await api.fetch("https://stepflare.example.com/api/hooks/in", init)).status).toBe(501);
  });

  test("does only what whoever makes it may do", async () => {
    const asked: string[] = [];
    const principal = {
      ...api.context.principal,
      authorize: (...of: readonly string[]) => void asked.push(of.join(" ")),
    };
    api.admit = async () => ({ principal });
    await put("a", { signature: { scheme: "github" }, stateMachine: "orders" });
    await put("b", { signature: { scheme: "github" }, event: EVENT });
    expect(asked).toEqual([
      "stepflare:PutHook arn:aws:stepflare:us-east-1:123456789012:hook:a",
      `states:StartExecution ${ACCOUNT}:stateMachine:orders`,
      "stepflare:PutHook arn:aws:stepflare:us-east-1:123456789012:hook:b",
      "stepflare:PutEvents arn:aws:events:us-east-1:123456789012:event-bus/default",
    ]);
  });
});
