/**
 * A Map's numbers that may come from its input: concurrency and tolerated failures.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
 */
import type { Json } from "../../asl/json.ts";
import type { IntegerOrPath, MapState } from "../../asl/types.ts";
import { valueAt } from "../../data/data-flow.ts";
import { EvaluationError } from "../../data/evaluation-error.ts";
import { evaluateAs } from "../../data/jsonata.ts";
import type { Scope } from "../../data/scope.ts";

/** The number, or what a `…Path` field finds: an integer not below 0, or a text that says one. */
export async function integerAt(field: IntegerOrPath, name: string, scope: Scope): Promise<number> {
  const number = await integerOf(field, name, scope);
  if (number < 0) throw new EvaluationError("States.Runtime", `${name} must not be negative.`);
  return number;
}

/** Like `integerAt`; what a path finds may be below 0. */
export async function integerOf(field: IntegerOrPath, name: string, scope: Scope): Promise<number> {
  if (field.kind === "value") return field.value;
  if (field.kind === "path") return numberOf(valueAt(field.path, scope), `${name}Path`, "integer", field.path.source);
  const value = await evaluateAs("number", field.expression, name, scope);
  if (Number.isInteger(value) && value >= 0) return value;
  const cause = `The ${name} field must be a non-negative integer but was: ${value}`;
  throw new EvaluationError("States.QueryEvaluationError", cause, name);
}

/** How many iterations may fail; undefined where the state tolerates none, so that the first failure is the state's own. */
export async function toleratedFailures(state: MapState, total: number, scope: Scope): Promise<number | undefined> {
  const { ToleratedFailureCount, ToleratedFailurePercentage } = state;
  const count = ToleratedFailureCount && (await integerAt(ToleratedFailureCount, "ToleratedFailureCount", scope));
  const percentage = ToleratedFailurePercentage && (await percentageAt(ToleratedFailurePercentage, scope));
  const limits = [count, percentage === undefined ? undefined : Math.floor((total * percentage) / 100)];
  const given = limits.filter((x) => x !== undefined);
  return given.length === 0 || Math.min(...given) === 0 ? undefined : Math.min(...given);
}

export async function percentageAt(field: IntegerOrPath, scope: Scope): Promise<number> {
  if (field.kind === "value") return field.value;
  const name = "ToleratedFailurePercentage";
  if (field.kind === "expression") {
    const value = await evaluateAs("number", field.expression, name, scope);
    if (value >= 0 && value <= 100) return value;
    const cause = `The ${name} field must be between 0 and 100 but was: ${value}`;
    throw new EvaluationError("States.QueryEvaluationError", cause, name);
  }
  const number = numberOf(valueAt(field.path, scope), `${name}Path`, "float", field.path.source);
  if (number >= 0 && number <= 100) return number;
  throw new EvaluationError("States.Runtime", `${name} must be between 0 and 100.`);
}

function numberOf(value: Json, field: string, type: "integer" | "float", path: string): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number) && (type === "float" || Number.isInteger(number)))
    return number;
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  const cause = `The ${field} field refers to value "${shown}" which is not a valid ${type}: ${path}`;
  throw new EvaluationError("States.Runtime", cause);
}
