/**
 * The API models of other services: their actions and the shapes of their outputs, from models.json.
 *
 * A service is one text, parsed when it is first asked for, and a shape of it when it is first met: loading the Worker costs
 * nothing of this. The first line names the actions, `getItem:12` with the shape of its output, `tagResource` without an
 * output, `newAction?` where only the name is known. Each further line is a shape, its number is its position:
 *
 *     oName!3,Size:n,Label     a structure; `!` is required, no shape means a string
 *     l1~20,7   m,s            a list and a map, bounds of the size, then the shape of the elements
 *     s1~256    b~6144         a string and a blob, bounds of the length
 *     n0~100    eA|B|C         a number with bounds, a string of these values
 *
 * A shape that is one letter stands where its number would: s, b, n, and t (boolean), o (no members), a (anything).
 */
import models from "./models.json" with { type: "json" };

export interface Bounds {
  readonly min: number | undefined;
  readonly max: number | undefined;
}

interface Member {
  /** As the service's model spells it. */
  readonly name: string;
  readonly required: boolean;
  /** Which shape, for `shapeOf`. */
  readonly of: string;
}

export interface StructureShape {
  readonly type: "structure";
  readonly members: readonly Member[];
}

type Shape =
  | { readonly type: "anything" }
  | { readonly type: "boolean" }
  | { readonly type: "enum"; readonly values: readonly string[] }
  | (Bounds & { readonly type: "string" | "blob" | "number" })
  | (Bounds & { readonly type: "list" | "map"; readonly of: string })
  | StructureShape;

/** What is known of an action: the shape it answers with, that it answers with nothing, or only that it exists. */
type ActionOutput =
  | { readonly kind: "shape"; readonly of: string }
  | { readonly kind: "nothing" }
  | { readonly kind: "unknown" };

const TEXTS: Readonly<Record<string, string>> = models;
const parsed = new Map<string, ServiceModel>();

export class ServiceModel {
  readonly #lines: readonly string[];
  readonly #actions: ReadonlyMap<string, ActionOutput>;
  readonly #shapes: Map<string, Shape> = new Map();

  constructor(text: string) {
    const [actions = "", ...lines] = text.split("\n");
    this.#lines = lines;
    this.#actions = new Map(actions.split(",").map(actionOf));
  }

  /** The action's output, or undefined where the service has no such action. */
  outputOf(action: string): ActionOutput | undefined {
    return this.#actions.get(action);
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

function actionOf(text: string): [string, ActionOutput] {
  if (text.endsWith("?")) return [text.slice(0, -1), { kind: "unknown" }];
  const colon = text.indexOf(":");
  if (colon === -1) return [text, { kind: "nothing" }];
  return [text.slice(0, colon), { kind: "shape", of: text.slice(colon + 1) }];
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
    case "l":
    case "m": {
      const comma = rest.indexOf(",");
      const type = line.startsWith("l") ? "list" : "map";
      return { type, of: rest.slice(comma + 1), ...boundsOf(rest.slice(0, comma)) };
    }
    default:
      return { type: "anything" };
  }
}

function memberOf(text: string): Member {
  const mark = text.search(/[!:]/u);
  if (mark === -1) return { name: text, required: false, of: "s" };
  return { name: text.slice(0, mark), required: text[mark] === "!", of: text.slice(mark + 1) || "s" };
}

function boundsOf(text: string): Bounds {
  const [min = "", max = ""] = text.split("~");
  return { min: min === "" ? undefined : Number(min), max: max === "" ? undefined : Number(max) };
}
