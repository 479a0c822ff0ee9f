/**
 * A form that an approval asks for, of a JSON schema in the task's data.
 *
 * F1. A subset, and all of it is enforced: a keyword that is not known here makes the schema unusable, so that nothing is let
 *     through which it would have refused.
 * F2. What is typed is checked in time linear in it, whatever the schema says.
 * @see https://json-schema.org/draft/2020-12/json-schema-validation
 */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../asl/json.ts";
import { readRegularExpression, type RegularExpression } from "../asl/regular-expression.ts";

export interface ApprovalForm {
  readonly fields: readonly FormField[];
  /** As it was given. */
  readonly given: JsonObject;
  /** For the validator: without what is checked elsewhere. */
  readonly schema: JsonObject;
}

export type FieldKind =
  | "text"
  | "multiline"
  | "email"
  | "uri"
  | "date"
  | "date-time"
  | "number"
  | "integer"
  | "boolean"
  | "choice"
  | "choices"
  | "group";

export interface FormField {
  readonly kind: FieldKind;
  /** The member's name in its object. */
  readonly name: string;
  /** Where in the form's value it is, a JSON pointer: what tells fields apart. */
  readonly pointer: string;
  readonly label: string;
  readonly help: string;
  readonly isRequired: boolean;
  readonly initial?: Json;
  /** What can be chosen. */
  readonly choices: readonly Scalar[];
  readonly pattern?: RegularExpression;
  /** Of a group. */
  readonly fields: readonly FormField[];
  readonly schema: JsonObject;
}

export type Scalar = string | number | boolean | null;

const MAX_FIELDS = 50;
const MAX_CHOICES = 500;
const MAX_LABEL = 500;
const NAME = /^[\p{L}\p{N}_$][\p{L}\p{N}_$. -]{0,79}$/u;

const ANNOTATIONS = ["type", "title", "description", "default", "examples", "enum", "const", "$comment"];
const OF_OBJECT = ["properties", "required", "additionalProperties", "$schema"];
const OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  object: OF_OBJECT,
  string: ["minLength", "maxLength", "pattern", "format"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  integer: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  boolean: [],
  array: ["items", "minItems", "maxItems", "uniqueItems"],
};
const FORMATS: readonly FieldKind[] = ["multiline", "email", "uri", "date", "date-time"];

class Unusable extends Error {}

/** The form of a schema, or why it is none. */
export function readApprovalForm(schema: Json): ApprovalForm | { readonly fault: string } {
  try {
    const root = objectAt(schema, "");
    if (root["type"] !== "object") throw new Unusable("the schema of a form has the type 'object'");
    const read = readMembers(root, "", "", 0);
    const count = read.fields.reduce((sum, { fields }) => sum + 1 + fields.length, 0);
    if (count === 0 || count > MAX_FIELDS) throw new Unusable(`a form has 1 to ${MAX_FIELDS} fields`);
    return { ...read, given: root };
  } catch (error) {
    if (error instanceof Unusable) return { fault: error.message };
    throw error;
  }
}

type Members = Pick<ApprovalForm, "fields" | "schema">;

/** @param at where in the schema @param pointer where in the value @param depth of objects around it */
function readMembers(schema: JsonObject, at: string, pointer: string, depth: number): Members {
  refuseUnknown(schema, [...ANNOTATIONS, ...OF_OBJECT], at);
  const properties = objectAt(schema["properties"], `${at}/properties`);
  const required = schema["required"] ?? [];
  if (!isArray(required) || !required.every((name) => typeof name === "string" && Object.hasOwn(properties, name)))
    throw new Unusable(`${at}/required: it is a list of names in 'properties'`);
  const additional = schema["additionalProperties"];
  if (additional !== undefined && typeof additional !== "boolean")
    throw new Unusable(`${at}/additionalProperties: it is true or false, and nothing is let in that is not asked for`);
  const fields = Object.entries(properties).map(([name, member]) => {
    const where = `${at}/properties/${name}`;
    if (!NAME.test(name) || name === "__proto__")
      throw new Unusable(`${where}: a field's name has letters, digits and _ $ . - or blanks`);
    return readField(objectAt(member, where), { at: where, name, isRequired: required.includes(name), pointer, depth });
  });
  const members = Object.fromEntries(fields.map((field) => [field.name, field.schema]));
  return { fields, schema: { type: "object", properties: members } };
}

interface FieldPlace {
  readonly at: string;
  readonly name: string;
  readonly isRequired: boolean;
  readonly pointer: string;
  readonly depth: number;
}

function readField(schema: JsonObject, place: FieldPlace): FormField {
  const { at, name, isRequired, depth } = place;
  const pointer = `${place.pointer}/${name}`;
  const type = typeAt(schema, at);
  refuseUnknown(schema, [...ANNOTATIONS, ...(OF_TYPE[type] ?? [])], at);
  for (const keyword of ["minLength", "maxLength", "minItems", "maxItems"]) numberAt(schema, keyword, at, true);
  for (const keyword of ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"])
    numberAt(schema, keyword, at, false);
  const initial = memberOf(schema, "default");
  const field = {
    name,
    pointer,
    label: textAt(schema, "title", at) || name,
    help: textAt(schema, "description", at),
    isRequired,
    choices: [],
    fields: [],
    ...(initial !== undefined && { initial }),
  };
  if (type === "object") {
    if (depth > 0) throw new Unusable(`${at}: an object within an object is as deep as a form goes`);
    return { ...field, ...readMembers(schema, at, pointer, depth + 1), kind: "group" };
  }
  if (type === "array") {
    const items = objectAt(schema["items"], `${at}/items`);
    refuseUnknown(items, ANNOTATIONS, `${at}/items`);
    const choices = choicesAt(items, `${at}/items`);
    if (choices === undefined) throw new Unusable(`${at}/items: a list is of an 'enum'`);
    return { ...field, kind: "choices", choices, schema };
  }
  const choices = choicesAt(schema, at);
  if (type !== "boolean" && choices !== undefined) return { ...field, kind: "choice", choices, schema: plain(schema) };
  if (type !== "string") return { ...field, kind: type as FieldKind, schema };
  const pattern = patternAt(schema, at);
  return { ...field, kind: kindOfText(schema, at), ...(pattern && { pattern }), schema: plain(schema) };
}

/** Without what the validator is not asked for: it would match patterns in any time they take. */
function plain(schema: JsonObject): JsonObject {
  const isLeftOut = (keyword: string): boolean =>
    keyword === "pattern" || (keyword === "format" && schema["format"] === "multiline");
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !isLeftOut(keyword)));
}

function typeAt(schema: JsonObject, at: string): string {
  const { type } = schema;
  if (type === undefined) {
    const [first] = choicesAt(schema, at) ?? [];
    if (first !== undefined && first !== null) return typeof first;
  }
  if (typeof type === "string" && Object.hasOwn(OF_TYPE, type)) return type;
  throw new Unusable(`${at}/type: it is one of ${Object.keys(OF_TYPE).join(", ")}`);
}

function kindOfText(schema: JsonObject, at: string): FieldKind {
  const format = schema["format"];
  if (format === undefined) return "text";
  const kind = FORMATS.find((known) => known === format);
  if (kind === undefined) throw new Unusable(`${at}/format: it is one of ${FORMATS.join(", ")}`);
  return kind;
}

function patternAt(schema: JsonObject, at: string): RegularExpression | undefined {
  const { pattern } = schema;
  if (pattern === undefined) return undefined;
  const read = typeof pattern === "string" ? readRegularExpression(pattern, "") : "it is a text";
  if (typeof read === "string") throw new Unusable(`${at}/pattern: ${read}`);
  return read;
}

/** What an `enum` or a `const` lets choose from; undefined: there is none. */
function choicesAt(schema: JsonObject, at: string): readonly Scalar[] | undefined {
  const given = schema["enum"] ?? (schema["const"] === undefined ? undefined : [schema["const"]]);
  if (given === undefined) return undefined;
  const isUsable = isArray(given) && given.length > 0 && given.length <= MAX_CHOICES && given.every(isScalar);
  if (!isUsable) throw new Unusable(`${at}/enum: it is a list of 1 to ${MAX_CHOICES} texts, numbers or booleans`);
  return given as readonly Scalar[];
}

function isScalar(value: Json): boolean {
  return value === null || typeof value !== "object";
}

function numberAt(schema: JsonObject, keyword: string, at: string, isCount: boolean): void {
  const value = schema[keyword];
  if (value === undefined) return;
  const isUsable =
    typeof value === "number" &&
    (!isCount || (Number.isInteger(value) && value >= 0)) &&
    (keyword !== "multipleOf" || value > 0);
  if (!isUsable)
    throw new Unusable(
      `${at}/${keyword}: it is a ${isCount ? "whole number from 0 on" : "number"}${keyword === "multipleOf" ? " above 0" : ""}`,
    );
}

function textAt(schema: JsonObject, keyword: string, at: string): string {
  const value = schema[keyword] ?? "";
  if (typeof value !== "string" || value.length > MAX_LABEL)
    throw new Unusable(`${at}/${keyword}: it is a text of up to ${MAX_LABEL} characters`);
  return value;
}

function objectAt(value: Json | undefined, at: string): JsonObject {
  if (value !== undefined && isObject(value)) return value;
  throw new Unusable(`${at === "" ? "the schema of a form" : `${at}: it`} is an object`);
}

function refuseUnknown(schema: JsonObject, known: readonly string[], at: string): void {
  const keyword = Object.keys(schema).find((each) => !known.includes(each));
  if (keyword !== undefined) throw new Unusable(`${at}/${keyword}: a form has no such keyword here`);
}
