/**
 * What somebody gave as a form's answer: read by its fields, and checked against its schema.
 *
 * G1. What nobody asked for is refused. What is empty in a page's form is not there.
 * G2. A fault is a sentence for whoever filled it in, by the field it is of.
 */
import { Validator, type OutputUnit } from "@cfworker/json-schema";
import { isObject, memberOf, setMember, type Json, type JsonObject } from "../asl/json.ts";
import { Matcher } from "../data/regular-expression.ts";
import type { ApprovalForm, FormField } from "./approval-form.ts";

/** By names of fields: what a browser sends of a form. */
export type FormEntries = Readonly<Record<string, readonly string[]>>;

/** A page's form, or what a program sends. */
export type GivenForm = { readonly entries: FormEntries } | { readonly value: JsonObject };

/** By the field's pointer; `""` is the form as a whole. */
export type FormFaults = Readonly<Record<string, string>>;

export type ReadForm = { readonly value: JsonObject } | { readonly faults: FormFaults };

/** The name of a field in a page's form. */
export function entryName({ pointer }: Pick<FormField, "pointer">): string {
  return `form${pointer}`;
}

export function readGivenForm(form: ApprovalForm, given: GivenForm): ReadForm {
  const value = "value" in given ? given.value : valueOf(form.fields, given.entries);
  // The field's own words first: what is missing has no other fault, what nobody asked for no field.
  const faults = { ...schemaFaults(form, value), ...memberFaults(form.fields, value, "") };
  return Object.keys(faults).length === 0 ? { value } : { faults };
}

function valueOf(fields: readonly FormField[], entries: FormEntries): JsonObject {
  const value: Record<string, Json> = {};
  for (const field of fields) {
    const member = field.kind === "group" ? groupOf(field, entries) : memberIn(field, texts(entries, field));
    if (member !== undefined) setMember(value, field.name, member);
  }
  return value;
}

function texts(entries: FormEntries, field: FormField): readonly string[] {
  const name = entryName(field);
  return Object.hasOwn(entries, name) ? (entries[name] ?? []) : [];
}

/** A group that may be left out is, where nothing in it is filled in. */
function groupOf(field: FormField, entries: FormEntries): Json | undefined {
  const value = valueOf(field.fields, entries);
  const isEmpty = Object.values(value).every((member) => member === false);
  return isEmpty && !field.isRequired ? undefined : value;
}

/** undefined: it is empty. */
function memberIn({ kind, choices, schema, isRequired }: FormField, given: readonly string[]): Json | undefined {
  const [first = ""] = given;
  const text = first.replaceAll("\r\n", "\n");
  switch (kind) {
    case "boolean":
      return first !== "";
    case "choice":
      return first === "" ? undefined : chosen(choices, first);
    case "choices":
      // A list that may be left out is, where it could not be empty.
      if (given.length === 0 && !isRequired && Number(schema["minItems"] ?? 0) > 0) return undefined;
      return given.map((index) => chosen(choices, index));
    case "number":
    case "integer":
      return NUMBER.test(text.trim()) ? Number(text) : text.trim() || undefined;
    case "text":
    case "multiline":
      return text.trim() === "" ? undefined : text;
    case "date-time":
      // What a browser's field gives has no zone: the page says that it is UTC.
      return LOCAL_TIME.test(text.trim()) ? `${text.trim()}:00Z` : text.trim() || undefined;
    default:
      return text.trim() || undefined;
  }
}

const NUMBER = /^[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:e[+-]?\d{1,3})?$/iu;
const LOCAL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/u;

/** A page's form has the place among the choices; what is none of them is no value of the schema's either. */
function chosen(choices: FormField["choices"], index: string): Json {
  const choice = /^\d{1,3}$/u.test(index) ? choices[Number(index)] : undefined;
  return choice === undefined ? { unknown: index } : choice;
}

/** What is missing, what nobody asked for, and what does not match its pattern. */
function memberFaults(fields: readonly FormField[], value: JsonObject, pointer: string): FormFaults {
  const faults: Record<string, string> = {};
  for (const name of Object.keys(value))
    if (!fields.some((field) => field.name === name)) faults[`${pointer}/${name}`] = "Nobody asked for this";
  for (const field of fields) {
    const member = memberOf(value, field.name);
    if (member === undefined) {
      if (field.isRequired) faults[field.pointer] = "This is needed";
    } else if (field.kind === "group" && isObject(member)) {
      Object.assign(faults, memberFaults(field.fields, member, field.pointer));
    } else if (member === Infinity || member === -Infinity) {
      faults[field.pointer] = "This number is too large";
    } else if (field.pattern !== undefined && typeof member === "string") {
      // Linear in a text that is bounded: there is nothing to be counted.
      const search = new Matcher(field.pattern, () => undefined).search(member);
      if (search.find(0) === undefined) faults[field.pointer] = "This does not have the form that is asked for";
    }
  }
  return faults;
}

function schemaFaults({ schema, fields }: ApprovalForm, value: JsonObject): FormFaults {
  const { errors } = new Validator(schema, "2020-12", false).validate(value);
  const all = fields.flatMap((field) => [field, ...field.fields]);
  const faults: Record<string, string> = {};
  for (const error of errors) {
    const say = WORDS[error.keyword];
    if (say === undefined) continue;
    const field = all.findLast(({ pointer }) => isWithin(error, pointer));
    const pointer = field?.pointer ?? "";
    faults[pointer] ??= say(field);
  }
  return faults;
}

/** The library writes `#/a/b`, with what a URI escapes. */
function isWithin({ instanceLocation }: OutputUnit, pointer: string): boolean {
  const at = decodeURIComponent(instanceLocation.slice(1));
  return at === pointer || at.startsWith(`${pointer}/`);
}

const bound = (field: FormField | undefined, keyword: string): string => JSON.stringify(field?.schema[keyword] ?? null);

const TYPE_WORDS: { readonly [Kind in FormField["kind"]]?: string } = {
  number: "A number is needed",
  integer: "A whole number is needed",
  boolean: "true or false is needed",
  choices: "A list is needed",
  choice: "Choose one of the values",
  group: "An object is needed",
};
const FORMAT_WORDS: { readonly [Kind in FormField["kind"]]?: string } = {
  email: "An e-mail address is needed",
  uri: "An address such as https://example.com is needed",
  date: "A date such as 2026-01-31 is needed",
  "date-time": "A moment such as 2026-01-31T12:00:00Z is needed",
};

/** Of the library's keywords those that say what is wrong; the others only say that something within is. */
const WORDS: Readonly<Record<string, ((field: FormField | undefined) => string) | undefined>> = {
  type: (field) =>
    (field && TYPE_WORDS[field.kind]) ?? (field === undefined ? "An object is needed" : "A text is needed"),
  enum: () => "Choose one of the values",
  const: (field) => (field?.kind === "boolean" ? "This has to be ticked" : "Choose the value"),
  format: (field) => (field && FORMAT_WORDS[field.kind]) ?? "This does not have the form that is asked for",
  minLength: (field) => `At least ${bound(field, "minLength")} characters are needed`,
  maxLength: (field) => `At most ${bound(field, "maxLength")} characters are possible`,
  minimum: (field) => `At least ${bound(field, "minimum")} is needed`,
  maximum: (field) => `At most ${bound(field, "maximum")} is possible`,
  exclusiveMinimum: (field) => `More than ${bound(field, "exclusiveMinimum")} is needed`,
  exclusiveMaximum: (field) => `Less than ${bound(field, "exclusiveMaximum")} is needed`,
  multipleOf: (field) => `A multiple of ${bound(field, "multipleOf")} is needed`,
  minItems: (field) => `Choose at least ${bound(field, "minItems")}`,
  maxItems: (field) => `Choose at most ${bound(field, "maxItems")}`,
  uniqueItems: () => "Choose each only once",
};
