/** Rules: what happens when an event fits a pattern. */
import { isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import * as store from "../../runtime/events/event-rules.ts";
import type { EventRule, RuleTarget } from "../../runtime/events/event-rules.ts";
import { matchesEvent } from "../../runtime/events/event-pattern-match.ts";
import { readEventPattern } from "../../runtime/events/event-pattern.ts";
import { findQueuePlan } from "../../runtime/queues/queues.ts";
import { isSecret, newSecret, SECRET_FORM } from "../../runtime/webhook.ts";
import { jsonResponse } from "./answer.ts";
import { CURSOR, LIMIT, nextCursorOf, readCursor, readLimit } from "./cursor.ts";
import { problem } from "./problem.ts";
import { refusal } from "./read-request.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { PATTERN, readPattern, readRuleWish, RULE_MEMBERS, TOO_MANY } from "./rule-wish.ts";
import { FLAG, INSTANT, object, pageOf, TEXT, type JsonSchema } from "./schema.ts";
import { refuseWithoutKeys } from "./secrets.ts";

const NAME = /^[\w.-]{1,64}$/u;
const MAX_BODY_BYTES = 131_072;
/** An event of 256 KB, and its escapes. */
const MAX_TEST_BYTES = 524_288;
const LIST = "rules";

const SECRET: JsonSchema = {
  type: "string",
  description: `Signs requests to webhooks, ${SECRET_FORM}; absent: one is made`,
};

const WISH: JsonSchema = {
  ...object("RuleRequest", { ...RULE_MEMBERS, "secret?": SECRET }),
  additionalProperties: false,
};

const RULE = object("Rule", {
  name: TEXT,
  ruleArn: TEXT,
  ...RULE_MEMBERS,
  createdAt: INSTANT,
  updatedAt: INSTANT,
  "secret?": { type: "string", description: "Only in the answer to the request for which it was made" },
});

const TEST: JsonSchema = {
  ...object("PatternTest", { eventPattern: PATTERN, event: { type: "object" } }),
  additionalProperties: false,
};

export const RULE_ROUTES: readonly OwnRoute[] = [
  {
    method: "GET",
    path: "/api/rules",
    id: "ListRules",
    summary: "Lists the rules of the event bus",
    query: [LIMIT, CURSOR],
    resource: "*",
    status: 200,
    answer: pageOf("Rules", "rules", RULE),
    handle: async ({ context, query }) => {
      const page = await store.listRules(context.db, readCursor(LIST, query), readLimit(query));
      const rules = page.items.map((rule) => show(context.config, rule));
      return jsonResponse(JSON.stringify({ rules, ...nextCursorOf(LIST, page.lastKey) }));
    },
  },
  {
    method: "POST",
    path: "/api/rules/test",
    id: "TestEventPattern",
    summary: "Says whether an event fits a pattern",
    query: [],
    resource: "*",
    body: { schema: TEST, maxBytes: MAX_TEST_BYTES },
    status: 200,
    answer: object("PatternTestResult", { result: FLAG }),
    handle: async ({ body }) => {
      const reading = readEventPattern(readPattern(body, "eventPattern"));
      const event = memberOf(body, "event");
      if (event === undefined || !isObject(event)) throw refusal("/event", "'event' must be an object");
      return jsonResponse(JSON.stringify({ result: reading.ok && matchesEvent(reading.pattern, event) }));
    },
  },
  {
    method: "GET",
    path: "/api/rules/{rule}",
    id: "DescribeRule",
    summary: "Shows a rule, without its secret",
    query: [],
    resource: ruleResource,
    status: 200,
    answer: RULE,
    handle: async ({ context, path: { rule: name = "" } }) => {
      const found = await store.findRule(context.db, context.sealer, name);
      return found === undefined ? unknownRule(name) : jsonResponse(JSON.stringify(show(context.config, found)));
    },
  },
  {
    method: "PUT",
    path: "/api/rules/{rule}",
    id: "PutRule",
    summary: "Makes a rule that leads events to targets, or changes all of it",
    query: [],
    resource: ruleResource,
    body: { schema: WISH, maxBytes: MAX_BODY_BYTES },
    status: 200,
    answer: RULE,
    handle: put,
  },
  {
    method: "DELETE",
    path: "/api/rules/{rule}",
    id: "DeleteRule",
    summary: "Ends a rule; what is on its way to its targets is dropped",
    query: [],
    resource: ruleResource,
    status: 204,
    handle: async ({ context, path: { rule: name = "" } }) => {
      const wasThere = await store.deleteRule(context.db, name);
      return wasThere ? new Response(null, { status: 204 }) : unknownRule(name);
    },
  },
  switching("enable", "EnableRule", "ENABLED", "Lets a rule act on events from now on"),
  switching("disable", "DisableRule", "DISABLED", "Keeps a rule from acting on events; what is on its way is dropped"),
];

function switching(path: string, id: string, state: EventRule["state"], summary: string): OwnRoute {
  return {
    method: "POST",
    path: `/api/rules/{rule}/${path}`,
    id,
    summary,
    query: [],
    resource: ruleResource,
    status: 200,
    answer: RULE,
    handle: async ({ context, path: { rule: name = "" } }) => {
      const found = await store.findRule(context.db, context.sealer, name);
      if (found === undefined) return unknownRule(name);
      const { secret, ...rule } = found;
      const changed = { ...rule, state, updatedAt: context.now() };
      const stored = (await store.putRule(context.db, context.sealer, changed, secret)) ?? changed;
      return jsonResponse(JSON.stringify(show(context.config, stored)));
    },
  };
}

/** Webhooks keep the secret that the rule has, unless another is given. */
async function put(request: RestRequest): Promise<Response> {
  const { context, path, body } = request;
  const { rule: name = "" } = path;
  if (!context.hasQueue("EVENTS_QUEUE"))
    return problem(501, "Rules need the queue binding EVENTS_QUEUE, which wrangler.toml does not name");
  if (!NAME.test(name)) return problem(400, `'${name}' cannot be the name of a rule`);
  const wish = readRuleWish(request);
  const given = readSecret(body);
  const signs = wish.targets.some((target) => "url" in target);
  if (!signs && given !== undefined) throw refusal("/secret", "Only a rule with a webhook has a secret");
  if (signs) refuseWithoutKeys(request);
  await refuseUnknownQueues(request, wish.targets);
  const known = await store.findRule(context.db, context.sealer, name);
  const kept = signs ? (given ?? known?.secret) : undefined;
  const made = signs && kept === undefined ? newSecret() : undefined;
  const now = context.now();
  const rule = { ...wish, name, createdAt: known?.createdAt ?? now, updatedAt: now };
  const stored = await store.putRule(context.db, context.sealer, rule, kept ?? made);
  if (stored === undefined) return problem(409, TOO_MANY);
  return jsonResponse(JSON.stringify(show(context.config, stored, made)));
}

async function refuseUnknownQueues({ context }: RestRequest, targets: readonly RuleTarget[]): Promise<void> {
  for (const [index, target] of targets.entries()) {
    if (!("queue" in target) || context.hasQueue(target.queue)) continue;
    const isThere = Object.hasOwn(context.boundQueues, target.queue) || (await findQueuePlan(context.db, target.queue));
    if (!isThere)
      throw refusal(`/targets/${index}/queue`, `There is no queue '${target.queue}', nor a binding of that name`);
  }
}

function readSecret(body: JsonObject): string | undefined {
  const secret = memberOf(body, "secret");
  if (secret === undefined || (typeof secret === "string" && isSecret(secret))) return secret;
  throw refusal("/secret", `'secret' must be ${SECRET_FORM}`);
}

function show(config: RestRequest["context"]["config"], rule: EventRule, secret?: string): JsonObject {
  const { name, description, eventBusName, eventPattern, state, targets, createdAt, updatedAt } = rule;
  return {
    name,
    ruleArn: store.ruleArnOf(config, name),
    ...(description !== undefined && { description }),
    eventBusName,
    eventPattern,
    state,
    targets: targets.map(showTarget),
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    ...(secret !== undefined && { secret }),
  };
}

/** As it is given. */
function showTarget({ id, input, inputPath, inputTransformer, ...place }: RuleTarget): JsonObject {
  const where: JsonObject = "stateMachineArn" in place ? { stateMachine: place.stateMachineArn } : { ...place };
  return {
    id,
    ...where,
    ...(input !== undefined && { input: JSON.parse(input) as Json }),
    ...(inputPath !== undefined && { inputPath }),
    ...(inputTransformer !== undefined && { inputTransformer: { ...inputTransformer } }),
  };
}

function ruleResource({ context, path }: Pick<RestRequest, "context" | "path">): string {
  return store.ruleArnOf(context.config, path["rule"] ?? "");
}

function unknownRule(name: string): Response {
  return problem(404, `There is no rule '${name}'`);
}
