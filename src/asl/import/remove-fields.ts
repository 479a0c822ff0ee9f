/** Removes what the language does not know from a pasted definition, as the validator finds it. */
import type { Diagnostic } from "../diagnostic.ts";
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../json.ts";
import { validateDefinition, type StateMachineType } from "../validate.ts";
import type { Note } from "./change.ts";

const UNSUPPORTED = /^Field '([^']+)' is not supported$/u;

/** `repair` is asked again after a round: a transition may have been among what was removed. */
export function removeUnsupportedFields(
  machine: JsonObject,
  type: StateMachineType,
  note: Note,
  repair: (machine: JsonObject) => JsonObject,
): { readonly definition: string; readonly diagnostics: readonly Diagnostic[] } {
  const definition = JSON.stringify(machine, undefined, 2);
  const { diagnostics } = validateDefinition(definition, type);
  const found = diagnostics.flatMap(({ message, location = "/" }) => {
    const field = UNSUPPORTED.exec(message)?.[1];
    if (field === undefined) return [];
    const paths = pathsTo(machine, location === "/" ? "" : location);
    return paths.slice(0, 1).map((path) => ({ field, path, location }));
  });
  if (found.length === 0) return { definition, diagnostics };
  let rest = machine;
  for (const { field, path, location } of found) {
    note("FIELD_REMOVED", location, `'${field}' is not supported there.`);
    rest = without(rest, path, field) as JsonObject;
  }
  return removeUnsupportedFields(repair(rest), type, note, repair);
}

type Path = readonly string[];

/**
 * The members that lead to a diagnostic's location; names of states may hold slashes and brackets themselves, so that there
 * may be more than one way to read it.
 */
function pathsTo(value: Json | undefined, location: string): readonly Path[] {
  if (location === "") return [[]];
  return stepsInto(value)
    .filter(([step]) => location.startsWith(step))
    .flatMap(([step, key]) =>
      pathsTo(memberOf(value as JsonObject, key), location.slice(step.length)).map((path) => [key, ...path]),
    );
}

/** How a location writes each member, and the member's key. */
function stepsInto(value: Json | undefined): readonly (readonly [step: string, key: string])[] {
  if (isArray(value)) return Array.from(value.keys(), (i) => [`[${i}]`, String(i)]);
  return isObject(value) ? Object.keys(value).map((key) => [`/${key}`, key]) : [];
}

/** `path` leads to an object. */
function without(value: Json, [key, ...path]: Path, field: string): Json {
  if (isArray(value)) return value.map((item, i) => (String(i) === key ? without(item, path, field) : item));
  const entries = Object.entries(value as JsonObject);
  return key === undefined
    ? Object.fromEntries(entries.filter(([name]) => name !== field))
    : Object.fromEntries(entries.map(([name, member]) => [name, name === key ? without(member, path, field) : member]));
}
