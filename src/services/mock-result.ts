/**
 * Whether a mocked result is one that the called service could give: TestState's `mock.fieldValidationMode`.
 *
 * M1. Members that the service's model does not have are accepted, with whatever they hold.
 * M2. STRICT wants the required members, at every depth; PRESENT only looks at the members that are there.
 * M3. The first fault is the answer: an object's missing members before its present ones, those in the result's order.
 *
 * The texts for a string, a number, an array, an enum, the minimum length and the maximum value are recorded on AWS. Guessed
 * after them: the other ends of the bounds, that lists and maps have their sizes checked, that null is of no type, and where a
 * fault inside a list or a map is said to be (at the field that holds it). A timestamp is any string, a number of any kind
 * passes for an integer, and patterns are not looked at.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_MockInput.html
 */
import type { Bounds, ServiceModel, StructureShape } from "./model.ts";
import { findModelledResult, type CalledService, type ModelledResult } from "./modelled-result.ts";
import { sdkMemberName, upperFirst } from "./naming.ts";

export type MockValidationMode = "STRICT" | "PRESENT";

export type MockResultCheck =
  /** It follows the service's model. */
  | { readonly kind: "valid" }
  /** No model of that result is known here (the service, the action or the pattern): it has to be accepted unchecked. */
  | { readonly kind: "unknown" }
  /** It does not; the text follows `Mock result schema validation error: `. */
  | { readonly kind: "invalid"; readonly fault: string };

/** A result is at most 262,144 characters; what lies deeper in it than any real answer is accepted unchecked. */
const DEEPEST = 200;

/** Checks the result, parsed from its JSON, against the model of what the integration answers with. */
export function checkMockResult(called: CalledService, result: unknown, mode: MockValidationMode): MockResultCheck {
  const modelled = findModelledResult(called);
  if (modelled === undefined) return { kind: "unknown" };
  const fault = new Walk(modelled, mode).faultOfResult(result);
  return fault === undefined ? { kind: "valid" } : { kind: "invalid", fault };
}

/** The fault's text, which follows `Mock result schema validation error: `; undefined where the result is to be accepted. */
export function mockResultFault(called: CalledService, result: unknown, mode: MockValidationMode): string | undefined {
  const check = checkMockResult(called, result, mode);
  return check.kind === "invalid" ? check.fault : undefined;
}

/** A structure's members as a result may spell them. */
interface Fields {
  readonly shapes: ReadonlyMap<string, string>;
  /** The spellings of each required member, the integration's own first. */
  readonly required: readonly (readonly [string, string])[];
}

class Walk {
  readonly #model: ServiceModel;
  readonly #modelled: ModelledResult;
  readonly #mode: MockValidationMode;
  readonly #fields: Map<StructureShape, Fields> = new Map();

  constructor(modelled: ModelledResult, mode: MockValidationMode) {
    this.#model = modelled.model;
    this.#modelled = modelled;
    this.#mode = mode;
  }

  faultOfResult(result: unknown): string | undefined {
    const shape = this.#model.shapeOf(this.#modelled.of);
    if (shape.type !== "structure") return undefined;
    // AWS's words for a result that is no object at all are not known.
    if (!isObject(result)) return "Result must be an object";
    return this.#faultOfStructure(result, shape, 0, this.#modelled.free);
  }

  #faultOf(value: unknown, of: string, field: string, depth: number): string | undefined {
    if (depth > DEEPEST) return undefined;
    const shape = this.#model.shapeOf(of);
    switch (shape.type) {
      case "anything":
        return undefined;
      case "boolean":
        return typeof value === "boolean" ? undefined : mustBe(field, "a boolean");
      case "enum":
        if (typeof value !== "string") return mustBe(field, "a string");
        return shape.values.includes(value) ? undefined : `Field '${field}' is not an expected value`;
      case "timestamp":
        return typeof value === "string" ? undefined : mustBe(field, "a string");
      case "string":
        return typeof value === "string" ? sizeFault(field, lengthOf(value), shape) : mustBe(field, "a string");
      case "blob":
        return typeof value === "string" ? sizeFault(field, bytesOf(value), shape) : mustBe(field, "a string");
      case "number":
        return typeof value === "number" ? valueFault(field, value, shape) : mustBe(field, "a number");
      case "list":
        if (!Array.isArray(value)) return mustBe(field, "an array");
        return sizeFault(field, value.length, shape) ?? this.#faultOfEach(value, shape.of, field, depth);
      case "map": {
        if (!isObject(value)) return mustBe(field, "an object");
        const values = Object.values(value);
        return sizeFault(field, values.length, shape) ?? this.#faultOfEach(values, shape.of, field, depth);
      }
      case "structure":
        return isObject(value) ? this.#faultOfStructure(value, shape, depth, []) : mustBe(field, "an object");
    }
  }

  #faultOfEach(values: readonly unknown[], of: string, field: string, depth: number): string | undefined {
    for (const value of values) {
      const fault = this.#faultOf(value, of, field, depth + 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #faultOfStructure(value: object, shape: StructureShape, depth: number, free: readonly string[]): string | undefined {
    const { shapes, required } = this.#fieldsOf(shape);
    if (this.#mode === "STRICT") {
      const missing = required.find(
        ([name, other]) => !free.includes(name) && !Object.hasOwn(value, name) && !Object.hasOwn(value, other),
      );
      if (missing !== undefined) return `Required field '${missing[0]}' is missing`;
    }
    for (const [field, present] of Object.entries(value)) {
      const of = free.includes(field) ? undefined : shapes.get(field);
      const fault = of === undefined ? undefined : this.#faultOf(present, of, field, depth + 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  /** Both kinds of integration take either spelling: which of them AWS insists on is recorded for a few members only. */
  #fieldsOf(shape: StructureShape): Fields {
    const known = this.#fields.get(shape);
    if (known !== undefined) return known;
    const shapes = new Map<string, string>();
    const required: (readonly [string, string])[] = [];
    const [own, other] = this.#modelled.isSdk ? [sdkMemberName, upperFirst] : [upperFirst, sdkMemberName];
    for (const member of shape.members) {
      const spellings = [own(member.name), other(member.name)] as const;
      for (const spelling of spellings) shapes.set(spelling, member.of);
      if (member.required) required.push(spellings);
    }
    const fields = { shapes, required };
    this.#fields.set(shape, fields);
    return fields;
  }
}

function sizeFault(field: string, size: number, { min, max }: Bounds): string | undefined {
  if (min !== undefined && size < min) return `Field '${field}' is smaller than the minimum length`;
  if (max !== undefined && size > max) return `Field '${field}' exceeds the maximum length`;
  return undefined;
}

function valueFault(field: string, value: number, { min, max }: Bounds): string | undefined {
  if (min !== undefined && value < min) return `Field '${field}' is smaller than the minimum value`;
  if (max !== undefined && value > max) return `Field '${field}' exceeds the maximum value`;
  return undefined;
}

function mustBe(field: string, what: string): string {
  return `Field '${field}' must be ${what}`;
}

/** In characters, as the models count: one outside the basic plane is one. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

/** How many bytes the Base64 text stands for, rounded up: a text that is no Base64 is not refused for its length. */
function bytesOf(text: string): number {
  const padding = text.endsWith("==") ? 2 : Number(text.endsWith("="));
  return Math.ceil(((text.length - padding) * 3) / 4);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
