/**
 * The API models of other services: how they are spoken to, their actions, and the shapes of inputs and outputs, from models.json.
 *
 * A service is one text, parsed when it is first asked for, and a shape of it when it is first met: loading the Worker costs
 * nothing of this. Its first line is the service's facts (`ServiceFacts`), separated by spaces; its second one the exceptions,
 * `NotFound=NotFoundException` where the wire has another name. The third line names the actions: `getItem:12<7` with the shapes
 * of its output and its input, and further facts of it (`Operation`); `newAction?` where only the name is known. Each further
 * line is a shape, its number is its position:
 *
 *     oName!3,Size:n,Label     a structure; `!` is required, no shape means a string
 *     l1~20,7   m,s            a list and a map, bounds of the size, then the shape of the elements
 *     s1~256    b~6144         a string and a blob, bounds of the length
 *     n0~100    eA|B|C         a number with bounds, a string of these values
 *     di                       a timestamp: ISO 8601, `u` epoch seconds, `r` as in HTTP headers, else as the protocol has it
 *
 * A shape that is one letter stands where its number would: s, b, n, d, and t (boolean), o (no members), a (anything).
 *
 * After `@` is where the wire has something else: of a list `*` (its elements stand by themselves) and the name of an element;
 * of a member `%` (an idempotency token), a letter for the place (`MemberPlace`), and its name there, `-` for its own with a
 * small first letter.
 */
import { lowerFirst, upperFirst } from "./naming.ts";
import models from "./models.json" with { type: "json" };

export interface Bounds {
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** Where a member is in a request or an answer. The body itself is one member's where there is such a one. */
export type MemberPlace = "member" | "header" | "headers" | "uri" | "query" | "status" | "body" | "attribute";

export interface Member {
  /** As the service's model spells it. */
  readonly name: string;
  readonly required: boolean;
  /** Which shape, for `shapeOf`. */
  readonly of: string;
  readonly place: MemberPlace;
  /** What it is called there. */
  readonly wireName: string;
  /** As `wireName`, in the form of an EC2 request. */
  readonly queryName?: string;
  /** Whether the service takes a repeated request with the same text here for the same one. */
  readonly isIdempotencyToken: boolean;
}

/** How a service is spoken to. */
export interface ServiceFacts {
  readonly protocol: "json-1.0" | "json-1.1" | "query" | "ec2" | "rest-json" | "rest-xml";
  /** As errors name it, such as `DynamoDb`. */
  readonly sdkName: string;
  /** The first part of its hosts' names. */
  readonly endpointPrefix: string;
  readonly signingName: string;
  /** Of JSON the prefix of targets, of the others the API's version. */
  readonly target: string;
  /** Of XML bodies. */
  readonly namespace: string | undefined;
}

/** An action as it is on the wire. */
export interface Operation {
  readonly name: string;
  /** Shapes, for `shapeOf`. */
  readonly input: string | undefined;
  readonly output: string | undefined;
  /** Of the `rest-` protocols; else POST and `/`. */
  readonly method: string;
  readonly uri: string;
  /** What the host begins with. */
  readonly hostPrefix: string;
  /** Whether the request needs a checksum of its body. */
  readonly needsChecksum: boolean;
}

export interface StructureShape {
  readonly type: "structure";
  readonly members: readonly Member[];
}

export type Shape =
  | { readonly type: "anything" }
  | { readonly type: "boolean" }
  | { readonly type: "enum"; readonly values: readonly string[] }
  | (Bounds & { readonly type: "string" | "blob" | "number" })
  | { readonly type: "timestamp"; readonly format: "iso8601" | "unix" | "rfc822" | undefined }
  | (Bounds & {
      readonly type: "list" | "map";
      readonly of: string;
      /** Whether XML and forms have the elements without one around them. */
      readonly flattened: boolean;
      /** What XML and forms call an element. */
      readonly elementName: string | undefined;
    })
  | StructureShape;

/** What is known of an action: the shape it answers with, that it answers with nothing, or only that it exists. */
type ActionOutput =
  | { readonly kind: "shape"; readonly of: string }
  | { readonly kind: "nothing" }
  | { readonly kind: "unknown" };

const TEXTS: Readonly<Record<string, string>> = models;
const parsed = new Map<string, ServiceModel>();

export class ServiceModel {
  readonly facts: ServiceFacts;
  readonly #lines: readonly string[];
  readonly #exceptions: ReadonlyMap<string, string>;
  readonly #actions: ReadonlyMap<string, string>;
  readonly #shapes: Map<string, Shape> = new Map();

  constructor(text: string) {
    const [facts = "", exceptions = "", actions = "", ...lines] = text.split("\n");
    this.#lines = lines;
    this.facts = factsOf(facts);
    this.#exceptions = new Map(exceptions.split(",").map(exceptionOf));
    this.#actions = new Map(actions.split(",").map((action) => [/^\w*/u.exec(action)?.[0] ?? "", action]));
  }

  /** The action's output, or undefined where the service has no such action. */
  outputOf(action: string): ActionOutput | undefined {
    const text = this.#actions.get(action);
    if (text === undefined) return undefined;
    if (text.endsWith(UNKNOWN) && !text.includes(" ")) return { kind: "unknown" };
    const { output } = operationOf(text);
    return output === undefined ? { kind: "nothing" } : { kind: "shape", of: output };
  }

  /** How the action is called; undefined: nothing is known of it but perhaps its name. */
  operation(action: string): Operation | undefined {
    const text = this.#actions.get(action);
    return text === undefined || this.outputOf(action)?.kind === "unknown" ? undefined : operationOf(text);
  }

  /** The model's name of an exception that the wire calls so; undefined: the model has none. */
  exception(code: string): string | undefined {
    return this.#exceptions.get(code);
  }

  shapeOf(reference: string): Shape {
    const known = this.#shapes.get(reference);
    if (known !== undefined) return known;
    const shape = shapeFrom(/^\d/u.test(reference) ? (this.#lines[Number(reference)] ?? "a") : reference);
    this.#shapes.set(reference, shape);
    return shape;
  }
}

/** The service's model, by its name in `aws-sdk:` resources; undefined where it is not among those that are kept. */
export function findService(service: string): ServiceModel | undefined {
  const known = parsed.get(service);
  if (known !== undefined) return known;
  const text = Object.hasOwn(TEXTS, service) ? TEXTS[service] : undefined;
  if (text === undefined) return undefined;
  const model = new ServiceModel(text);
  parsed.set(service, model);
  return model;
}

/**
 * Whether `aws-sdk:<service>:<action>` exists; undefined where the service is not among those that are kept, so that nobody
 * can tell. Both as a resource spells them: `dynamodb`, `getItem`.
 */
export function isKnownAction(service: string, action: string): boolean | undefined {
  const model = findService(service);
  return model === undefined ? undefined : model.outputOf(action) !== undefined;
}

/** What follows the name of an action of which no more is known. */
const UNKNOWN = "?";

function factsOf(line: string): ServiceFacts {
  const [protocol = "", sdkName = "", endpointPrefix = "", signingName = "", target = "", namespace] = line.split(" ");
  return { protocol: protocol as ServiceFacts["protocol"], sdkName, endpointPrefix, signingName, target, namespace };
}

function exceptionOf(text: string): [string, string] {
  const [code = "", name = code] = text.split("=");
  return [code, name];
}

function operationOf(text: string): Operation {
  const [spec = "", method = "POST", uri = "/"] = text.split(" ");
  const [action = ""] = /^\w+/u.exec(spec) ?? [];
  return {
    name: /=(?<name>\w+)/u.exec(spec)?.groups?.["name"] ?? upperFirst(action),
    input: /<(?<of>\w+)/u.exec(spec)?.groups?.["of"],
    output: /:(?<of>\w+)/u.exec(spec)?.groups?.["of"],
    method,
    uri,
    hostPrefix: /\^(?<prefix>[^+]+)/u.exec(spec)?.groups?.["prefix"] ?? "",
    needsChecksum: spec.endsWith("+"),
  };
}

function shapeFrom(line: string): Shape {
  const rest = line.slice(1);
  switch (line.charAt(0)) {
    case "o":
      return { type: "structure", members: rest === "" ? [] : rest.split(",").map(memberOf) };
    case "e":
      return { type: "enum", values: rest.split("|") };
    case "s":
      return { type: "string", ...boundsOf(rest) };
    case "b":
      return { type: "blob", ...boundsOf(rest) };
    case "n":
      return { type: "number", ...boundsOf(rest) };
    case "t":
      return { type: "boolean" };
    case "d":
      return { type: "timestamp", format: TIMESTAMPS[rest] };
    case "l":
    case "m": {
      const [sizes = "", of = "", placed = ""] = rest.split(/[,@]/u);
      const flattened = placed.startsWith("*");
      const elementName = (flattened ? placed.slice(1) : placed) || undefined;
      return { type: line.startsWith("l") ? "list" : "map", of, flattened, elementName, ...boundsOf(sizes) };
    }
    default:
      return { type: "anything" };
  }
}

const TIMESTAMPS: Readonly<Record<string, "iso8601" | "unix" | "rfc822">> = { i: "iso8601", u: "unix", r: "rfc822" };

const PLACES: Readonly<Record<string, MemberPlace>> = {
  n: "member",
  h: "header",
  p: "headers",
  u: "uri",
  q: "query",
  c: "status",
  b: "body",
  x: "attribute",
};

function memberOf(text: string): Member {
  const [spec = "", placed = "", queryName] = text.split("@");
  const mark = spec.search(/[!:]/u);
  const name = mark === -1 ? spec : spec.slice(0, mark);
  const isIdempotencyToken = placed.startsWith("%");
  const place = isIdempotencyToken ? placed.slice(1) : placed;
  const wireName = place.slice(1);
  return {
    name,
    required: spec[mark] === "!",
    of: mark === -1 ? "s" : spec.slice(mark + 1) || "s",
    place: PLACES[place.charAt(0)] ?? "member",
    wireName: wireName === "-" ? lowerFirst(name) : wireName || name,
    ...(queryName !== undefined && { queryName }),
    isIdempotencyToken,
  };
}

function boundsOf(text: string): Bounds {
  const [min = "", max = ""] = text.split("~");
  return { min: min === "" ? undefined : Number(min), max: max === "" ? undefined : Number(max) };
}
