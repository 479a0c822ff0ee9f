/** Tasks that put events: what they get back, in AWS's words, and what is put. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/asl/json.ts";
import { parseResource } from "../../src/asl/resource.ts";
import { Payload } from "../../src/data/payload.ts";
import type { TaskId } from "../../src/engine/execution.ts";
import { DEFAULT_ARN_CONFIG } from "../../src/runtime/arn.ts";
import { uuidOf } from "../../src/runtime/events/bus-event.ts";
import type { EventBus } from "../../src/runtime/events/event-bus.ts";
import type { EventRule } from "../../src/runtime/events/event-rules.ts";
import type { RuleMessage } from "../../src/runtime/events/rule-messages.ts";
import { startedName } from "../../src/runtime/events/rule-depth.ts";
import { callEvents } from "../../src/runtime/integrations/eventbridge/put-events.ts";
import type { ServiceCall } from "../../src/runtime/integrations/integration.ts";
import type { TaskAnswer } from "../../src/runtime/tasks/task-call.ts";

const ACCOUNT = "arn:aws:states:us-east-1:123456789012";
const MACHINE = `${ACCOUNT}:stateMachine:shop`;
const EXECUTION = `${ACCOUNT}:execution:shop:run`;
const RULE: EventRule = {
  name: "all",
  eventBusName: "default",
  eventPattern: { source: [{ prefix: "" }] },
  state: "ENABLED",
  targets: [{ id: "t", queue: "Q" }],
  createdAt: 0,
  updatedAt: 0,
};

let sent: RuleMessage[];
let bus: EventBus;

beforeEach(() => {
  sent = [];
  bus = {
    config: DEFAULT_ARN_CONFIG,
    now: () => Date.UTC(2026, 10, 21, 9, 8, 7, 654),
    uuid: () => "drawn",
    rules: async () => [RULE],
    send: async (messages) => sent.push(...messages),
    objects: { put: async () => undefined },
  };
});

async function call(arn: string, parameters: Json, more: Partial<ServiceCall> = {}): Promise<TaskAnswer | undefined> {
  const resource = parseResource(arn);
  if (resource?.kind !== "service") throw new Error(`no service: ${arn}`);
  return callEvents(bus, {
    type: "ScheduleTask",
    taskId: "0-1" as TaskId,
    stateName: "T",
    resource,
    parameters: Payload.of(parameters),
    enteredAt: 0,
    retryCount: 0,
    executionArn: EXECUTION,
    stateMachineArn: MACHINE,
    idempotencyKey: "key",
    maxPayloadBytes: 262_144,
    ...more,
  });
}

const OPTIMIZED = "arn:aws:states:::events:putEvents";
const SDK = "arn:aws:states:::aws-sdk:eventbridge:putEvents";
const entry = (more: JsonObject = {}): JsonObject => ({
  Source: "shop",
  DetailType: "Order",
  Detail: { id: 7 },
  ...more,
});
const put = (): readonly unknown[] => sent.map(({ rule }) => "event" in rule && rule.event);

test("events:putEvents answers their ids, and adds the state machine and the execution to their resources", async () => {
  const Entries = [entry(), entry({ Detail: '{"id":8}', Resources: ["mine"] })];
  expect(await call(OPTIMIZED, { Entries })).toMatchObject({
    kind: "succeeded",
    output: { value: { Entries: [{ EventId: uuidOf("key 0") }, { EventId: uuidOf("key 1") }], FailedEntryCount: 0 } },
  });
  const event = {
    version: "0",
    id: uuidOf("key 0"),
    "detail-type": "Order",
    source: "shop",
    account: "123456789012",
    time: "2026-11-21T09:08:07Z",
    region: "us-east-1",
    resources: [MACHINE, EXECUTION],
    detail: { id: 7 },
  };
  expect(put()).toEqual([
    event,
    { ...event, id: uuidOf("key 1"), detail: { id: 8 }, resources: ["mine", MACHINE, EXECUTION] },
  ]);
});

test("a call that is made again puts the same events, another attempt others", async () => {
  await call(OPTIMIZED, { Entries: [entry()] });
  await call(OPTIMIZED, { Entries: [entry()] });
  await call(OPTIMIZED, { Entries: [entry()] }, { idempotencyKey: "next" });
  const [first, again, next] = put() as readonly { readonly id: string }[];
  expect(again).toEqual(first);
  expect(next?.id).not.toBe(first?.id);
});

test("an entry that cannot be put fails the task, and the others are put", async () => {
  const Entries = [entry(), entry({ Detail: '"text"' }), { Detail: {}, DetailType: "Order" }];
  const answer = await call(OPTIMIZED, { Entries });
  const failure = answer?.kind === "failed" ? answer.failure : {};
  expect(failure.error).toBe("EventBridge.FailedEntry");
  expect(JSON.parse(failure.cause ?? "")).toEqual({
    Entries: [
      { EventId: uuidOf("key 0") },
      { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." },
      {
        ErrorCode: "InvalidArgument",
        ErrorMessage: "Parameter Source is not valid. Reason: Source is a required argument.",
      },
    ],
    FailedEntryCount: 2,
  });
  expect(put()).toHaveLength(1);
});

test("events:putEvents.waitForTaskToken shows the answer until the callback brings the result", async () => {
  expect(await call(`${OPTIMIZED}.waitForTaskToken`, { Entries: [entry()] })).toMatchObject({
    kind: "submitted",
    output: { value: { FailedEntryCount: 0 } },
  });
});

test("aws-sdk:eventbridge:putEvents does as the SDK does: no resources are added, failed entries are an answer", async () => {
  const Entries = [entry({ Detail: '{"id":7}' }), entry({ Source: "aws.s3", Detail: "{}" })];
  expect(await call(SDK, { Entries })).toMatchObject({
    kind: "succeeded",
    output: {
      value: {
        Entries: [
          { EventId: uuidOf("key 0") },
          { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." },
        ],
        FailedEntryCount: 1,
      },
    },
  });
  expect(put()).toMatchObject([{ resources: [] }]);
});

describe("parameters that cannot be used", () => {
  test.each<readonly [string, Json, string]>([
    [OPTIMIZED, {}, "The field 'Entries' is required but was missing"],
    [OPTIMIZED, "x", "The field 'Entries' is required but was missing"],
    [OPTIMIZED, { Entries: {} }, "The value for the field 'Entries' must be an ARRAY"],
    [OPTIMIZED, { Entries: ["x"] }, "The value for the field 'Entries' must be an ARRAY of OBJECTs"],
    [OPTIMIZED, { Entries: [], EndpointId: "x" }, "The field 'EndpointId' is not supported by Step Functions"],
    [OPTIMIZED, { Entries: [entry({ Colour: 1 })] }, "The field 'Colour' is not supported by Step Functions"],
    [OPTIMIZED, { Entries: [entry({ Source: 1 })] }, "The value for the field 'Source' must be a STRING"],
    [SDK, { Entries: [entry()] }, "The value for the field 'Detail' must be a STRING"],
  ])("%s %j", async (arn, parameters, fault) => {
    expect(await call(arn, parameters)).toEqual({
      kind: "failed",
      failure: {
        error: "States.Runtime",
        cause: `The Parameters '${JSON.stringify(parameters)}' could not be used to start the Task: [${fault}]`,
      },
    });
  });

  test("too many, none and too large are EventBridge's refusals", async () => {
    const failing = async (arn: string, Entries: readonly JsonObject[]): Promise<unknown> => {
      const answer = await call(arn, { Entries });
      return answer?.kind === "failed" && answer.failure;
    };
    const eleven = Array.from({ length: 11 }, () => entry({ Detail: "{}" }));
    expect(await failing(OPTIMIZED, eleven)).toMatchObject({
      error: "EventBridge.ValidationException",
      cause: expect.stringMatching(/less than or equal to 10 \(Service: AmazonEventBridge; Status Code: 400; /u),
    });
    expect(await failing(SDK, [])).toMatchObject({
      error: "EventBridge.ValidationException",
      cause: expect.stringMatching(/greater than or equal to 1 \(Service: EventBridge, Status Code: 400, /u),
    });
    expect(await failing(SDK, [entry({ Detail: `"${"x".repeat(262_144)}"` })])).toMatchObject({
      cause: expect.stringMatching(/^Total size of the entries in the request is over the limit\. /u),
    });
    expect(sent).toEqual([]);
  });
});

test("there is no other action", async () => {
  expect(await call("arn:aws:states:::aws-sdk:eventbridge:putRule", {})).toBeUndefined();
});

test("what a rule started passes on how many rules led to it", async () => {
  const name = startedName(uuidOf("e"), "r", "t", 6);
  await call(OPTIMIZED, { Entries: [entry()] }, { executionArn: `${ACCOUNT}:execution:shop:${name}` });
  expect(sent).toMatchObject([{ rule: { depth: 7 } }]);
});

test("without a queue nothing is lost in silence", async () => {
  bus = { ...bus, send: undefined };
  await expect(call(OPTIMIZED, { Entries: [entry()] })).rejects.toThrow("EVENTS_QUEUE");
  bus = { ...bus, rules: async () => [] };
  expect(await call(OPTIMIZED, { Entries: [entry()] })).toMatchObject({ kind: "succeeded" });
});
