/** Subscriptions of topics: who hears of what is published, by a webhook, a queue, a function or an e-mail. */
import { isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import { addressOf } from "../../runtime/email/address.ts";
import { MAX_URL_CHARACTERS } from "../../runtime/outbound/destination.ts";
import { findQueuePlan } from "../../runtime/queues/queues.ts";
import { forgetReads } from "../../runtime/recent-reads.ts";
import { filterPolicyFault, type FilterPolicy, type FilterPolicyScope } from "../../runtime/topics/filter-policy.ts";
import { subscriptionArnOf } from "../../runtime/topics/deliver.ts";
import * as store from "../../runtime/topics/topics.ts";
import type { TopicSubscription, TopicTarget } from "../../runtime/topics/topics.ts";
import { isSecret, newSecret, SECRET_FORM } from "../../runtime/webhook.ts";
import { jsonResponse } from "./answer.ts";
import { FUNCTION_NAME } from "./functions.ts";
import { problem } from "./problem.ts";
import { refusal } from "./read-request.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { FLAG, INSTANT, JSON_VALUE, listOf, object, oneOf, TEXT, type JsonSchema } from "./schema.ts";
import { refuseWithoutKeys, urlFault } from "./secrets.ts";
import { topicResource, unknownTopic } from "./topics.ts";

const NAME = /^[\w-]{1,80}$/u;
const TARGETS = ["url", "queue", "function", "email"] as const;
const SCOPES = ["MessageAttributes", "MessageBody"] as const;
const MAX_BODY_BYTES = 65_536;

const WISH: JsonSchema = {
  title: "TopicSubscriptionRequest",
  description: "Who hears of what is published: one of url, queue, function and email; and of what of it",
  type: "object",
  properties: {
    url: { type: "string", maxLength: MAX_URL_CHARACTERS, description: "A webhook's" },
    queue: { type: "string", maxLength: 80 },
    function: { type: "string", maxLength: 269 },
    email: { type: "string", maxLength: 320 },
    secret: { type: "string", description: `A webhook's: ${SECRET_FORM}; absent: one is made` },
    filterPolicy: { ...JSON_VALUE, description: "As SNS has them" },
    filterPolicyScope: oneOf(...SCOPES),
    rawMessageDelivery: { type: "boolean", description: "A webhook's or a queue's: the message alone" },
  },
  additionalProperties: false,
};

const SUBSCRIPTION = object("TopicSubscription", {
  name: TEXT,
  arn: TEXT,
  "url?": TEXT,
  "queue?": TEXT,
  "function?": TEXT,
  "email?": TEXT,
  "filterPolicy?": JSON_VALUE,
  filterPolicyScope: oneOf(...SCOPES),
  rawMessageDelivery: FLAG,
  createdAt: INSTANT,
  "secret?": { type: "string", description: "Only in the answer to the request for which it was made" },
});

export const TOPIC_SUBSCRIPTION_ROUTES: readonly OwnRoute[] = [
  {
    method: "GET",
    path: "/api/topics/{topic}/subscriptions",
    id: "ListTopicSubscriptions",
    summary: "Lists who hears of what is published on a topic",
    query: [],
    resource: topicResource,
    status: 200,
    answer: object("TopicSubscriptions", { subscriptions: listOf(SUBSCRIPTION) }),
    handle: async ({ context, path: { topic = "" } }) => {
      const found = await store.readTopic(context.db, topic);
      if (found === undefined) return unknownTopic(topic);
      return jsonResponse(JSON.stringify({ subscriptions: found.map((each) => show(context, each)) }));
    },
  },
  {
    method: "GET",
    path: "/api/topics/{topic}/subscriptions/{subscription}",
    id: "DescribeTopicSubscription",
    summary: "Shows a subscription of a topic, without its secret",
    query: [],
    resource: subscriptionResource,
    status: 200,
    answer: SUBSCRIPTION,
    handle: async ({ context, path: { topic = "", subscription: name = "" } }) => {
      const found = await store.findTopicSubscription(context.db, context.sealer, topic, name);
      return found === undefined ? unknownSubscription(name) : jsonResponse(JSON.stringify(show(context, found)));
    },
  },
  {
    method: "PUT",
    path: "/api/topics/{topic}/subscriptions/{subscription}",
    id: "PutTopicSubscription",
    summary: "Subscribes a webhook, a queue, a function or a mail address to a topic, or changes a subscription",
    query: [],
    resource: subscriptionResource,
    body: { schema: WISH, maxBytes: MAX_BODY_BYTES },
    status: 200,
    answer: SUBSCRIPTION,
    handle: put,
  },
  {
    method: "DELETE",
    path: "/api/topics/{topic}/subscriptions/{subscription}",
    id: "DeleteTopicSubscription",
    summary: "Ends a subscription of a topic; what is on its way to it is dropped",
    query: [],
    resource: subscriptionResource,
    status: 204,
    handle: async ({ context, path: { topic = "", subscription: name = "" } }) => {
      const wasThere = await store.deleteTopicSubscription(context.db, topic, name);
      forgetReads(context.db);
      return wasThere ? new Response(null, { status: 204 }) : unknownSubscription(name);
    },
  },
];

/** A webhook keeps the secret it has, unless another is given. */
async function put(request: RestRequest): Promise<Response> {
  const { context, path } = request;
  const { topic = "", subscription: name = "" } = path;
  if (!NAME.test(name)) return problem(400, `'${name}' cannot be the name of a subscription`);
  const target = await readTarget(request);
  const filter = readFilter(request.body);
  const rawMessageDelivery = readRaw(request.body, target);
  const secret = readSecret(request.body, target);
  if ("url" in target) refuseWithoutKeys(request);
  const known = await store.findTopicSubscription(context.db, context.sealer, topic, name);
  const kept = "url" in target ? (secret ?? known?.secret) : undefined;
  const made = "url" in target && kept === undefined ? newSecret() : undefined;
  const subscription = {
    topic,
    name,
    target,
    ...filter,
    rawMessageDelivery,
    createdAt: known?.createdAt ?? context.now(),
  };
  const isStored = await store.storeTopicSubscription(context.db, context.sealer, subscription, kept ?? made);
  forgetReads(context.db);
  if (isStored) return jsonResponse(JSON.stringify(show(context, subscription, made)));
  if ((await store.findTopic(context.db, topic)) === undefined) return unknownTopic(topic);
  return problem(409, `There are ${store.MAX_TOPIC_SUBSCRIPTIONS} subscriptions, and no room for more`);
}

async function readTarget(request: RestRequest): Promise<TopicTarget> {
  const { body, context } = request;
  const given = TARGETS.filter((kind) => memberOf(body, kind) !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1) throw refusal("", `A subscription has one of ${TARGETS.join(", ")}`);
  const value = memberOf(body, kind);
  const text = typeof value === "string" ? value : "";
  switch (kind) {
    case "url": {
      const fault = urlFault(request, text);
      if (fault !== undefined) throw refusal("/url", `'url' ${fault}`);
      return { url: text };
    }
    case "queue": {
      const isThere = Object.hasOwn(context.boundQueues, text) || (await findQueuePlan(context.db, text)) !== undefined;
      if (!isThere) throw refusal("/queue", `There is no queue '${text}'`);
      return { queue: text };
    }
    case "function":
      if (!FUNCTION_NAME.test(text)) throw refusal("/function", "'function' must be the name of a function");
      return { function: text };
    case "email":
      if (addressOf(text)?.name !== "") throw refusal("/email", "'email' must be an address such as ann@example.com");
      if (context.mailsFrom === undefined)
        throw refusal(
          "/email",
          "E-mail is not configured: set EMAIL to the name of a send_email binding, and EMAIL_FROM",
        );
      return { email: text };
  }
}

function readFilter(body: JsonObject): {
  readonly filterPolicy?: FilterPolicy;
  readonly filterPolicyScope: FilterPolicyScope;
} {
  const given = memberOf(body, "filterPolicyScope") ?? SCOPES[0];
  const filterPolicyScope = SCOPES.find((scope) => scope === given);
  if (filterPolicyScope === undefined)
    throw refusal("/filterPolicyScope", `'filterPolicyScope' must be ${SCOPES.join(" or ")}`);
  const filterPolicy: Json | undefined = memberOf(body, "filterPolicy");
  if (filterPolicy === undefined) return { filterPolicyScope };
  const fault = filterPolicyFault(filterPolicy, filterPolicyScope);
  if (fault !== undefined || !isObject(filterPolicy)) throw refusal("/filterPolicy", `'filterPolicy' ${fault}`);
  return { filterPolicy, filterPolicyScope };
}

function readRaw(body: JsonObject, target: TopicTarget): boolean {
  const given = memberOf(body, "rawMessageDelivery") ?? false;
  if (typeof given !== "boolean") throw refusal("/rawMessageDelivery", "'rawMessageDelivery' must be true or false");
  if (given && !("url" in target) && !("queue" in target))
    throw refusal("/rawMessageDelivery", "Only a webhook or a queue gets messages raw");
  return given;
}

function readSecret(body: JsonObject, target: TopicTarget): string | undefined {
  const secret = memberOf(body, "secret");
  if (secret === undefined) return undefined;
  if (!("url" in target)) throw refusal("/secret", "Only a webhook has a secret");
  if (typeof secret !== "string" || !isSecret(secret)) throw refusal("/secret", `'secret' must be ${SECRET_FORM}`);
  return secret;
}

function subscriptionResource({ context, path }: Pick<RestRequest, "context" | "path">): string {
  return subscriptionArnOf(context.config, path["topic"] ?? "", path["subscription"] ?? "");
}

function show({ config }: RestRequest["context"], subscription: TopicSubscription, secret?: string): JsonObject {
  const { topic, name, target, filterPolicy, filterPolicyScope, rawMessageDelivery, createdAt } = subscription;
  return {
    name,
    arn: subscriptionArnOf(config, topic, name),
    ...target,
    ...(filterPolicy !== undefined && { filterPolicy }),
    filterPolicyScope,
    rawMessageDelivery,
    createdAt: new Date(createdAt).toISOString(),
    ...(secret !== undefined && { secret }),
  };
}

function unknownSubscription(name: string): Response {
  return problem(404, `There is no subscription '${name}' of that topic`);
}
