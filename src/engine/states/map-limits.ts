/**
 * A Map's numbers that may come from its input: concurrency and tolerated failures.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
 */
import type { Json } from "../../asl/json.ts";
import type { IntegerOrPath, MapState } from "../../asl/types.ts";
import { valueAt } from "../../data/data-flow.ts";
import { EvaluationError } from "../../data/evaluation-error.ts";
import type { Scope } from "../../data/scope.ts";

/** The number, or what a `…Path` field finds: an integer, or a text that says one. */
export function integerAt(field: IntegerOrPath, name: string, scope: Scope): number {
  if (field.kind === "value") return field.value;
  const number = numberOf(valueAt(field.path, scope), `${name}Path`, "integer", field.path.source);
  if (number < 0) throw new EvaluationError("States.Runtime", `${name} must not be negative.`);
  return number;
}

/** How many iterations may fail; undefined where the state tolerates none, so that the first failure is the state's own. */
export function toleratedFailures(state: MapState, total: number, scope: Scope): number | undefined {
  const count = state.ToleratedFailureCount && integerAt(state.ToleratedFailureCount, "ToleratedFailureCount", scope);
  const percentage = state.ToleratedFailurePercentage && percentageAt(state.ToleratedFailurePercentage, scope);
  const limits = [count, percentage === undefined ? undefined : Math.floor((total * percentage) / 100)];
  const given = limits.filter((x) => x !== undefined);
  return given.length === 0 || Math.min(...given) === 0 ? undefined : Math.min(...given);
}

function percentageAt(field: IntegerOrPath, scope: Scope): number {
  if (field.kind === "value") return field.value;
  const name = "ToleratedFailurePercentage";
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
