/**
 * The order in which a JSONPath state's data flows: InputPath, Parameters, (the state), ResultSelector, ResultPath, OutputPath.
 *
 * D1. A step that the state does not have changes nothing: the very same Payload goes on, text and all.
 * D2. Assign and OutputPath see the variables as they were before the state.
 * @see https://states-language.net/spec.html#filters
 */
import type { Json } from "../asl/json.ts";
import type { JsonPath } from "../asl/json-path.ts";
import type { PayloadTemplate } from "../asl/types.ts";
import { EvaluationError } from "./evaluation-error.ts";
import { evaluatePath, explainMissing } from "./json-path.ts";
import { EMPTY_OBJECT, Payload } from "./payload.ts";
import { evaluateTemplate } from "./payload-template.ts";
import { writeAt } from "./reference-path.ts";
import type { Scope } from "./scope.ts";

/** InputPath or OutputPath. */
export function applyPath(path: JsonPath | null | undefined, payload: Payload, scope: Scope): Payload {
  if (path === undefined) return payload;
  return path === null ? EMPTY_OBJECT : Payload.of(valueAt(path, scope.withInput(payload.value)));
}

/** Parameters or ResultSelector. */
export function applyTemplate(template: PayloadTemplate | undefined, payload: Payload, scope: Scope): Payload {
  if (template === undefined) return payload;
  return Payload.of(evaluateTemplate(template, scope.withInput(payload.value)));
}

/** @param input the state's raw input, before InputPath */
export function applyResultPath(path: JsonPath | null | undefined, input: Payload, result: Payload): Payload {
  if (path === undefined) return result;
  return path === null ? input : Payload.of(writeAt(input.value, path, result.value));
}

/** The value that a field's path must find. */
export function valueAt(path: JsonPath, scope: Scope): Json {
  const value = evaluatePath(path, scope);
  if (value === undefined) {
    throw new EvaluationError("States.Runtime", `Invalid path '${path.source}' : ${explainMissing(path, scope)}`);
  }
  return value;
}
