/** Subscriptions: who hears of executions' changes of status, by a webhook or a queue. */
import { isArray, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import { parseArnOf } from "../../runtime/arn.ts";
import type { ExecutionStatus } from "../../runtime/execution-rpc.ts";
import * as store from "../../runtime/subscriptions.ts";
import type { Subscription, SubscriptionFilter, SubscriptionTarget } from "../../runtime/subscriptions.ts";
import { OWN_QUEUES } from "../../runtime/queues/settings.ts";
import { MAX_URL_CHARACTERS } from "../../runtime/outbound/destination.ts";
import { isSecret, newSecret, SECRET_FORM } from "../../runtime/webhook.ts";
import { jsonResponse } from "./answer.ts";
import { EXECUTION_STATUSES } from "./answers.ts";
import { CURSOR, LIMIT, nextCursorOf, readCursor, readLimit } from "./cursor.ts";
import { problem } from "./problem.ts";
import { refusal } from "./read-request.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { INSTANT, listOf, object, oneOf, pageOf, TEXT, type JsonSchema } from "./schema.ts";
import { refuseWithoutKeys, urlFault } from "./secrets.ts";

const NAME = /^[\w-]{1,80}$/u;
const BINDING = /^[A-Za-z_$][\w$]{0,127}$/u;
const MAX_ARNS = 100;
const MAX_BODY_BYTES = 65_536;
const LIST = "subscriptions";

const WISH: JsonSchema = {
  title: "SubscriptionRequest",
  description: "Either a webhook's https URL or the name of a queue binding; of which executions it hears",
  type: "object",
  properties: {
    url: { type: "string", maxLength: MAX_URL_CHARACTERS },
    queue: { type: "string", maxLength: 128 },
    secret: { type: "string", description: `A webhook's: ${SECRET_FORM}; absent: one is made` },
    stateMachineArns: { type: "array", items: TEXT, minItems: 1, maxItems: MAX_ARNS },
    statuses: { type: "array", items: oneOf(...EXECUTION_STATUSES), minItems: 1 },
  },
  additionalProperties: false,
};

const SUBSCRIPTION = object("Subscription", {
  name: TEXT,
  "url?": TEXT,
  "queue?": TEXT,
  "stateMachineArns?": listOf(TEXT),
  "statuses?": listOf(oneOf(...EXECUTION_STATUSES)),
  createdAt: INSTANT,
  "secret?": { type: "string", description: "Only in the answer to the request for which it was made" },
});

export const SUBSCRIPTION_ROUTES: readonly OwnRoute[] = [
  {
    method: "GET",
    path: "/api/subscriptions",
    id: "ListSubscriptions",
    summary: "Lists who hears of executions' changes of status",
    query: [LIMIT, CURSOR],
    resource: "*",
    status: 200,
    answer: pageOf("Subscriptions", "subscriptions", SUBSCRIPTION),
    handle: async ({ context, query }) => {
      const page = await store.listSubscriptions(context.db, readCursor(LIST, query), readLimit(query));
      const subscriptions = page.items.map((item) => show(item));
      return jsonResponse(JSON.stringify({ subscriptions, ...nextCursorOf(LIST, page.lastKey) }));
    },
  },
  {
    method: "GET",
    path: "/api/subscriptions/{subscription}",
    id: "DescribeSubscription",
    summary: "Shows a subscription, without its secret",
    query: [],
    resource: subscriptionResource,
    status: 200,
    answer: SUBSCRIPTION,
    handle: async ({ context, path: { subscription: name = "" } }) => {
      const found = await store.findSubscription(context.db, context.sealer, name);
      return found === undefined ? unknownSubscription(name) : jsonResponse(JSON.stringify(show(found)));
    },
  },
  {
    method: "PUT",
    path: "/api/subscriptions/{subscription}",
    id: "PutSubscription",
    summary: "Subscribes a webhook or a queue to executions' changes of status, or changes a subscription",
    query: [],
    resource: subscriptionResource,
    body: { schema: WISH, maxBytes: MAX_BODY_BYTES },
    status: 200,
    answer: SUBSCRIPTION,
    handle: put,
  },
  {
    method: "DELETE",
    path: "/api/subscriptions/{subscription}",
    id: "DeleteSubscription",
    summary: "Ends a subscription; what is on its way to it is dropped",
    query: [],
    resource: subscriptionResource,
    status: 204,
    handle: async ({ context, path: { subscription: name = "" } }) => {
      const wasThere = await store.deleteSubscription(context.db, name);
      return wasThere ? new Response(null, { status: 204 }) : unknownSubscription(name);
    },
  },
];

/** A webhook keeps the secret it has, unless another is given. */
async function put(request: RestRequest): Promise<Response> {
  const { context, path } = request;
  const { subscription: name = "" } = path;
  if (!context.hasQueue("EVENTS_QUEUE")) {
    return problem(501, "Subscriptions need the queue binding EVENTS_QUEUE, which wrangler.toml does not name");
  }
  if (!NAME.test(name)) return problem(400, `'${name}' cannot be the name of a subscription`);
  const { target, filter, secret } = readWish(request);
  if ("queue" in target && !context.hasQueue(target.queue)) {
    throw refusal("/queue", `wrangler.toml names no queue binding '${target.queue}'`);
  }
  if ("url" in target) refuseWithoutKeys(request);
  const known = await store.findSubscription(context.db, context.sealer, name);
  const kept = "url" in target ? (secret ?? known?.secret) : undefined;
  const made = "url" in target && kept === undefined ? newSecret() : undefined;
  const wish = { name, target, filter, createdAt: context.now() };
  const stored = await store.putSubscription(context.db, context.sealer, wish, kept ?? made);
  if (stored === undefined)
    return problem(409, `There are ${store.MAX_SUBSCRIPTIONS} subscriptions, and no room for more`);
  return jsonResponse(JSON.stringify(show(stored, made)));
}

interface Wish {
  readonly target: SubscriptionTarget;
  readonly filter: SubscriptionFilter;
  readonly secret: string | undefined;
}

function subscriptionResource({ context, path }: Pick<RestRequest, "context" | "path">): string {
  const { region, accountId } = context.config;
  return `arn:aws:stepflare:${region}:${accountId}:subscription:${path["subscription"] ?? ""}`;
}

function readWish(request: RestRequest): Wish {
  const { body } = request;
  const arns = readList(body, "stateMachineArns", isStateMachineArn, "ARNs of state machines");
  const statuses = readList(body, "statuses", isStatus, EXECUTION_STATUSES.join(", "));
  const filter = {
    ...(arns !== undefined && { stateMachineArns: arns }),
    ...(statuses !== undefined && { statuses: statuses as readonly ExecutionStatus[] }),
  };
  const target = readTarget(request, memberOf(body, "url"), memberOf(body, "queue"));
  const secret = memberOf(body, "secret");
  if (secret === undefined) return { target, filter, secret };
  if ("queue" in target) throw refusal("/secret", "Only a webhook has a secret");
  if (typeof secret === "string" && isSecret(secret)) return { target, filter, secret };
  throw refusal("/secret", `'secret' must be ${SECRET_FORM}`);
}

function readTarget(request: RestRequest, url: Json | undefined, queue: Json | undefined): SubscriptionTarget {
  if ((url === undefined) === (queue === undefined)) {
    throw refusal("", 'A subscription has either a "url" or a "queue"');
  }
  if (queue !== undefined) {
    if (typeof queue === "string" && isQueueBinding(queue) && !isOwnQueue(queue)) return { queue };
    throw refusal("/queue", "'queue' must be the name of a queue binding of your own");
  }
  const fault = typeof url === "string" ? urlFault(request, url) : "is not a URL";
  if (typeof url === "string" && fault === undefined) return { url };
  throw refusal("/url", `'url' ${fault}`);
}

function readList(
  body: JsonObject,
  member: string,
  isItem: (text: string) => boolean,
  what: string,
): readonly string[] | undefined {
  const list = memberOf(body, member);
  if (list === undefined) return undefined;
  const items = isArray(list) && list.length > 0 && list.length <= MAX_ARNS ? list : undefined;
  const texts = items?.filter((item) => typeof item === "string" && isItem(item)) as readonly string[] | undefined;
  if (texts !== undefined && texts.length === items?.length) return [...new Set(texts)];
  throw refusal(`/${member}`, `'${member}' must be a list of 1 to ${MAX_ARNS} of: ${what}`);
}

export function isQueueBinding(text: string): boolean {
  return BINDING.test(text);
}

export function isOwnQueue(binding: string): boolean {
  return OWN_QUEUES.has(binding);
}

function isStateMachineArn(text: string): boolean {
  return parseArnOf(text, "stateMachine").ok;
}

function isStatus(text: string): boolean {
  return EXECUTION_STATUSES.some((status) => status === text);
}

function show({ name, target, filter, createdAt }: Subscription, secret?: string): JsonObject {
  return {
    name,
    ...target,
    ...(filter.stateMachineArns !== undefined && { stateMachineArns: filter.stateMachineArns }),
    ...(filter.statuses !== undefined && { statuses: filter.statuses }),
    createdAt: new Date(createdAt).toISOString(),
    ...(secret !== undefined && { secret }),
  };
}

function unknownSubscription(name: string): Response {
  return problem(404, `There is no subscription '${name}'`);
}
