/**
 * Reads the fields of one object of a definition and reports what is wrong with them, in AWS's words.
 *
 * F1. Reading never throws and never stops at the first fault: every fault becomes a Diagnostic with its location.
 * F2. A field that nobody asked for is reported by `finish`, so each state type's field table is its parser.
 * F3. A value that breaks a rule but has a meaning is reported and still returned: what ran under older rules runs on.
 */
import { errorAt, type ErrorCode } from "./diagnostic.ts";
import type { Findings, StatesMember } from "./findings.ts";
import { parseTimestamp } from "./instant.ts";
import { isArray, isObject, memberOf, type Json, type JsonObject } from "./json.ts";
import { parseJsonPath, parseReferencePath, type JsonPath } from "./json-path.ts";
import { isExpressionText, type JsonataExpression } from "./jsonata-expression.ts";
import { readExpression, readSelector, readTemplate, readVariables } from "./read-template.ts";
import type { Assign, IntegerOrPath, PayloadTemplate, QueryLanguage, Selector } from "./types.ts";

interface Bounds {
  readonly min: number;
  readonly max: number;
}

export class FieldReader {
  readonly location: string;
  readonly language: QueryLanguage;
  readonly findings: Findings;
  readonly #object: JsonObject;
  readonly #known: Set<string> = new Set();

  constructor(object: JsonObject, location: string, findings: Findings, language: QueryLanguage = "JSONPath") {
    this.language = language;
    this.#object = object;
    this.location = location;
    this.findings = findings;
  }

  /** A reader for an object within this one; undefined, and reported, where it is none. */
  inner(value: Json | undefined, location: string): FieldReader | undefined {
    if (isObject(value)) return new FieldReader(value, location, this.findings, this.language);
    if (value !== undefined) this.report(expected("OBJECT"), location);
    return undefined;
  }

  report(message: string, location: string = this.location, code: ErrorCode = "SCHEMA_VALIDATION_FAILED"): void {
    this.findings.diagnostics.push(errorAt(location, message, code));
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
    return this.#typed(field, "[STRING]", (value) => (typeof value === "string" ? value : undefined));
  }

  boolean(field: string): boolean | undefined {
    return this.#typed(field, "[BOOLEAN]", (value) => (typeof value === "boolean" ? value : undefined));
  }

  object(field: string): JsonObject | undefined {
    return this.#typed(field, "[OBJECT]", (value) => (isObject(value) ? value : undefined));
  }

  array(field: string): readonly Json[] | undefined {
    return this.#typed(field, "[ARRAY]", (value) => (isArray(value) ? value : undefined));
  }

  /** An array with at least one element; the empty one is reported. */
  filledArray(field: string): readonly Json[] | undefined {
    const list = this.array(field);
    if (list?.length === 0) this.report("Value cannot be empty", this.at(field));
    return list;
  }

  oneOf<T extends string>(field: string, allowed: readonly T[]): T | undefined {
    const value = this.string(field);
    const found = allowed.find((x) => x === value);
    if (value !== undefined && found === undefined) {
      this.report(`Value should be one of the following: [${allowed.join(", ")}]`, this.at(field));
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
    if (value !== undefined && value < bounds.min) this.report(`Minimum value is ${bounds.min}`, this.at(field));
    if (value !== undefined && value > bounds.max) this.report(`Maximum value is ${bounds.max}`, this.at(field));
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
    const list = this.filledArray(field);
    if (list === undefined) return undefined;
    const strings = list.filter((x) => typeof x === "string");
    if (strings.length !== list.length) this.report(expected("STRING"), this.at(field));
    return strings;
  }

  /** A path: to the input, `$$` or a variable. `null` only where the language allows it; `$` is left out as a no-op. */
  path(field: string, options: { readonly nullable: boolean }): JsonPath | null | undefined {
    if (options.nullable && this.raw(field) === null) return null;
    const path = this.plainPath(field);
    return path?.source === "$" ? undefined : path;
  }

  /** A path that may not be null. */
  plainPath(field: string): JsonPath | undefined {
    const text = this.string(field);
    return text === undefined ? undefined : this.#read(field, parseJsonPath(text), "Value must be a valid JSONPath.");
  }

  /** A path to one value, of the input, `$$` or a variable. */
  singlePath(field: string): JsonPath | undefined {
    const text = this.string(field);
    return text === undefined ? undefined : this.#read(field, parseJsonPath(text), notReferencePath(text));
  }

  /** Where to write to in the input; `null` throws the result away. */
  referencePath(field: string): JsonPath | null | undefined {
    if (this.raw(field) === null) return null;
    const text = this.string(field);
    if (text === undefined || text === "$") return undefined;
    return this.#parsed(field, parseReferencePath(text), notReferencePath(text));
  }

  /** A path or an intrinsic call. */
  selector(field: string): Selector | undefined {
    const text = this.string(field);
    return text === undefined ? undefined : readSelector(text, field, this.at(field), this.findings);
  }

  /** `X` as a number or `XPath` as a path, never both. */
  integerOrPath(field: string, bounds: Bounds): IntegerOrPath | undefined {
    this.only("JSONPath", `${field}Path`);
    this.atMostOne(field, `${field}Path`);
    if (this.language === "JSONata") {
      const expression = this.expression(field);
      if (expression !== undefined) return { kind: "expression", expression };
    } else {
      const path = this.plainPath(`${field}Path`);
      if (path !== undefined) return { kind: "path", path };
    }
    if (isExpressionOf(this.language, this.raw(field))) return undefined;
    const value = this.integer(field, bounds);
    return value === undefined ? undefined : { kind: "value", value };
  }

  /** The field's JSONata expression; undefined where it holds something else. */
  expression(field: string, ...members: readonly StatesMember[]): JsonataExpression | undefined {
    const text = this.raw(field);
    if (!isExpressionOf("JSONata", text)) return undefined;
    return readExpression(text, this.at(field), { findings: this.findings, members });
  }

  /** A payload template in the reader's language. @param members what `$states` has here beyond input and context */
  template(field: string, ...members: readonly StatesMember[]): PayloadTemplate | undefined {
    const value = this.raw(field);
    if (value === undefined) return undefined;
    return readTemplate(value, field, this.location, this.language, { findings: this.findings, members });
  }

  assign(...members: readonly StatesMember[]): Assign | undefined {
    const object = this.object("Assign");
    if (object === undefined) return undefined;
    return readVariables(object, this.location, this.language, { findings: this.findings, members });
  }

  /** Says that the fields belong to one query language; they are reported in an object of the other. */
  only(language: QueryLanguage, ...fields: readonly string[]): void {
    for (const field of fields) {
      if (!this.has(field) || language === this.language) continue;
      const { language: own } = this;
      this.report(
        `The QueryLanguage is set to '${own}', but field '${field}' is only supported for the '${language}' QueryLanguage`,
      );
    }
  }

  /** Reports the fields that the language does not know in this place. */
  finish(): void {
    for (const field of Object.keys(this.#object)) {
      if (!this.#known.has(field)) this.report(`Field '${field}' is not supported`);
    }
  }

  require(...fields: readonly string[]): void {
    const missing = fields.filter((field) => !this.has(field));
    if (missing.length > 0) this.report(`These fields are required: [${missing.join(", ")}]`);
  }

  atMostOne(...fields: readonly string[]): void {
    if (fields.filter((field) => this.has(field)).length > 1) {
      this.report(`There should only be one of the following fields: [${fields.join(", ")}]`);
    }
  }

  exactlyOne(...fields: readonly string[]): void {
    this.atMostOne(...fields);
    if (!fields.some((field) => this.has(field))) {
      this.report(`This object should have only one of the following fields: [${fields.join(", ")}]`);
    }
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

  /** A path that is read from, so that its variable counts. */
  #read(field: string, path: JsonPath | undefined, message: string): JsonPath | undefined {
    if (path?.root.kind === "variable") this.findings.variables.add(path.root.name);
    return this.#parsed(field, path, message);
  }
}

function expected(type: string): string {
  return `Expected value of type [${type}]`;
}

function notReferencePath(text: string): string {
  return text.startsWith("$")
    ? "Value is not a Reference Path"
    : "Value is not a Reference Path: Reference path didn't start with '$'";
}

function isExpressionOf(language: QueryLanguage, value: Json | undefined): value is string {
  return language === "JSONata" && typeof value === "string" && isExpressionText(value);
}
