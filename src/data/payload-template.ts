/**
 * Payload templates: Parameters, ResultSelector, ItemSelector, Assign, Credentials.
 * @see https://states-language.net/spec.html#payload-template
 */
import { setMember, type Json } from "../asl/json.ts";
import type { PayloadTemplate, Selector, TemplateMember } from "../asl/types.ts";
import { spendOnValue } from "./effort.ts";
import { EvaluationError } from "./evaluation-error.ts";
import { evaluateIntrinsic } from "./intrinsics.ts";
import { evaluatePath } from "./json-path.ts";
import type { Scope } from "./scope.ts";

export function evaluateTemplate(template: PayloadTemplate, scope: Scope): Json {
  switch (template.kind) {
    case "literal":
      return template.value;
    case "array":
      return template.items.map((item) => evaluateTemplate(item, scope));
    case "object":
      return evaluateMembers(template.members, scope);
    case "selector":
      return evaluateSelector(template.selector, template.field, scope);
  }
}

export function evaluateMembers(members: readonly TemplateMember[], scope: Scope): Record<string, Json> {
  const object: Record<string, Json> = {};
  for (const { key, value } of members) setMember(object, key, evaluateTemplate(value, scope));
  return object;
}

/** @param field the field the selector was written for, as the error names it */
export function evaluateSelector(selector: Selector, field: string, scope: Scope): Json {
  if (selector.kind === "expression") throw new Error(`Defect: ${field} is evaluated as JSONPath`);
  const value = valueOf(selector, field, scope);
  // It will be written out, and thousands of selectors may give the same one.
  spendOnValue(scope, value);
  return value;
}

function valueOf(selector: Exclude<Selector, { readonly kind: "expression" }>, field: string, scope: Scope): Json {
  if (selector.kind === "call") return evaluateIntrinsic(selector.call, scope, scope.entropy);
  const value = evaluatePath(selector.path, scope);
  if (value === undefined) {
    const input = JSON.stringify(selector.path.root.kind === "context" ? scope.context : scope.input);
    const cause = `The JSONPath '${selector.path.source}' specified for the field '${field}' could not be found in the input '${input}'`;
    throw new EvaluationError("States.Runtime", cause);
  }
  return value;
}
