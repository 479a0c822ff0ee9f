/** What a request says of a webhook that comes in, checked. */
import { isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import { BUS_NAME, busOf, DEFAULT_BUS } from "../../runtime/events/bus-event.ts";
import type { Hook, HookAction, HookEvent } from "../../runtime/hooks/hooks.ts";
import { SCHEMES, secretFault, type SignatureScheme } from "../../runtime/hooks/signature.ts";
import { readUnlabeledArn } from "../resource-arn.ts";
import { machineArn } from "./addresses.ts";
import { escapePointer, refusal } from "./read-request.ts";
import type { RestRequest } from "./route.ts";
import { object, oneOf, TEXT, type JsonSchema } from "./schema.ts";

const HEADER = /^[!#$%&'*+.^`|~\w-]{1,100}$/u;
const MAX_TOLERANCE_SECONDS = 3_600;
const DEFAULT_TOLERANCE_SECONDS = 300;
const MAX_CHARACTERS = 256;

const SIGNATURE: JsonSchema = {
  ...object("HookSignature", {
    scheme: oneOf(...SCHEMES),
    "toleranceSeconds?": {
      type: "integer",
      minimum: 1,
      maximum: MAX_TOLERANCE_SECONDS,
      description: `Of stripe and standard-webhooks: how far from now a signature may be; ${DEFAULT_TOLERANCE_SECONDS} where it is absent`,
    },
    "header?": { ...TEXT, description: "Of hmac-sha256: the header that holds it" },
    "encoding?": { ...oneOf("hex", "base64"), description: "Of hmac-sha256; hex where it is absent" },
    "prefix?": { ...TEXT, description: "Of hmac-sha256: what stands before it, such as sha256=" },
  }),
  additionalProperties: false,
};

const EVENT: JsonSchema = {
  ...object("HookEvent", {
    source: TEXT,
    detailType: TEXT,
    "detailTypeHeader?": { ...TEXT, description: "The header that names the detail type, such as X-GitHub-Event" },
    "eventBusName?": TEXT,
  }),
  additionalProperties: false,
};

export const HOOK_MEMBERS: Readonly<Record<string, JsonSchema>> = {
  signature: SIGNATURE,
  "stateMachine?": { ...TEXT, description: "What is started, with the body as its input" },
  "event?": EVENT,
  "idHeader?": { ...TEXT, description: "The header that names a delivery, so that one that comes twice counts once" },
};

export type HookWish = Pick<Hook, "signature" | "idHeader"> & HookAction;

export function readHookWish(request: RestRequest): HookWish {
  const { body, context } = request;
  const signature = readSignature(memberOf(body, "signature"));
  const given = memberOf(body, "idHeader");
  if (given !== undefined && !isHeader(given)) throw refusal("/idHeader", "'idHeader' must be the name of a header");
  const idHeader = given ?? (signature.scheme === "github" ? "x-github-delivery" : undefined);
  const stateMachine = memberOf(body, "stateMachine");
  const event = memberOf(body, "event");
  if ((stateMachine === undefined) === (event === undefined))
    throw refusal("", 'A webhook has either a "stateMachine" or an "event"');
  const common = { signature, ...(idHeader !== undefined && { idHeader }) };
  if (event !== undefined) return { ...common, event: readEvent(event) };
  if (typeof stateMachine !== "string") throw refusal("/stateMachine", "'stateMachine' must be a name or an ARN");
  const { arn } = readUnlabeledArn(machineArn(context.config, stateMachine));
  // It starts executions from now on, by whoever may do that now.
  context.principal.authorize("states:StartExecution", arn);
  return { ...common, stateMachineArn: arn };
}

/** Undefined: none is given. */
export function readHookSecret(body: JsonObject, signature: SignatureScheme): string | undefined {
  const secret = memberOf(body, "secret");
  if (secret === undefined) return undefined;
  const fault = typeof secret === "string" ? secretFault(signature, secret) : "must be a text";
  if (typeof secret === "string" && fault === undefined) return secret;
  throw refusal("/secret", `'secret' ${fault}`);
}

const MEMBERS: { readonly [Scheme in SignatureScheme["scheme"]]: readonly string[] } = {
  github: [],
  stripe: ["toleranceSeconds"],
  "standard-webhooks": ["toleranceSeconds"],
  "hmac-sha256": ["header", "encoding", "prefix"],
};

function readSignature(value: Json | undefined): SignatureScheme {
  const given = value !== undefined && isObject(value) ? value : {};
  const scheme = SCHEMES.find((known) => known === memberOf(given, "scheme"));
  if (scheme === undefined) throw refusal("/signature/scheme", `'scheme' is one of ${SCHEMES.join(", ")}`);
  refuseStrangers(given, ["scheme", ...MEMBERS[scheme]], "/signature");
  if (scheme === "github") return { scheme };
  if (scheme !== "hmac-sha256") return { scheme, toleranceSeconds: readTolerance(given) };
  const header = memberOf(given, "header");
  if (!isHeader(header)) throw refusal("/signature/header", "'header' must be the name of a header");
  const encoding = memberOf(given, "encoding") ?? "hex";
  if (encoding !== "hex" && encoding !== "base64") throw refusal("/signature/encoding", "'encoding' is hex or base64");
  const prefix = memberOf(given, "prefix") ?? "";
  if (typeof prefix !== "string" || prefix.length > 32)
    throw refusal("/signature/prefix", "'prefix' must be a text of at most 32 characters");
  return { scheme, header: header.toLowerCase(), encoding, prefix };
}

function readTolerance(given: JsonObject): number {
  const seconds = memberOf(given, "toleranceSeconds") ?? DEFAULT_TOLERANCE_SECONDS;
  if (Number.isInteger(seconds) && Number(seconds) >= 1 && Number(seconds) <= MAX_TOLERANCE_SECONDS)
    return Number(seconds);
  throw refusal(
    "/signature/toleranceSeconds",
    `'toleranceSeconds' is a whole number from 1 to ${MAX_TOLERANCE_SECONDS}`,
  );
}

function readEvent(value: Json): HookEvent {
  if (!isObject(value)) throw refusal("/event", "'event' must be an object");
  refuseStrangers(value, ["source", "detailType", "detailTypeHeader", "eventBusName"], "/event");
  const source = readText(value, "source");
  if (source.startsWith("aws.")) throw refusal("/event/source", "'source' may not begin with aws.");
  const detailTypeHeader = memberOf(value, "detailTypeHeader");
  if (detailTypeHeader !== undefined && !isHeader(detailTypeHeader))
    throw refusal("/event/detailTypeHeader", "'detailTypeHeader' must be the name of a header");
  const bus = memberOf(value, "eventBusName") ?? DEFAULT_BUS;
  const eventBusName = typeof bus === "string" ? busOf(bus) : "";
  if (!BUS_NAME.test(eventBusName))
    throw refusal("/event/eventBusName", "'eventBusName' must be the name of an event bus");
  return {
    source,
    detailType: readText(value, "detailType"),
    ...(detailTypeHeader !== undefined && { detailTypeHeader: detailTypeHeader.toLowerCase() }),
    eventBusName,
  };
}

function readText(value: JsonObject, member: string): string {
  const text = memberOf(value, member);
  if (typeof text === "string" && text !== "" && text.length <= MAX_CHARACTERS) return text;
  throw refusal(`/event/${member}`, `'${member}' must be a text of 1 to ${MAX_CHARACTERS} characters`);
}

function isHeader(value: Json | undefined): value is string {
  return typeof value === "string" && HEADER.test(value);
}

function refuseStrangers(value: JsonObject, known: readonly string[], at: string): void {
  const stranger = Object.keys(value).find((name) => !known.includes(name));
  if (stranger !== undefined)
    throw refusal(`${at}/${escapePointer(stranger)}`, `There is no member '${stranger}' here`);
}
