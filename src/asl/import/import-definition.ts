/**
 * Makes a definition that runs of what people paste: examples of articles, fragments, templates.
 *
 * M1. Every change is listed. A definition that may be created as it stands is not changed at all, not even its white space.
 * M2. What was imported may be created, unless the diagnostics still have an ERROR: what it means is not guessed.
 */
import type { Diagnostic } from "../diagnostic.ts";
import type { JsonFault } from "../json-syntax.ts";
import { isObject, memberOf, type Json, type JsonObject } from "../json.ts";
import { validateDefinition, type StateMachineType } from "../validate.ts";
import type { ImportChange, Note } from "./change.ts";
import { takeConfiguration, type ImportedConfiguration } from "./configuration.ts";
import { readPastedText } from "./pasted-text.ts";
import { fillPlaceholders, type Place } from "./placeholders.ts";
import { removeUnsupportedFields } from "./remove-fields.ts";
import { asMachine, repairMachine } from "./repair-machine.ts";

export interface ImportedDefinition extends ImportedConfiguration {
  /** Its text; absent where the text configures a state machine and defines none. */
  readonly definition?: string;
  readonly changes: readonly ImportChange[];
  /** What is to be said against the definition now. */
  readonly diagnostics: readonly Diagnostic[];
}

export type ImportResult = ImportedDefinition | { readonly fault: JsonFault };

/** `place`: what stands for placeholders such as `REGION`. */
export function importDefinition(text: string, type: StateMachineType, place: Place): ImportResult {
  const asItStands = validateDefinition(text, type);
  if (asItStands.machine !== undefined) return { definition: text, changes: [], diagnostics: asItStands.diagnostics };

  const changes: ImportChange[] = [];
  const note: Note = (code, location, message) => void changes.push({ code, location, message });
  const read = readPastedText(text, note);
  if ("fault" in read) return read;
  const unwrapped = unwrap(read.value, note);
  if (!isObject(unwrapped)) return { fault: NO_DEFINITION };

  const { machine, configuration: found } = withoutConfiguration(unwrapped, note);
  const configuration = fillPlaceholders({ ...found }, "", place, note) as ImportedConfiguration;
  const isConfigured = Object.keys(configuration).length > 0;
  if (Object.keys(machine).length === 0 && isConfigured) return { ...configuration, changes, diagnostics: [] };
  const given = asMachine(machine, "", note);
  if (!isObject(memberOf(given, "States"))) return { fault: NO_DEFINITION };
  const filled = fillPlaceholders(given, "", place, note) as JsonObject;
  const repaired = repairMachine(filled, "", place, note);
  const { definition, diagnostics } = removeUnsupportedFields(repaired, type, note, (value) =>
    repairMachine(value, "", place, note),
  );
  return { definition, ...configuration, changes, diagnostics };
}

const NO_DEFINITION: JsonFault = { message: "The text holds no object that could be a definition", line: 1, column: 1 };

const HOLDERS = ["definition", "Definition", "DefinitionString", "Properties"];

/** The definition within a template's resource or an API's answer. */
function unwrap(value: Json, note: Note): Json {
  if (!isObject(value) || Object.hasOwn(value, "States")) return value;
  const resources = memberOf(value, "Resources");
  const machine = isObject(resources) ? Object.entries(resources).find(([, x]) => isStateMachine(x)) : undefined;
  if (machine !== undefined) {
    note("DEFINITION_UNWRAPPED", "/", `The definition is that of the resource '${machine[0]}'.`);
    return unwrap(machine[1], note);
  }
  const holder = HOLDERS.find((name) => isObject(memberOf(value, name)) || typeof memberOf(value, name) === "string");
  if (holder === undefined) return value;
  note("DEFINITION_UNWRAPPED", "/", `The definition is what '${holder}' holds.`);
  const inner = value[holder] as Json;
  const { configuration } = takeConfiguration(value, "/", () => undefined);
  const read = typeof inner === "string" ? readPastedText(inner, note) : { value: inner };
  if ("fault" in read || !isObject(read.value)) return inner;
  const opened = unwrap(read.value, note);
  return isObject(opened) ? { ...configuration, ...opened } : opened;
}

function isStateMachine(resource: Json): boolean {
  const type = isObject(resource) ? memberOf(resource, "Type") : undefined;
  return type === "AWS::StepFunctions::StateMachine" || type === "AWS::Serverless::StateMachine";
}

/** Out of the machine, and out of each of its states. */
function withoutConfiguration(
  value: JsonObject,
  note: Note,
): { readonly machine: JsonObject; readonly configuration: ImportedConfiguration } {
  const { rest, configuration } = takeConfiguration(value, "/", note);
  const states = memberOf(rest, "States");
  const holder = isObject(states) ? states : rest;
  let all: ImportedConfiguration = {};
  const cleaned = Object.fromEntries(
    Object.entries(holder).map(([name, state]) => {
      if (!isObject(state)) return [name, state];
      const taken = takeConfiguration(state, `/States/${name}`, note);
      all = { ...all, ...taken.configuration };
      return [name, taken.rest];
    }),
  );
  return {
    machine: isObject(states) ? { ...rest, States: cleaned } : cleaned,
    configuration: { ...all, ...configuration },
  };
}
