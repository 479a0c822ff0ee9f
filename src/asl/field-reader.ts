/**
 * Reads the fields of one object of a definition and reports what is wrong with them.
 *
 * F1. Reading never throws and never stops at the first fault: every fault becomes a Diagnostic with its location.
 * F2. A field that nobody asked for is reported by `finish`, so each state type's field table is its parser.
 */
import type { Diagnostic, DiagnosticCode } from "./diagnostic.ts";
import { parseIntrinsic, isIntrinsicText } from "./intrinsic.ts";
import { parseTimestamp } from "./instant.ts";
import { isArray, isObject, memberOf, type Json, type JsonObject } from "./json.ts";
import { parseJsonPath, parseReferencePath, type JsonPath } from "./json-path.ts";
import { isExpressionText, parseExpression, type JsonataExpression } from "./jsonata-expression.ts";
import type { Assign, IntegerOrPath, PayloadTemplate, QueryLanguage, Selector, TemplateMember } from "./types.ts";

interface Bounds {
  readonly min: number;
  readonly max: number;
}

export class FieldReader {
  readonly location: string;
  readonly language: QueryLanguage;
  readonly #object: JsonObject;
  readonly #diagnostics: Diagnostic[];
  readonly #known: Set<string> = new Set();

  constructor(object: JsonObject, location: string, diagnostics: Diagnostic[], language: QueryLanguage = "JSONPath") {
    this.language = language;
    this.#object = object;
    this.location = location;
    this.#diagnostics = diagnostics;
  }

  report(message: string, location: string = this.location, code: DiagnosticCode = "SCHEMA_VALIDATION_FAILED"): void {
    this.#diagnostics.push({ severity: "ERROR", code, message, location: location === "" ? "/" : location });
  }

  at(field: string): string {
    return `${this.location}/${field}`;
  }

  has(field: string): boolean {
    this.#known.add(field);
    return Object.hasOwn(this.#object, field);
  }

  raw(field: string): Json | undefined {
    this.#known.add(field);
    return memberOf(this.#object, field);
  }

  string(field: string): string | undefined {
    return this.#typed(field, "String", (value) => (typeof value === "string" ? value : undefined));
  }

  boolean(field: string): boolean | undefined {
    return this.#typed(field, "Boolean", (value) => (typeof value === "boolean" ? value : undefined));
  }

  object(field: string): JsonObject | undefined {
    return this.#typed(field, "Object", (value) => (isObject(value) ? value : undefined));
  }

  array(field: string): readonly Json[] | undefined {
    return this.#typed(field, "Array", (value) => (isArray(value) ? value : undefined));
  }

  oneOf<T extends string>(field: string, allowed: readonly T[]): T | undefined {
    const value = this.string(field);
    const found = allowed.find((x) => x === value);
    if (value !== undefined && found === undefined) {
      this.report(`Value must be one of: [${allowed.join(", ")}]`, this.at(field));
    }
    return found;
  }

  integer(field: string, bounds: Bounds): number | undefined {
    return this.number(field, bounds, "Integer", Number.isInteger);
  }

  number(
    field: string,
    bounds: Bounds,
    type: string = "Number",
    accepts: (value: unknown) => boolean = Number.isFinite,
  ): number | undefined {
    const value = this.#typed(field, type, (x) => (typeof x === "number" && accepts(x) ? x : undefined));
    if (value !== undefined && (value < bounds.min || value > bounds.max)) {
      this.report(`Value must be between ${bounds.min} and ${bounds.max}`, this.at(field));
      return undefined;
    }
    return value;
  }

  /** An RFC 3339 timestamp, as epoch milliseconds. */
  timestamp(field: string): number | undefined {
    const text = this.string(field);
    return text === undefined
      ? undefined
      : this.#parsed(field, parseTimestamp(text), "String does not match RFC3339 timestamp");
  }

  /** An RFC 3339 timestamp, as written. */
  timestampText(field: string): string | undefined {
    return this.timestamp(field) === undefined ? undefined : this.string(field);
  }

  /** A list of strings with at least one element. */
  strings(field: string): readonly string[] | undefined {
    const list = this.array(field);
    if (list === undefined) return undefined;
    if (list.length === 0) this.report("Array must not be empty", this.at(field));
    const strings = list.filter((x) => typeof x === "string");
    if (strings.length !== list.length) this.report("Expected value of type String", this.at(field));
    return strings;
  }

  /** A path: to the input, `$$` or a variable. `null` only where the language allows it; `$` is left out as a no-op. */
  path(field: string, options: { readonly nullable: boolean }): JsonPath | null | undefined {
    if (options.nullable && this.raw(field) === null) return null;
    const text = this.string(field);
    if (text === undefined || text === "$") return undefined;
    return this.#parsed(field, parseJsonPath(text), "Value is not a valid JSONPath");
  }

  /** A required-to-parse path that may not be null. */
  plainPath(field: string): JsonPath | undefined {
    const text = this.string(field);
    return text === undefined ? undefined : this.#parsed(field, parseJsonPath(text), "Value is not a valid JSONPath");
  }

  referencePath(field: string): JsonPath | null | undefined {
    if (this.raw(field) === null) return null;
    const text = this.string(field);
    if (text === undefined || text === "$") return undefined;
    return this.#parsed(field, parseReferencePath(text), "Value is not a Reference Path");
  }

  /** A path or an intrinsic call. */
  selector(field: string): Selector | undefined {
    const text = this.string(field);
    return text === undefined ? undefined : this.#parsed(field, parseSelector(text), INVALID_SELECTOR(field));
  }

  /** `X` as a number or `XPath` as a path, never both. */
  integerOrPath(field: string, bounds: Bounds): IntegerOrPath | undefined {
    if (this.language === "JSONata") {
      const expression = this.expression(field);
      if (expression !== undefined) return { kind: "expression", expression };
      const value = this.integer(field, bounds);
      return value === undefined ? undefined : { kind: "value", value };
    }
    const value = this.integer(field, bounds);
    const path = this.plainPath(`${field}Path`);
    if (this.has(field) && this.has(`${field}Path`)) {
      this.report(`Only one of these fields is allowed: [${field}, ${field}Path]`);
    }
    if (path !== undefined) return { kind: "path", path };
    return value === undefined ? undefined : { kind: "value", value };
  }

  /** The field's JSONata expression; undefined where it holds something else. */
  expression(field: string): JsonataExpression | undefined {
    const text = this.raw(field);
    return typeof text === "string" && isExpressionText(text) ? this.#expression(text, this.at(field)) : undefined;
  }

  #expression(text: string, location: string): JsonataExpression | undefined {
    const parsed = parseExpression(text);
    if (typeof parsed !== "string") return parsed;
    this.report(`The JSONata expression is not valid: ${parsed}`, location);
    return undefined;
  }

  /** A payload template: any JSON in which keys that end in `.$` hold paths or intrinsic calls. */
  template(field: string): PayloadTemplate | undefined {
    const value = this.raw(field);
    if (value === undefined) return undefined;
    return this.language === "JSONata" ? this.#expressions(value, field) : this.#template(value, this.at(field));
  }

  assign(field = "Assign"): Assign | undefined {
    const object = this.object(field);
    if (object === undefined) return undefined;
    const template =
      this.language === "JSONata" ? this.#expressions(object, field) : this.#template(object, this.at(field));
    const members = template.kind === "object" ? template.members : literalMembers(object);
    for (const { key } of members) {
      if (!VARIABLE_NAME.test(key) || key.length > 80)
        this.report(`Variable name '${key}' is not valid`, this.at(field));
      if (key === "states") this.report("Variable name 'states' is reserved", this.at(field));
    }
    return members;
  }

  /** Reports the fields that the language does not know in this place. */
  finish(): void {
    for (const field of Object.keys(this.#object)) {
      if (!this.#known.has(field)) this.report("Field is not supported", this.at(field));
    }
  }

  require(...fields: readonly string[]): void {
    const missing = fields.filter((field) => !this.has(field));
    if (missing.length > 0) this.report(`These fields are required: [${missing.join(", ")}]`);
  }

  exactlyOne(...fields: readonly string[]): void {
    const present = fields.filter((field) => this.has(field)).length;
    if (present !== 1) this.report(`Exactly one field should be present: [${fields.join(", ")}]`);
  }

  #typed<T extends Json>(field: string, type: string, accept: (value: Json) => T | undefined): T | undefined {
    const value = this.raw(field);
    if (value === undefined) return undefined;
    const accepted = accept(value);
    if (accepted === undefined) this.report(`Expected value of type ${type}`, this.at(field));
    return accepted;
  }

  #parsed<T>(field: string, parsed: T | undefined, message: string): T | undefined {
    if (parsed === undefined) this.report(message, this.at(field));
    return parsed;
  }

  /** Any JSON in which strings may be expressions. @param place as errors name it: `Arguments/FunctionName` */
  #expressions(value: Json, place: string): PayloadTemplate {
    if (typeof value === "string" && isExpressionText(value)) {
      const expression = this.#expression(value, this.at(place));
      if (expression === undefined) return { kind: "literal", value };
      return { kind: "selector", field: place, selector: { kind: "expression", expression } };
    }
    if (isArray(value)) {
      const items = value.map((item, i) => this.#expressions(item, `${place}[${i}]`));
      return items.every((x) => x.kind === "literal") ? { kind: "literal", value } : { kind: "array", items };
    }
    if (!isObject(value)) return { kind: "literal", value };
    const members = Object.keys(value).map((key) => ({
      key,
      value: this.#expressions(value[key] as Json, `${place}/${key}`),
    }));
    return members.every((x) => x.value.kind === "literal") ? { kind: "literal", value } : { kind: "object", members };
  }

  #template(value: Json, location: string): PayloadTemplate {
    if (isArray(value)) {
      const items = value.map((item, i) => this.#template(item, `${location}/${i}`));
      return items.every((x) => x.kind === "literal") ? { kind: "literal", value } : { kind: "array", items };
    }
    if (!isObject(value)) return { kind: "literal", value };
    const members = Object.keys(value).map((key) => this.#member(key, value[key] as Json, location));
    const literal = members.every((x) => x.value.kind === "literal");
    return literal ? { kind: "literal", value } : { kind: "object", members };
  }

  #member(key: string, value: Json, location: string): TemplateMember {
    if (!key.endsWith(".$")) return { key, value: this.#template(value, `${location}/${key}`) };
    const selector = typeof value === "string" ? parseSelector(value) : undefined;
    if (selector === undefined) {
      this.report(INVALID_SELECTOR(key), location);
      return { key: key.slice(0, -2), value: { kind: "literal", value: null } };
    }
    return { key: key.slice(0, -2), value: { kind: "selector", field: key, selector } };
  }
}

const INVALID_SELECTOR = (field: string): string =>
  `The value for the field '${field}' must be a valid JSONPath or a valid intrinsic function call`;

const VARIABLE_NAME = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u;

function parseSelector(text: string): Selector | undefined {
  if (isIntrinsicText(text)) {
    const call = parseIntrinsic(text);
    return call === undefined ? undefined : { kind: "call", call };
  }
  const path = parseJsonPath(text);
  return path === undefined ? undefined : { kind: "path", path };
}

function literalMembers(object: JsonObject): readonly TemplateMember[] {
  return Object.keys(object).map((key) => ({ key, value: { kind: "literal", value: object[key] as Json } }));
}
