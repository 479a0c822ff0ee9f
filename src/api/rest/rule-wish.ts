/** What a request says of a rule: its pattern and its targets, checked. */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import { BUS_NAME } from "../../runtime/events/bus-event.ts";
import {
  MAX_RULES,
  MAX_TARGETS,
  type EventRule,
  type RuleTarget,
  type TargetPlace,
} from "../../runtime/events/event-rules.ts";
import { MAX_PATTERN_CHARACTERS, readEventPattern } from "../../runtime/events/event-pattern.ts";
import {
  pathFault,
  templateFault,
  type InputTransformer,
  type TargetInput,
} from "../../runtime/events/target-input.ts";
import { isQueueName } from "../../runtime/queues/queue-name.ts";
import { MAX_URL_CHARACTERS } from "../../runtime/outbound/destination.ts";
import { readUnlabeledArn } from "../resource-arn.ts";
import { machineArn } from "./addresses.ts";
import { escapePointer, refusal } from "./read-request.ts";
import type { RestRequest } from "./route.ts";
import { JSON_VALUE, object, oneOf, TEXT, type JsonSchema } from "./schema.ts";
import { urlFault } from "./secrets.ts";
import { isOwnQueue, isQueueBinding } from "./subscriptions.ts";

const TARGET_ID = /^[\w.-]{1,64}$/u;
const CONNECTION = /^[\w.-]{1,64}$/u;
const MAX_DESCRIPTION = 512;
const MAX_INPUT_CHARACTERS = 8_192;
const MAX_PATHS = 100;

const STATES = ["ENABLED", "DISABLED"] as const;

const TRANSFORMER: JsonSchema = {
  ...object("InputTransformer", {
    "inputPathsMap?": { type: "object", additionalProperties: TEXT, maxProperties: MAX_PATHS },
    inputTemplate: { type: "string", maxLength: MAX_INPUT_CHARACTERS, description: "JSON with <name> in it" },
  }),
  additionalProperties: false,
};

const TARGET_MEMBERS: Readonly<Record<string, JsonSchema>> = {
  id: { type: "string", pattern: TARGET_ID.source },
  "stateMachine?": { type: "string", description: "A name, or the ARN of a state machine, a version or an alias" },
  "queue?": { type: "string", description: "The name of a queue, or of a queue binding" },
  "url?": { type: "string", maxLength: MAX_URL_CHARACTERS, description: "A webhook's https URL" },
  "connection?": { type: "string", description: "The connection that authorizes requests to the URL" },
  "input?": { ...JSON_VALUE, description: "What the target gets in place of the event" },
  "inputPath?": { type: "string", description: "The part of the event that the target gets" },
  "inputTransformer?": TRANSFORMER,
};

const TARGET: JsonSchema = { ...object("RuleTarget", TARGET_MEMBERS), additionalProperties: false };

export const PATTERN: JsonSchema = {
  type: "object",
  description: `EventBridge's, of at most ${MAX_PATTERN_CHARACTERS} characters`,
};

export const RULE_MEMBERS: Readonly<Record<string, JsonSchema>> = {
  "description?": { type: "string", maxLength: MAX_DESCRIPTION },
  "eventBusName?": { type: "string", description: "`default` where it is absent" },
  eventPattern: PATTERN,
  "state?": { ...oneOf(...STATES), description: "ENABLED where it is absent" },
  targets: { type: "array", items: TARGET, maxItems: MAX_TARGETS },
};

export const TOO_MANY: string = `There are ${MAX_RULES} rules, and no room for more`;

export type RuleWish = Pick<EventRule, "description" | "eventBusName" | "eventPattern" | "state" | "targets">;

export function readRuleWish(request: RestRequest): RuleWish {
  const { body } = request;
  const description = readText(body, "description", MAX_DESCRIPTION);
  const eventBusName = readText(body, "eventBusName", 256) ?? "default";
  if (!BUS_NAME.test(eventBusName))
    throw refusal("/eventBusName", `'${eventBusName}' cannot be the name of an event bus`);
  const state = STATES.find((known) => known === (memberOf(body, "state") ?? "ENABLED"));
  if (state === undefined) throw refusal("/state", `'state' is one of ${STATES.join(", ")}`);
  const eventPattern = readPattern(body, "eventPattern");
  const list = memberOf(body, "targets");
  if (list === undefined || !isArray(list) || list.length === 0 || list.length > MAX_TARGETS)
    throw refusal("/targets", `'targets' must be a list of 1 to ${MAX_TARGETS} targets`);
  const targets = list.map((item, index) => readTarget(request, item, `/targets/${index}`));
  const ids = targets.map(({ id }) => id);
  const twice = ids.findIndex((id, index) => ids.indexOf(id) !== index);
  if (twice >= 0) throw refusal(`/targets/${twice}/id`, `There are two targets '${ids[twice]}'`);
  return { ...(description !== undefined && { description }), eventBusName, eventPattern, state, targets };
}

/** The pattern as it was given, which can be read. */
export function readPattern(body: JsonObject, member: string): JsonObject {
  const value = memberOf(body, member);
  if (value === undefined || !isObject(value)) throw refusal(`/${member}`, `'${member}' must be an object`);
  const reading = readEventPattern(value);
  if (!reading.ok) throw refusal(`/${member}${reading.pointer}`, reading.fault);
  return value;
}

function readTarget(request: RestRequest, item: Json, at: string): RuleTarget {
  if (!isObject(item)) throw refusal(at, "A target is an object");
  const unknown = Object.keys(item).find(
    (name) => !Object.hasOwn(TARGET_MEMBERS, name) && !Object.hasOwn(TARGET_MEMBERS, `${name}?`),
  );
  if (unknown !== undefined) throw refusal(`${at}/${escapePointer(unknown)}`, `A target has no member '${unknown}'`);
  const id = memberOf(item, "id");
  if (typeof id !== "string" || !TARGET_ID.test(id))
    throw refusal(`${at}/id`, "'id' must be 1 to 64 letters, digits, '.', '-' and '_'");
  return { id, ...readPlace(request, item, at), ...readInput(item, at) };
}

function readPlace(request: RestRequest, item: JsonObject, at: string): TargetPlace {
  const places = ["stateMachine", "queue", "url"].filter((name) => memberOf(item, name) !== undefined);
  const [place, ...others] = places;
  const value = place === undefined ? undefined : memberOf(item, place);
  if (others.length > 0 || typeof value !== "string")
    throw refusal(at, 'A target has either a "stateMachine", a "queue" or a "url", as a text');
  const connection = memberOf(item, "connection");
  if (connection !== undefined && place !== "url") throw refusal(`${at}/connection`, "Only a url has a connection");
  if (place === "stateMachine") {
    const { arn } = readUnlabeledArn(machineArn(request.context.config, value));
    // It starts executions from now on, by whoever may do that now.
    request.context.principal.authorize("states:StartExecution", arn);
    return { stateMachineArn: arn };
  }
  if (place === "queue") {
    if ((!isQueueBinding(value) && !isQueueName(value)) || isOwnQueue(value))
      throw refusal(`${at}/queue`, "'queue' must be the name of a queue, or of a queue binding of your own");
    return { queue: value };
  }
  const fault = urlFault(request, value);
  if (fault !== undefined) throw refusal(`${at}/url`, `'url' ${fault}`);
  if (connection === undefined) return { url: value };
  if (typeof connection === "string" && CONNECTION.test(connection)) return { url: value, connection };
  throw refusal(`${at}/connection`, "'connection' must be the name of a connection");
}

function readInput(item: JsonObject, at: string): TargetInput {
  const kinds = ["input", "inputPath", "inputTransformer"].filter((name) => memberOf(item, name) !== undefined);
  if (kinds.length > 1) throw refusal(at, `A target has one of ${kinds.join(" and ")}`);
  const [kind] = kinds;
  if (kind === undefined) return {};
  const value = memberOf(item, kind) as Json;
  if (kind === "inputTransformer") return { inputTransformer: readTransformer(value, `${at}/inputTransformer`) };
  if (kind === "input") {
    const input = JSON.stringify(value);
    if (input.length <= MAX_INPUT_CHARACTERS) return { input };
    throw refusal(`${at}/input`, `'input' may have ${MAX_INPUT_CHARACTERS} characters`);
  }
  const fault = typeof value === "string" ? pathFault(value) : "must be a text";
  if (typeof value === "string" && fault === undefined) return { inputPath: value };
  throw refusal(`${at}/inputPath`, `'inputPath' ${fault}`);
}

function readTransformer(value: Json, at: string): InputTransformer {
  if (!isObject(value)) throw refusal(at, "'inputTransformer' must be an object");
  const unknown = Object.keys(value).find((name) => name !== "inputPathsMap" && name !== "inputTemplate");
  if (unknown !== undefined) throw refusal(`${at}/${escapePointer(unknown)}`, `There is no member '${unknown}' here`);
  const inputTemplate = memberOf(value, "inputTemplate");
  if (typeof inputTemplate !== "string" || inputTemplate.length > MAX_INPUT_CHARACTERS)
    throw refusal(
      `${at}/inputTemplate`,
      `'inputTemplate' must be a text of at most ${MAX_INPUT_CHARACTERS} characters`,
    );
  const map = memberOf(value, "inputPathsMap") ?? {};
  if (!isObject(map) || Object.keys(map).length > MAX_PATHS)
    throw refusal(`${at}/inputPathsMap`, `'inputPathsMap' must be an object of at most ${MAX_PATHS} paths`);
  for (const [name, path] of Object.entries(map)) {
    const where = `${at}/inputPathsMap/${escapePointer(name)}`;
    if (!/^(?!aws\.)[\w.-]{1,256}$/u.test(name)) throw refusal(where, `'${name}' cannot be the name of a variable`);
    const fault = typeof path === "string" ? pathFault(path) : "must be a text";
    if (fault !== undefined) throw refusal(where, `'${name}' ${fault}`);
  }
  const transformer = { inputPathsMap: map as Readonly<Record<string, string>>, inputTemplate };
  const fault = templateFault(transformer);
  if (fault !== undefined) throw refusal(`${at}/inputTemplate`, `'inputTemplate' ${fault}`);
  return transformer;
}

function readText(body: JsonObject, member: string, maxCharacters: number): string | undefined {
  const text = memberOf(body, member);
  if (text === undefined || (typeof text === "string" && text.length <= maxCharacters)) return text;
  throw refusal(`/${member}`, `'${member}' must be a text of at most ${maxCharacters} characters`);
}
