/**
 * Evaluates JSONata expressions over `$states` and the variables.
 *
 * Asynchronous because the library is: an evaluation settles in microtasks alone, it waits for nothing.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
import { setMember, type Json, type JsonObject } from "../asl/json.ts";
import { METER, type JsonataExpression } from "../asl/jsonata-expression.ts";
import type { PayloadTemplate, TemplateMember } from "../asl/types.ts";
import { EvaluationError } from "./evaluation-error.ts";
import { meterBuiltIns, statesFunctions } from "./jsonata-functions.ts";
import { isFunctionValue } from "./jsonata-function-value.ts";
import { EvaluationMeter } from "./jsonata-meter.ts";
import type { Scope } from "./scope.ts";

/** The States Language's names for what an expression gives. */
type JsonType = "array" | "boolean" | "null" | "number" | "object" | "string";

/** Characters of a failure's cause, as AWS cuts it. */
const MAX_CAUSE = 32_768;

/** The value of each expression in the template. */
export async function evaluateExpressions(template: PayloadTemplate, scope: Scope): Promise<Json> {
  switch (template.kind) {
    case "literal":
      return template.value;
    case "array": {
      const items: Json[] = [];
      for (const item of template.items) items.push(await evaluateExpressions(item, scope));
      return items;
    }
    case "object":
      return evaluateExpressionMembers(template.members, scope);
    case "selector":
      if (template.selector.kind !== "expression") throw new Error(`Defect: ${template.field} holds no expression`);
      return evaluateExpression(template.selector.expression, template.field, scope);
  }
}

export async function evaluateExpressionMembers(
  members: readonly TemplateMember[],
  scope: Scope,
): Promise<Record<string, Json>> {
  const object: Record<string, Json> = {};
  for (const { key, value } of members) setMember(object, key, await evaluateExpressions(value, scope));
  return object;
}

interface Typed {
  readonly array: readonly Json[];
  readonly "array or object": readonly Json[] | JsonObject;
  readonly boolean: boolean;
  readonly number: number;
  readonly string: string;
}

/** The expression's value, which must be of that type, or of one of those. @throws EvaluationError States.QueryEvaluationError */
export async function evaluateAs<Type extends keyof Typed>(
  type: Type,
  expression: JsonataExpression,
  field: string,
  scope: Scope,
): Promise<Typed[Type]> {
  const value = await evaluateExpression(expression, field, scope);
  const actual = typeOf(value);
  if (!type.split(" or ").includes(actual)) {
    const shown = JSON.stringify(value);
    const what = `returned an unexpected result type. Expected '${type}', but was '${actual}' for value: ${shown}`;
    throw failure(expression, field, what);
  }
  return value as never;
}

/**
 * @param field the place as errors name it, such as `Arguments/FunctionName`
 * @throws EvaluationError States.QueryEvaluationError
 */
export async function evaluateExpression(expression: JsonataExpression, field: string, scope: Scope): Promise<Json> {
  const meter = new EvaluationMeter(scope, (frame) => meterBuiltIns(frame, meter, scope.at));
  const bindings = {
    ...statesFunctions(meter, scope.entropy),
    ...scope.variables,
    states: { input: scope.input, context: scope.context, ...scope.answer },
    [METER]: meter,
  };
  let value: unknown;
  try {
    value = await expression.compiled.evaluate(undefined, bindings);
    // It is copied and written out, however often it was given before.
    meter.chargeFor(value);
  } catch (thrown) {
    throw failure(expression, field, `threw an error during evaluation. ${describe(thrown)}`);
  }
  if (value === undefined) throw failure(expression, field, "returned nothing (undefined).");
  if (isFunctionValue(value)) throw failure(expression, field, "returned a function.");
  return toJson(value);
}

function failure(expression: JsonataExpression, field: string, what: string): EvaluationError {
  const cause = `The JSONata expression '${expression.source}' specified for the field '${field}' ${what}`;
  return new EvaluationError("States.QueryEvaluationError", cause.slice(0, MAX_CAUSE), field);
}

function describe(thrown: unknown): string {
  const { code, message, reason = message } = thrown as Error & { code?: string; reason?: string };
  return code === undefined ? reason : `${code}: ${reason}`;
}

/** Plain JSON: sequences become arrays, functions and what is undefined are left out, null in arrays. The depth was measured. */
function toJson(value: unknown): Json {
  if (value === undefined || isFunctionValue(value)) return null;
  if (typeof value !== "object" || value === null) return value as Json;
  if (Array.isArray(value)) return value.map(toJson);
  const object: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined && !isFunctionValue(member)) setMember(object, key, toJson(member));
  }
  return object;
}

function typeOf(value: Json): JsonType {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : (typeof value as JsonType);
}
