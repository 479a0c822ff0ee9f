/**
 * Payload templates of both query languages, selectors and assigned variables: JSON of the definition in which some
 * strings are read from. What they read is noted; what they may not read is reported.
 * @see https://states-language.net/spec.html#payload-template
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
import { errorAt } from "./diagnostic.ts";
import type { Findings, StatesMember } from "./findings.ts";
import { isIntrinsicText, parseIntrinsic, type IntrinsicCall } from "./intrinsic.ts";
import { isArray, isObject, type Json, type JsonObject } from "./json.ts";
import { parseJsonPath } from "./json-path.ts";
import { isExpressionText, parseExpression, type JsonataExpression } from "./jsonata-expression.ts";
import type { JsonataReferences } from "./jsonata-references.ts";
import type { Assign, PayloadTemplate, QueryLanguage, Selector, TemplateMember } from "./types.ts";

/** Where a template stands. */
export interface Surroundings {
  readonly findings: Findings;
  /** What `$states` has here beyond input and context. */
  readonly members: readonly StatesMember[];
}

/** @param location of the object whose field it is */
export function readTemplate(
  value: Json,
  field: string,
  location: string,
  language: QueryLanguage,
  around: Surroundings,
): PayloadTemplate {
  return language === "JSONata"
    ? readExpressions(value, field, location, around)
    : readPaths(value, `${location}/${field}`, around.findings);
}

/** Assign: variables by name. */
export function readVariables(
  object: JsonObject,
  location: string,
  language: QueryLanguage,
  around: Surroundings,
): Assign {
  const template = readTemplate(object, "Assign", location, language, around);
  const members = template.kind === "object" ? template.members : literalMembers(object);
  for (const { key } of members) checkVariableName(key, `${location}/Assign/${key}`, around.findings);
  return members;
}

const VARIABLE_NAME = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u;
const MAX_VARIABLE_CHARACTERS = 80;

function checkVariableName(name: string, location: string, { diagnostics }: Findings): void {
  if (name === "states") {
    const message = "Cannot assign to reserved variable '$states'.";
    diagnostics.push(errorAt(location, message, "RESERVED_VARIABLE_NAME"));
  } else if (name.length > MAX_VARIABLE_CHARACTERS) {
    const message = `Invalid variable name '${name}': the variable name has more than ${MAX_VARIABLE_CHARACTERS} characters.`;
    diagnostics.push(errorAt(location, message, "INVALID_VARIABLE_NAME"));
  } else if (!VARIABLE_NAME.test(name)) {
    const message = `Invalid variable name '${name}': the variable name contains invalid characters.`;
    diagnostics.push(errorAt(location, message, "INVALID_VARIABLE_NAME"));
  }
}

/** A path or an intrinsic call; undefined, and reported, where it is neither. */
export function readSelector(text: string, field: string, location: string, findings: Findings): Selector | undefined {
  const selector = parseSelector(text);
  if (selector === undefined) {
    const message = `The value for the field '${field}' must be a valid JSONPath or a valid intrinsic function call`;
    findings.diagnostics.push(errorAt(location, message));
  } else if (selector.kind === "call") noteCall(selector.call, findings);
  else if (selector.path.root.kind === "variable") findings.variables.add(selector.path.root.name);
  return selector;
}

function parseSelector(text: string): Exclude<Selector, { kind: "expression" }> | undefined {
  if (isIntrinsicText(text)) {
    const call = parseIntrinsic(text);
    return call && { kind: "call", call };
  }
  const path = parseJsonPath(text);
  return path && { kind: "path", path };
}

function noteCall(call: IntrinsicCall, findings: Findings): void {
  for (const argument of call.arguments) {
    if (argument.kind === "call") noteCall(argument.call, findings);
    else if (argument.kind === "path" && argument.path.root.kind === "variable") {
      findings.variables.add(argument.path.root.name);
    }
  }
}

/** The expression of a text between `{%` and `%}`; undefined, and reported, where it is none. */
export function readExpression(text: string, location: string, around: Surroundings): JsonataExpression | undefined {
  const { diagnostics, variables } = around.findings;
  const parsed = parseExpression(text);
  if (typeof parsed === "string") {
    diagnostics.push(errorAt(location, parsed, "INVALID_JSONATA_EXPRESSION"));
    return undefined;
  }
  for (const name of parsed.references.variables) variables.add(name);
  for (const message of unsupportedReferences(parsed.references, around.members)) {
    diagnostics.push(errorAt(location, message, "UNSUPPORTED_JSONATA_EXPRESSION"));
  }
  return parsed;
}

function unsupportedReferences(references: JsonataReferences, members: readonly string[]): readonly string[] {
  const exists = (member: string): boolean => member === "input" || member === "context" || members.includes(member);
  return [
    ...[...references.contextNames].map((name) => `Reference to '${name}' at the top level is not supported.`),
    ...(references.root ? ["Reference to '$$' is not supported."] : []),
    ...[...references.statesMembers].filter((x) => !exists(x)).map((x) => `Field '$states.${x}' does not exist.`),
  ];
}

/** Any JSON in which strings may be expressions. @param place as errors name it: `Arguments/FunctionName` */
function readExpressions(value: Json, place: string, location: string, around: Surroundings): PayloadTemplate {
  if (typeof value === "string") return readText(value, place, `${location}/${place}`, around);
  if (isArray(value)) {
    const items = value.map((item, i) => readExpressions(item, `${place}[${i}]`, location, around));
    return items.every((x) => x.kind === "literal") ? { kind: "literal", value } : { kind: "array", items };
  }
  if (!isObject(value)) return { kind: "literal", value };
  const members = Object.keys(value).map((key) => ({
    key,
    value: readExpressions(value[key] as Json, `${place}/${key}`, location, around),
  }));
  return members.every((x) => x.value.kind === "literal") ? { kind: "literal", value } : { kind: "object", members };
}

function readText(value: string, place: string, location: string, around: Surroundings): PayloadTemplate {
  if (isExpressionText(value)) {
    const expression = readExpression(value, location, around);
    if (expression !== undefined) {
      return { kind: "selector", field: place, selector: { kind: "expression", expression } };
    }
  } else if (value.startsWith("{%")) {
    around.findings.diagnostics.push(errorAt(location, "JSONata string must start with {% and end with %}"));
  }
  return { kind: "literal", value };
}

/** Any JSON in which keys that end in `.$` hold paths or intrinsic calls. */
function readPaths(value: Json, location: string, findings: Findings): PayloadTemplate {
  if (isArray(value)) {
    const items = value.map((item, i) => readPaths(item, `${location}[${i}]`, findings));
    return items.every((x) => x.kind === "literal") ? { kind: "literal", value } : { kind: "array", items };
  }
  if (!isObject(value)) return { kind: "literal", value };
  const members = Object.keys(value).map((key) => readMember(key, value[key] as Json, location, findings));
  const literal = members.every((x) => x.value.kind === "literal");
  return literal ? { kind: "literal", value } : { kind: "object", members };
}

function readMember(key: string, value: Json, location: string, findings: Findings): TemplateMember {
  if (!key.endsWith(".$")) return { key, value: readPaths(value, `${location}/${key}`, findings) };
  const selector = readSelector(typeof value === "string" ? value : "", key, location, findings);
  const name = key.slice(0, -2);
  return selector === undefined
    ? { key: name, value: { kind: "literal", value: null } }
    : { key: name, value: { kind: "selector", field: key, selector } };
}

function literalMembers(object: JsonObject): readonly TemplateMember[] {
  return Object.keys(object).map((key) => ({ key, value: { kind: "literal", value: object[key] as Json } }));
}
