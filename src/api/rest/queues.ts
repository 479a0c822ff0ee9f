/** Queues that need no binding: a name, and the function that consumes what is sent there. */
import { memberOf, type JsonObject } from "../../asl/json.ts";
import { isQueueName, queueArnOf, queueUrlOf } from "../../runtime/queues/queue-name.ts";
import * as store from "../../runtime/queues/queues.ts";
import type { QueuePlan } from "../../runtime/queues/queues.ts";
import { NO_DELIVERIES } from "../../runtime/queues/send.ts";
import { forgetReads } from "../../runtime/recent-reads.ts";
import { jsonResponse } from "./answer.ts";
import { CURSOR, LIMIT, nextCursorOf, readCursor, readLimit } from "./cursor.ts";
import { FUNCTION_NAME } from "./functions.ts";
import { problem } from "./problem.ts";
import { refusal } from "./read-request.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { COUNT, INSTANT, object, pageOf, TEXT, type JsonSchema } from "./schema.ts";

const MAX_BODY_BYTES = 16_384;
const LIST = "queues";

/** Whole numbers with their bounds, and what they are where nothing is said. SQS's, but for what the platform's queues allow. */
const NUMBERS = {
  batchSize: {
    minimum: 1,
    maximum: 10,
    otherwise: 10,
    description: "How many messages a call of the function may have",
  },
  delaySeconds: { minimum: 0, maximum: 900, otherwise: 0, description: "How long messages are held back" },
  visibilityTimeoutSeconds: {
    minimum: 0,
    maximum: 43_200,
    otherwise: 30,
    description: "How long after a failed call its messages are delivered again",
  },
  maxReceiveCount: {
    minimum: 1,
    maximum: 100,
    otherwise: 5,
    description: "How often a message is delivered before it goes to the dead letter queue, or is dropped",
  },
} as const;
const NUMBER_NAMES = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[];

const WISH: JsonSchema = {
  title: "QueueRequest",
  description: "The function that gets the messages, as Lambda's event for SQS",
  type: "object",
  properties: {
    function: { type: "string", maxLength: 269 },
    ...Object.fromEntries(
      NUMBER_NAMES.map((name) => {
        const { minimum, maximum, description } = NUMBERS[name];
        return [name, { type: "integer", minimum, maximum, description }];
      }),
    ),
    deadLetterQueue: { type: "string", maxLength: 80, description: "Another queue's name" },
  },
  additionalProperties: false,
};

const QUEUE = object("Queue", {
  name: TEXT,
  arn: TEXT,
  url: TEXT,
  function: TEXT,
  batchSize: COUNT,
  delaySeconds: COUNT,
  visibilityTimeoutSeconds: COUNT,
  maxReceiveCount: COUNT,
  "deadLetterQueue?": TEXT,
  createdAt: INSTANT,
});

export const QUEUE_ROUTES: readonly OwnRoute[] = [
  {
    method: "GET",
    path: "/api/queues",
    id: "ListQueues",
    summary: "Lists the queues that functions consume",
    query: [LIMIT, CURSOR],
    resource: "*",
    status: 200,
    answer: pageOf("Queues", "queues", QUEUE),
    handle: async ({ context, query }) => {
      const page = await store.listQueuePlans(context.db, readCursor(LIST, query), readLimit(query));
      const queues = page.items.map((plan) => show(context, plan));
      return jsonResponse(JSON.stringify({ queues, ...nextCursorOf(LIST, page.lastKey) }));
    },
  },
  {
    method: "GET",
    path: "/api/queues/{queue}",
    id: "DescribeQueue",
    summary: "Shows a queue and its consumer",
    query: [],
    resource: queueResource,
    status: 200,
    answer: QUEUE,
    handle: async ({ context, path: { queue: name = "" } }) => {
      const plan = await store.findQueuePlan(context.db, name);
      return plan === undefined ? unknownQueue(name) : jsonResponse(JSON.stringify(show(context, plan)));
    },
  },
  {
    method: "PUT",
    path: "/api/queues/{queue}",
    id: "PutQueue",
    summary: "Makes a queue that a function consumes, or changes it",
    query: [],
    resource: queueResource,
    body: { schema: WISH, maxBytes: MAX_BODY_BYTES },
    status: 200,
    answer: QUEUE,
    handle: put,
  },
  {
    method: "DELETE",
    path: "/api/queues/{queue}",
    id: "DeleteQueue",
    summary: "Deletes a queue; messages that are in it are dropped",
    query: [],
    resource: queueResource,
    status: 204,
    handle: async ({ context, path: { queue: name = "" } }) => {
      const wasThere = await store.deleteQueuePlan(context.db, name);
      forgetReads(context.db);
      return wasThere ? new Response(null, { status: 204 }) : unknownQueue(name);
    },
  },
];

async function put({ context, path: { queue: name = "" }, body }: RestRequest): Promise<Response> {
  if (!context.hasQueue("MESSAGES_QUEUE")) return problem(501, NO_DELIVERIES);
  if (!isQueueName(name)) return problem(400, `'${name}' cannot be the name of a queue`);
  const binding = Object.hasOwn(context.boundQueues, name) ? context.boundQueues[name] : undefined;
  if (binding !== undefined) return problem(409, `QUEUES leads '${name}' to the queue binding '${binding}'`);
  const consumer = memberOf(body, "function");
  if (typeof consumer !== "string" || !FUNCTION_NAME.test(consumer))
    throw refusal("/function", "'function' must be the name of a function");
  const deadLetterQueue = memberOf(body, "deadLetterQueue");
  if (deadLetterQueue !== undefined && (typeof deadLetterQueue !== "string" || !isQueueName(deadLetterQueue)))
    throw refusal("/deadLetterQueue", "'deadLetterQueue' must be the name of a queue");
  if (deadLetterQueue === name) throw refusal("/deadLetterQueue", "A queue cannot be its own dead letter queue");
  const isThere =
    deadLetterQueue === undefined ||
    Object.hasOwn(context.boundQueues, deadLetterQueue) ||
    (await store.findQueuePlan(context.db, deadLetterQueue)) !== undefined;
  if (!isThere) throw refusal("/deadLetterQueue", `There is no queue '${deadLetterQueue}'`);
  const numbers = readNumbers(body);
  const plan: QueuePlan = {
    name,
    function: consumer,
    ...numbers,
    ...(deadLetterQueue !== undefined && { deadLetterQueue }),
    createdAt: context.now(),
  };
  const stored = await store.storeQueuePlan(context.db, plan);
  forgetReads(context.db);
  return jsonResponse(JSON.stringify(show(context, stored)));
}

function readNumbers(body: JsonObject): Readonly<Record<keyof typeof NUMBERS, number>> {
  const entries = NUMBER_NAMES.map((name) => {
    const { minimum, maximum, otherwise } = NUMBERS[name];
    const given = memberOf(body, name) ?? otherwise;
    if (typeof given !== "number" || !Number.isInteger(given) || given < minimum || given > maximum)
      throw refusal(`/${name}`, `'${name}' must be a whole number from ${minimum} to ${maximum}`);
    return [name, given] as const;
  });
  return Object.fromEntries(entries) as Record<keyof typeof NUMBERS, number>;
}

function queueResource({ context, path }: Pick<RestRequest, "context" | "path">): string {
  return queueArnOf(context.config, path["queue"] ?? "");
}

function show({ config }: RestRequest["context"], { createdAt, ...plan }: QueuePlan): JsonObject {
  return {
    ...plan,
    arn: queueArnOf(config, plan.name),
    url: queueUrlOf(config, plan.name),
    createdAt: new Date(createdAt).toISOString(),
  };
}

function unknownQueue(name: string): Response {
  return problem(404, `There is no queue '${name}'`);
}
