/** The reference interpreter's own reading of the few paths and expressions that machine.ts writes. */
import type { Json } from "../../src/asl/json.ts";
import type { Definition } from "./machine.ts";

export type JsonObject = { readonly [name: string]: Json };

/** What a state's fields see. */
export interface Sight {
  readonly input: Json;
  /** The context object. */
  readonly context: JsonObject;
  readonly variables: JsonObject;
  readonly result?: Json;
}

export function evaluate(text: string, sight: Sight): Json {
  if (text.startsWith("$$.")) return walk(sight.context, text.slice(3));
  if (text === "$") return sight.input;
  return text.startsWith("$.") ? walk(sight.input, text.slice(2)) : walk(sight.variables, text.slice(1));
}

function walk(from: Json, path: string): Json {
  const found = path.split(".").reduce<Json | undefined>((value, name) => (value as JsonObject | null)?.[name], from);
  if (found === undefined) throw new Error(`the reference finds nothing at ${path} in ${JSON.stringify(from)}`);
  return found;
}

/** A template of JSONPath: keys that end in `.$` hold paths. Of JSONata: texts in `{% %}` are expressions. */
export function fill(template: unknown, sight: Sight): Json {
  if (Array.isArray(template)) return template.map((x) => fill(x, sight));
  if (typeof template === "string" && template.startsWith("{%")) return evaluateJsonata(template, sight);
  if (typeof template !== "object" || template === null) return template as Json;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) =>
      key.endsWith(".$") ? [key.slice(0, -2), evaluate(value as string, sight)] : [key, fill(value, sight)],
    ),
  );
}

export function evaluateJsonata(text: string, sight: Sight): Json {
  const expression = text.slice(2, -2).trim();
  const merge = /^\$merge\(\[\$states\.input, \{'(\w+)': (.+)\}\]\)$/u.exec(expression);
  if (merge !== null) return { ...(sight.input as JsonObject), [merge[1] as string]: term(merge[2] as string, sight) };
  return term(expression, sight);
}

function term(text: string, sight: Sight): Json {
  if (/^\d+$/u.test(text)) return Number(text);
  const below = /^(.*) < (\d+)$/u.exec(text);
  if (below !== null) return Number(term(below[1] as string, sight)) < Number(below[2]);
  const exists = /^\$exists\(\$states\.input\.(\w+)\)$/u.exec(text);
  if (exists !== null) return Object.hasOwn(sight.input as JsonObject, exists[1] as string);
  if (text === "$states.input") return sight.input;
  if (text === "$states.result") return sight.result as Json;
  if (text.startsWith("$states.result.")) return walk(sight.result as Json, text.slice("$states.result.".length));
  if (text.startsWith("$states.context.")) return walk(sight.context, text.slice("$states.context.".length));
  throw new Error(`the reference does not know the expression ${text}`);
}

export function holds(rule: Definition, sight: Sight): boolean {
  if ("Condition" in rule) return evaluateJsonata(rule["Condition"] as string, sight) === true;
  if ("Not" in rule) return !holds(rule["Not"] as Definition, sight);
  const path = rule["Variable"] as string;
  if ("IsPresent" in rule) return Object.hasOwn(sight.input as JsonObject, path.slice(2)) === rule["IsPresent"];
  return Number(evaluate(path, sight)) < Number(rule["NumericLessThan"]);
}

/** What a state leaves with, from its result. */
export function outputOf(state: Definition, sight: Sight, result: Json): Json {
  if (state["QueryLanguage"] === "JSONata") {
    return "Output" in state ? evaluateJsonata(state["Output"] as string, { ...sight, result }) : result;
  }
  const selected = "ResultSelector" in state ? fill(state["ResultSelector"], { ...sight, input: result }) : result;
  const path = state["ResultPath"] as string | undefined;
  return path === undefined ? selected : { ...(sight.input as JsonObject), [path.slice(2)]: selected };
}

export function assignedBy(state: Definition, sight: Sight): JsonObject {
  return "Assign" in state ? (fill(state["Assign"], sight) as JsonObject) : {};
}
