/**
 * Who may do what: every operation and every REST route, asked for with every kind of credential. What is to come out stands
 * in the tables here; an operation or a route without a row fails.
 */
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { AccessKey } from "../../src/api/auth/key-texts.ts";
import { ROUTES } from "../../src/api/rest/router.ts";
import { INPUTS } from "../../src/api/shapes.ts";
import { encodePageToken } from "../../src/runtime/page-token.ts";
import { ObjectFault } from "../../src/runtime/objects/buckets.ts";
import { ACCOUNT, SECRET_KEYS, tokenFor } from "./fixture.ts";
import { AUDIENCE, Guarded, HOST, TEAM } from "./guarded.ts";

const MACHINE = `${ACCOUNT}:stateMachine:orders`;
const VERSION = `${MACHINE}:1`;
const ALIAS = `${MACHINE}:live`;
const EXECUTION = `${ACCOUNT}:execution:orders:one`;
const MAP_RUN = `${ACCOUNT}:mapRun:orders/Each:one`;
const ACTIVITY = `${ACCOUNT}:activity:hands`;
const TOKEN = tokenFor(EXECUTION);
const own = (rest: string): string => `arn:aws:stepflare:us-east-1:123456789012:${rest}`;
const FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f";

interface Row {
  readonly resource: string;
  /** Whether the ready-made policy read-only allows it. */
  readonly reads: boolean;
}
const reads = (resource: string): Row => ({ resource, reads: true });
const writes = (resource: string): Row => ({ resource, reads: false });

const TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/orders";
const QUEUE = "arn:aws:sqs:us-east-1:123456789012:q";
const TOPIC = "arn:aws:sns:us-east-1:123456789012:t";
const EVENTS = "arn:aws:events:us-east-1:123456789012";
const RULE = `${EVENTS}:rule/r`;
const SCHEDULE = "arn:aws:scheduler:us-east-1:123456789012:schedule/default/nightly";

const OPERATIONS: Readonly<Record<string, Row>> = {
  CreateActivity: writes(ACTIVITY),
  CreateStateMachine: writes(`${ACCOUNT}:stateMachine:hands`),
  CreateStateMachineAlias: writes(`${MACHINE}:hands`),
  DeleteActivity: writes(ACTIVITY),
  DeleteStateMachine: writes(MACHINE),
  DeleteStateMachineAlias: writes(ALIAS),
  DeleteStateMachineVersion: writes(VERSION),
  DescribeActivity: reads(ACTIVITY),
  DescribeExecution: reads(EXECUTION),
  DescribeMapRun: reads(MAP_RUN),
  DescribeStateMachine: reads(MACHINE),
  DescribeStateMachineAlias: reads(ALIAS),
  DescribeStateMachineForExecution: reads(EXECUTION),
  GetActivityTask: writes(ACTIVITY),
  GetExecutionHistory: reads(EXECUTION),
  ListActivities: reads("*"),
  ListExecutions: reads(MAP_RUN),
  ListMapRuns: reads(EXECUTION),
  ListStateMachineAliases: reads(MACHINE),
  ListStateMachines: reads("*"),
  ListStateMachineVersions: reads(MACHINE),
  ListTagsForResource: reads(MACHINE),
  PublishStateMachineVersion: writes(MACHINE),
  RedriveExecution: writes(EXECUTION),
  SendTaskFailure: writes(EXECUTION),
  SendTaskHeartbeat: writes(EXECUTION),
  SendTaskSuccess: writes(EXECUTION),
  StartExecution: writes(MACHINE),
  StartSyncExecution: writes(MACHINE),
  StopExecution: writes(EXECUTION),
  TagResource: writes(MACHINE),
  TestState: writes("*"),
  UntagResource: writes(MACHINE),
  UpdateMapRun: writes(MAP_RUN),
  UpdateStateMachine: writes(MACHINE),
  UpdateStateMachineAlias: writes(ALIAS),
  ValidateStateMachineDefinition: reads("*"),
};

/** One input for all: an operation takes from it what it knows. */
const INPUT = {
  name: "hands",
  stateMachineArn: MACHINE,
  stateMachineVersionArn: VERSION,
  stateMachineAliasArn: ALIAS,
  executionArn: EXECUTION,
  mapRunArn: MAP_RUN,
  activityArn: ACTIVITY,
  resourceArn: MACHINE,
  taskToken: TOKEN,
  routingConfiguration: [{ stateMachineVersionArn: VERSION, weight: 100 }],
};

/** The routes that perform no operation, by their ids. */
const OWN_ROUTES: Readonly<Record<string, Row | "open">> = {
  Health: "open",
  GetOpenApi: reads("*"),
  ImportDefinition: reads("*"),
  GetMetrics: reads("*"),
  DescribeUsage: reads(EXECUTION),
  ListChildren: reads(EXECUTION),
  GetArchivedExecution: reads(EXECUTION),
  DescribeMapRunUsage: reads(MAP_RUN),
  SearchExecutions: reads(MACHINE),
  ListApprovals: reads("*"),
  DescribeApproval: reads(EXECUTION),
  DecideApproval: writes(EXECUTION),
  DescribeSearchFields: reads(MACHINE),
  PutSearchFields: writes(MACHINE),
  ListFunctions: reads("*"),
  DescribeFunction: reads(FUNCTION),
  PutFunction: writes(FUNCTION),
  DeleteFunction: writes(FUNCTION),
  ListKeys: reads("*"),
  CreateKey: writes("*"),
  RotateKey: writes(own("key:k")),
  UpdateKey: writes(own("key:k")),
  DeleteKey: writes(own("key:k")),
  ListObjects: reads("arn:aws:s3:::in"),
  GetObject: reads("arn:aws:s3:::in/a/b"),
  PutObject: writes("arn:aws:s3:::in/a/b"),
  DeleteObject: writes("arn:aws:s3:::in/a/b"),
  ListSubscriptions: reads("*"),
  DescribeSubscription: reads(own("subscription:s")),
  PutSubscription: writes(own("subscription:s")),
  DeleteSubscription: writes(own("subscription:s")),
  ListConnections: reads("*"),
  DescribeConnection: reads(own("connection:c")),
  PutConnection: writes(own("connection:c")),
  DeleteConnection: writes(own("connection:c")),
  Run: writes(MACHINE),
  PutEvents: writes(`${EVENTS}:event-bus/default`),
  ListRules: reads("*"),
  TestEventPattern: reads("*"),
  DescribeRule: reads(RULE),
  PutRule: writes(RULE),
  DeleteRule: writes(RULE),
  EnableRule: writes(RULE),
  DisableRule: writes(RULE),
  ListHooks: reads("*"),
  DescribeHook: reads(own("hook:h")),
  PutHook: writes(own("hook:h")),
  DeleteHook: writes(own("hook:h")),
  ListSchedules: reads("*"),
  DescribeSchedule: reads(SCHEDULE),
  PutSchedule: writes(SCHEDULE),
  DeleteSchedule: writes(SCHEDULE),
  BackfillSchedule: writes(SCHEDULE),
  ListTables: reads("*"),
  DescribeTable: reads(TABLE),
  PutTable: writes(TABLE),
  DeleteTable: writes(TABLE),
  ListItems: reads(TABLE),
  ListQueues: reads("*"),
  DescribeQueue: reads(QUEUE),
  PutQueue: writes(QUEUE),
  DeleteQueue: writes(QUEUE),
  ListTopics: reads("*"),
  DescribeTopic: reads(TOPIC),
  PutTopic: writes(TOPIC),
  DeleteTopic: writes(TOPIC),
  ListTopicSubscriptions: reads(TOPIC),
  DescribeTopicSubscription: reads(`${TOPIC}:s`),
  PutTopicSubscription: writes(`${TOPIC}:s`),
  DeleteTopicSubscription: writes(`${TOPIC}:s`),
  DescribeRedaction: reads(MACHINE),
  PutRedaction: writes(MACHINE),
};

const PATH_VALUES: Readonly<Record<string, string>> = {
  stateMachine: "orders",
  version: "1",
  alias: "live",
  execution: "orders:one",
  mapRun: encodeURIComponent(MAP_RUN),
  activity: "hands",
  function: "f",
  keyId: "k",
  bucket: "in",
  key: "a/b",
  subscription: "s",
  connection: "c",
  rule: "r",
  hook: "h",
  schedule: "nightly",
  table: "orders",
  approval: encodePageToken(["approval"], [0, EXECUTION, "0-1", "digest"]),
  queue: "q",
  topic: "t",
};

/** Of operations whose resource is not in the path. */
const BODIES: Readonly<Record<string, object>> = {
  CreateStateMachine: { name: "hands" },
  CreateActivity: { name: "hands" },
  CreateStateMachineAlias: { name: "hands", routingConfiguration: INPUT.routingConfiguration },
  SendTaskSuccess: { taskToken: TOKEN },
  SendTaskFailure: { taskToken: TOKEN },
  SendTaskHeartbeat: { taskToken: TOKEN },
};

/** What REST routes of an operation are on, where it is not what the operation's row says. */
const ROUTE_RESOURCES: Readonly<Record<string, string>> = {
  StartExecutionOfVersion: VERSION,
  StartExecutionOfAlias: ALIAS,
  StartSyncExecutionOfVersion: VERSION,
  StartSyncExecutionOfAlias: ALIAS,
  DescribeStateMachineVersion: VERSION,
  ListAliasesOfVersion: VERSION,
  ListTagsOfActivity: ACTIVITY,
  TagActivity: ACTIVITY,
  UntagActivity: ACTIVITY,
};

/** `allowed`, `denied`, `by policy`, or an exception's name. */
type Outcome = string;

/** What is to come of a credential, on the wire and over REST; "by policy": what the row says of read-only. */
const CREDENTIALS: Readonly<Record<string, { readonly wire: Outcome; readonly rest: Outcome }>> = {
  none: { wire: "MissingAuthenticationTokenException", rest: "MissingAuthenticationTokenException" },
  "bad secret": { wire: "InvalidSignatureException", rest: "UnrecognizedClientException" },
  "signed 14 minutes ago": { wire: "allowed", rest: "IncompleteSignatureException" },
  "signed 16 minutes ago": { wire: "InvalidSignatureException", rest: "IncompleteSignatureException" },
  "signed 16 minutes ahead": { wire: "InvalidSignatureException", rest: "IncompleteSignatureException" },
  "signed for another service": { wire: "InvalidSignatureException", rest: "IncompleteSignatureException" },
  disabled: { wire: "UnrecognizedClientException", rest: "UnrecognizedClientException" },
  expired: { wire: "ExpiredTokenException", rest: "ExpiredTokenException" },
  "of another account": { wire: "UnrecognizedClientException", rest: "UnrecognizedClientException" },
  "for another resource": { wire: "denied", rest: "denied" },
  "read-only": { wire: "by policy", rest: "by policy" },
  admin: { wire: "allowed", rest: "allowed" },
  bearer: { wire: "allowed", rest: "allowed" },
  "Access, for everything": { wire: "allowed", rest: "allowed" },
  "Access, of another audience": { wire: "UnrecognizedClientException", rest: "UnrecognizedClientException" },
  "Access, expired": { wire: "ExpiredTokenException", rest: "ExpiredTokenException" },
};

type Headers_ = Readonly<Record<string, string>>;
type Credential = { readonly wire: (operation: string, body: string) => Headers_; readonly rest: Headers_ };

const MINUTE = 60_000;
let guarded: Guarded;
let credentials: Readonly<Record<string, Credential>>;

beforeAll(async () => {
  guarded = new Guarded({
    SECRET_KEYS,
    ACCESS_TEAM_DOMAIN: TEAM,
    ACCESS_AUD: AUDIENCE,
    ACCESS_POLICIES: { "ann@example.com": "admin" },
  });
  const buckets = (): never => {
    throw new ObjectFault("InvalidBucketName", "reached");
  };
  const objects = { get: async () => null, list: async () => ({ objects: [], truncated: false }) };
  Object.assign(guarded.api.context, { buckets, objects });
  const { at } = guarded.api;
  const other = { Statement: { Effect: "Allow", Action: "*", Resource: `${ACCOUNT}:stateMachine:nothing-else` } };
  const bearer = (token: string): Headers_ => ({ authorization: `Bearer ${token}` });
  const signed = (key: AccessKey, when = at, service = "states"): Credential => {
    const wire = (operation: string, body: string): Headers_ => guarded.signed(key, operation, body, when, service);
    return { wire, rest: wire("DescribeStateMachine", "{}") };
  };
  const both = (options: Parameters<Guarded["accessKey"]>[0]): Credential => ({
    wire: signed(guarded.accessKey(options)).wire,
    rest: bearer(guarded.bearerKey(options)),
  });
  const everywhere = (headers: Headers_): Credential => ({
    wire: (operation) => ({ ...headers, "x-amz-target": `AWSStepFunctions.${operation}` }),
    rest: headers,
  });
  const access = async (more: Parameters<Guarded["assertion"]>[1] = {}): Promise<Credential> =>
    everywhere({ "cf-access-jwt-assertion": await guarded.assertion({ email: "ann@example.com" }, more) });
  const admin = guarded.accessKey();
  const { token } = (await import("../../src/api/auth/key-texts.ts")).newBearerKey("live");
  credentials = {
    none: everywhere({}),
    "bad secret": { wire: signed({ ...admin, secretAccessKey: "x" }).wire, rest: bearer(token) },
    "signed 14 minutes ago": signed(admin, at - 14 * MINUTE),
    "signed 16 minutes ago": signed(admin, at - 16 * MINUTE),
    "signed 16 minutes ahead": signed(admin, at + 16 * MINUTE),
    "signed for another service": signed(admin, at, "lambda"),
    disabled: both({ disabledAt: at }),
    expired: both({ expiresAt: at }),
    "of another account": both({ accountId: "999999999999" }),
    "for another resource": both({ policy: other }),
    "read-only": both({ policy: "read-only" }),
    admin: both({}),
    bearer: everywhere(bearer(guarded.bearerKey())),
    "Access, for everything": await access(),
    "Access, of another audience": await access({ audience: "ffffffffffffffff" }),
    "Access, expired": await access({ expiresIn: -60 }),
  };
});

let requests = 0;

/** Sends it from an address of its own, so that failures are not held against the others. */
async function send(
  path: string,
  method: string,
  headers: Headers_,
  body: string | undefined,
): Promise<{ name: string; message: string; status: number }> {
  const address = { "cf-connecting-ip": `192.0.2.${++requests}` };
  const response = await guarded.api.fetch(HOST + path, {
    method,
    headers: { ...headers, ...address },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  const isJson = /json/u.test(response.headers.get("content-type") ?? "");
  const answer = (isJson && text !== "" ? JSON.parse(text) : {}) as Readonly<Record<string, string>>;
  const { __type, exception, message, detail } = answer;
  return { name: __type ?? exception ?? "", message: message ?? detail ?? "", status: response.status };
}

const REFUSALS = new Set([
  "AccessDeniedException",
  "ExpiredTokenException",
  "IncompleteSignatureException",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  "UnrecognizedClientException",
]);

function expected(outcome: Outcome, row: Row, action: string): RegExp {
  const allows = outcome === "allowed" || (outcome === "by policy" && row.reads);
  if (allows) return /^$/u;
  if (outcome !== "denied" && outcome !== "by policy") return new RegExp(`^${outcome}:`, "u");
  const escaped = row.resource.replaceAll(/[*?.]/gu, String.raw`\$&`);
  return new RegExp(
    `^AccessDeniedException: User: \\S+ is not authorized to perform: ${action} on resource: ${escaped} because`,
    "u",
  );
}

/** The refusal, or nothing where the request got through the door. */
const refusalIn = ({ name, message }: { name: string; message: string }): string =>
  REFUSALS.has(name) ? `${name}: ${message}` : "";

test("every operation has a row, and so has every route that performs none", () => {
  expect(Object.keys(OPERATIONS).sort()).toEqual(Object.keys(INPUTS).sort());
  expect(Object.keys(INPUTS)).toHaveLength(37);
  const ids = ROUTES.flatMap((route) => ("operation" in route ? [] : [route.id]));
  expect(Object.keys(OWN_ROUTES).sort()).toEqual(ids.sort());
  expect(Object.keys(CREDENTIALS)).toHaveLength(16);
});

describe.each(Object.entries(CREDENTIALS))("with the credential: %s", (name, { wire, rest }) => {
  test.each(Object.entries(OPERATIONS))(`on the wire, %s`, async (operation, row) => {
    const body = JSON.stringify(INPUT);
    const headers = credentials[name]!.wire(operation, body);
    const prepare = vi.spyOn(guarded.api.db, "prepare");
    const known = guarded.api.executions.size;
    const answer = await send("/", "POST", headers, body);
    expect(refusalIn(answer)).toMatch(expected(wire, row, `states:${operation}`));
    // Who is refused learns nothing of what is there: only their key was looked for.
    const looked = prepare.mock.calls.map(([sql]) => sql).filter((sql) => !/(?:FROM|UPDATE) access_key/u.test(sql));
    prepare.mockRestore();
    if (refusalIn(answer) !== "") expect([looked, guarded.api.executions.size]).toEqual([[], known]);
  });

  test.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
    "over REST, %s",
    async (_path, route) => {
      const id = "operation" in route ? (route.id ?? route.operation) : route.id;
      const row = "operation" in route ? OPERATIONS[route.operation]! : OWN_ROUTES[id]!;
      const action = "operation" in route ? `states:${route.operation}` : (route.action ?? `stepflare:${id}`);
      const path = route.path.replaceAll(/\{(\w+)\}/gu, (_, parameter: string) => PATH_VALUES[parameter]!);
      const query = id === "SearchExecutions" ? "?stateMachine=orders" : "";
      const body = route.method === "GET" || route.method === "DELETE" ? undefined : JSON.stringify(BODIES[id] ?? {});
      const type = body === undefined ? {} : { "content-type": "application/json" };
      const answer = await send(path + query, route.method, { ...credentials[name]!.rest, ...type }, body);
      if (row === "open") {
        expect(answer.status).toBe(200);
        return;
      }
      const resource = ROUTE_RESOURCES[id] ?? row.resource;
      expect(refusalIn(answer)).toMatch(expected(rest, { ...row, resource }, action));
      if (refusalIn(answer) !== "") expect(answer.status).toBe(answer.name === "AccessDeniedException" ? 403 : 401);
      else expect(answer.status).toBeLessThan(500);
    },
  );
});
