/**
 * Checks a request's members against the shape of the operation's input, with AWS's texts for what is wrong.
 *
 * K1. A member of the wrong JSON type ends the request at once (SerializationException); what the type allows but the
 *     bounds do not is collected, and all of it is reported (ValidationException).
 * K2. Unknown members are dropped and `null` is the same as absent, so what comes out has only members the shape names.
 */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../asl/json.ts";
import { DEFAULT_QUOTAS, type Quotas } from "../runtime/quota-settings.ts";
import { ApiError } from "./api-error.ts";
import type { Operation, OperationInputs } from "./inputs.ts";
import type { ListShape, NumberShape, Shape, StringShape, StructureShape } from "./shape.ts";
import { INPUTS } from "./shapes.ts";

/** More would only make the message longer. */
const MAX_VIOLATIONS = 100;

/** The input of an operation, or an ApiError that says what is wrong with it. */
export function checkInput<Op extends Operation>(
  operation: Op,
  body: JsonObject,
  quotas: Quotas = DEFAULT_QUOTAS,
): OperationInputs[Op] {
  const shape: StructureShape = INPUTS[operation];
  const input = readStructure(body, shape);
  const violations = new Violations(quotas);
  checkStructure(input, shape, "", violations);
  violations.report();
  return input as unknown as OperationInputs[Op];
}

class Violations {
  readonly quotas: Quotas;
  readonly #texts: string[] = [];

  constructor(quotas: Quotas) {
    this.quotas = quotas;
  }

  add(path: string, value: Json | undefined, shape: Shape, constraint: string): void {
    if (this.#texts.length >= MAX_VIOLATIONS) return;
    const isSensitive = shape.type === "string" && shape.sensitive === true;
    const shown = isSensitive ? "Value" : value === undefined ? "Value null" : `Value '${show(value, shape)}'`;
    this.#texts.push(`${shown} at '${path}' failed to satisfy constraint: Member must ${constraint}`);
  }

  report(): void {
    const count = this.#texts.length;
    if (count === 0) return;
    const noun = count === 1 ? "error" : "errors";
    throw new ApiError("ValidationException", `${count} validation ${noun} detected: ${this.#texts.join("; ")}`);
  }
}

function readStructure(object: JsonObject, shape: StructureShape): JsonObject {
  const members: Record<string, Json> = {};
  for (const [name, memberShape] of Object.entries(shape.members)) {
    const value = memberOf(object, name);
    if (value !== undefined && value !== null) members[name] = read(value, memberShape);
  }
  return members;
}

/** The value as the shape has it; throws where its JSON type is another. */
function read(value: Json, shape: Shape): Json {
  switch (shape.type) {
    case "structure":
      if (!isObject(value)) throw mistyped(isArray(value) ? UNEXPECTED_LIST : "Expected structure or null");
      return readStructure(value, shape);
    case "list":
      if (!isArray(value)) throw mistyped(isObject(value) ? UNEXPECTED_STRUCTURE : "Expected list or null");
      return value.map((member) => (member === null ? null : read(member, shape.member)));
    case "string":
      if (typeof value !== "string") throw mistyped(conversion(value, "a String"));
      return value;
    case "boolean":
      if (typeof value !== "boolean") throw mistyped(conversion(value, "a Boolean"));
      return value;
    case "integer":
    case "long":
    case "float":
      break;
  }
  if (typeof value !== "number" || !isWithinType(value, shape))
    throw mistyped(conversion(value, NUMBER_NAMES[shape.type]));
  return value;
}

const UNEXPECTED_LIST = "Start of list found where not expected";
const UNEXPECTED_STRUCTURE = "Start of structure or map found where not expected.";
const NUMBER_NAMES = { integer: "an Integer", long: "a Long", float: "a Float" } as const;

function isWithinType(value: number, shape: NumberShape): boolean {
  if (shape.type === "float") return Number.isFinite(value);
  if (shape.type === "long") return Number.isSafeInteger(value);
  return Number.isInteger(value) && Math.abs(value) <= 0x7fffffff;
}

function conversion(value: Json, target: string): string {
  if (isArray(value)) return UNEXPECTED_LIST;
  if (isObject(value)) return UNEXPECTED_STRUCTURE;
  const token =
    typeof value === "boolean" ? (value ? "TRUE" : "FALSE") : typeof value === "number" ? "NUMBER" : "STRING";
  return `${token}_VALUE can not be converted to ${target}`;
}

function mistyped(message: string): ApiError {
  return new ApiError("SerializationException", message);
}

function checkStructure(object: JsonObject, shape: StructureShape, path: string, violations: Violations): void {
  for (const [name, memberShape] of Object.entries(shape.members)) {
    const at = path === "" ? name : `${path}.${name}`;
    const value = memberOf(object, name);
    if (value !== undefined) check(value, memberShape, at, violations);
    else if (shape.required.includes(name)) violations.add(at, undefined, memberShape, "not be null");
  }
}

function check(value: Json, shape: Shape, path: string, violations: Violations): void {
  if (value === null) violations.add(path, undefined, shape, "not be null");
  else if (shape.type === "structure" && isObject(value)) checkStructure(value, shape, path, violations);
  else if (shape.type === "list" && isArray(value)) checkList(value, shape, path, violations);
  else if (shape.type === "string" && typeof value === "string") checkString(value, shape, path, violations);
  else if (typeof value === "number" && isNumberShape(shape)) checkNumber(value, shape, path, violations);
}

function checkList(list: readonly Json[], shape: ListShape, path: string, violations: Violations): void {
  checkLength(list.length, list, shape, path, violations);
  list.forEach((member, index) => check(member, shape.member, `${path}.${index + 1}.member`, violations));
}

function checkString(text: string, shape: StringShape, path: string, violations: Violations): void {
  checkLength(text.length, text, shape, path, violations);
  if (shape.values !== undefined && !shape.values.includes(text)) {
    violations.add(path, text, shape, `satisfy enum value set: [${shape.values.join(", ")}]`);
  }
  if (shape.pattern !== undefined && !new RegExp(`^(?:${shape.pattern})$`, "u").test(text)) {
    violations.add(path, text, shape, `satisfy regular expression pattern: ${shape.pattern}`);
  }
}

function checkLength(
  length: number,
  value: Json,
  shape: StringShape | ListShape,
  path: string,
  violations: Violations,
): void {
  const { min = 0 } = shape;
  const quota = shape.type === "string" ? shape.quota : undefined;
  const max = quota === undefined ? (shape.max ?? Infinity) : violations.quotas[quota];
  if (length > max) violations.add(path, value, shape, `have length less than or equal to ${max}`);
  if (length < min) violations.add(path, value, shape, `have length greater than or equal to ${min}`);
}

function checkNumber(value: number, shape: NumberShape, path: string, violations: Violations): void {
  const { min = -Infinity, max = Infinity } = shape;
  if (value > max) violations.add(path, value, shape, `have value less than or equal to ${max}`);
  if (value < min) violations.add(path, value, shape, `have value greater than or equal to ${min}`);
}

function isNumberShape(shape: Shape): shape is NumberShape {
  return shape.type === "integer" || shape.type === "long" || shape.type === "float";
}

/** A value as AWS prints it: `[Item(name=value, …), …]`. */
function show(value: Json, shape: Shape): string {
  if (shape.type === "list" && isArray(value))
    return `[${value.map((member) => show(member, shape.member)).join(", ")}]`;
  if (shape.type === "structure" && isObject(value)) {
    const members = Object.entries(value).map(
      ([name, member]) => `${name}=${show(member, shape.members[name] ?? shape)}`,
    );
    return `${shape.name}(${members.join(", ")})`;
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}
