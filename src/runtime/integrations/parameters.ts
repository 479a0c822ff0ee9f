/** A task's parameters, read by a table of what an action takes. What it does not take is refused rather than ignored. */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import { failed, unusableParameters, type TaskAnswer } from "../tasks/task-call.ts";
import type { ServiceCall } from "./integration.ts";

interface Kinds {
  readonly text: string;
  readonly number: number;
  readonly boolean: boolean;
  readonly list: readonly Json[];
  readonly object: JsonObject;
  readonly json: Json;
}
type Kind = keyof Kinds;

/** By the parameters' names; with a question mark: it may be absent, or null. */
export type ParameterTable = Readonly<Record<string, Kind | `${Kind}?`>>;

type Optional<Table extends ParameterTable> = {
  [Name in keyof Table]: Table[Name] extends `${string}?` ? Name : never;
}[keyof Table];
type ValueOf<Given> = Given extends Kind ? Kinds[Given] : Given extends `${infer K extends Kind}?` ? Kinds[K] : never;

export type ParametersOf<Table extends ParameterTable> = {
  readonly [Name in Exclude<keyof Table, Optional<Table>>]: ValueOf<Table[Name]>;
} & { readonly [Name in Optional<Table>]?: ValueOf<Table[Name]> };

/** What is wrong with a task's parameters, in the words that AWS has for it. */
export class ParameterFault extends Error {
  override readonly name = "ParameterFault";

  static ofFormat(field: string): ParameterFault {
    return new ParameterFault(`The value of the field '${field}' has an invalid format`);
  }
}

/** Performs the work; parameters that it finds to be wrong fail the task as AWS fails it. */
export async function withParameters<Answer>(
  call: ServiceCall,
  work: () => Promise<Answer>,
): Promise<Answer | TaskAnswer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ParameterFault) return failed("States.Runtime", unusableParameters(call, error.message));
    throw error;
  }
}

/** Throws a ParameterFault. */
export function readParameters<Table extends ParameterTable>(given: Json, table: Table): ParametersOf<Table> {
  const members = isObject(given) ? given : {};
  const unknown = Object.keys(members).find((name) => !Object.hasOwn(table, name));
  if (unknown !== undefined) throw new ParameterFault(`The field '${unknown}' is not supported by Stepflare`);
  const read: Record<string, Json> = {};
  for (const [name, taken] of Object.entries(table)) {
    const kind = taken.replace("?", "") as Kind;
    const value = memberOf(members, name);
    if (value === undefined || (value === null && kind !== "json")) {
      if (!taken.endsWith("?")) throw new ParameterFault(`The field '${name}' is required but was missing`);
    } else if (!isKind(value, kind)) {
      throw new ParameterFault(`The value for the field '${name}' must be a ${SHOWN[kind]}`);
    } else {
      read[name] = value;
    }
  }
  return read as ParametersOf<Table>;
}

/** As AWS's messages name JSON's kinds. */
const SHOWN: Readonly<Record<Kind, string>> = {
  text: "STRING",
  number: "NUMBER",
  boolean: "BOOLEAN",
  list: "ARRAY",
  object: "JSON OBJECT",
  json: "VALUE",
};

function isKind(value: Json, kind: Kind): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "number":
    case "boolean":
      return typeof value === kind;
    case "list":
      return isArray(value);
    case "object":
      return isObject(value);
    case "json":
      return true;
  }
}

/** A text as it is, any other value as its JSON text; undefined: absent or null. */
export function textOf(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}
