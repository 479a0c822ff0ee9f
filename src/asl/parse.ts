/**
 * From the text of a definition to a StateMachine, or to everything that is wrong with it.
 *
 * P1. Never throws: whatever the text is, the answer is a machine or at least one ERROR diagnostic.
 * P2. All faults are reported, each with its location, not only the first.
 * @see https://states-language.net/spec.html#toplevelfields
 */
import type { Diagnostic } from "./diagnostic.ts";
import { FieldReader } from "./field-reader.ts";
import { jsonSyntaxFault } from "./json-syntax.ts";
import { exceedsDepth, isObject, type Json, type JsonObject } from "./json.ts";
import { parseState } from "./parse-state.ts";
import { checkExpress } from "./rules/express.ts";
import { checkTransitions } from "./rules/transitions.ts";
import { checkVariables } from "./rules/variables.ts";
import type { QueryLanguage, State, StateMachine, SubMachine } from "./types.ts";

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_DEFINITION_CHARACTERS = 1_048_576;
/** Deeper than any definition people write; keeps every walk over one within the stack. */
const MAX_DEPTH = 200;
const MAX_NAME_CHARACTERS = 80;

export type ParsedDefinition =
  | { readonly machine: StateMachine; readonly diagnostics: readonly Diagnostic[] }
  | { readonly machine?: undefined; readonly diagnostics: readonly Diagnostic[] };

export type StateMachineType = "STANDARD" | "EXPRESS";

/** Parses and checks a definition. */
export function parseDefinition(text: string, type: StateMachineType = "STANDARD"): ParsedDefinition {
  if (text.length > MAX_DEFINITION_CHARACTERS) {
    return refused(
      `State machine definition is too long: ${text.length} characters, at most ${MAX_DEFINITION_CHARACTERS}`,
    );
  }
  const fault = jsonSyntaxFault(text);
  if (fault !== undefined) return { diagnostics: [fault] };
  if (exceedsDepth(text, MAX_DEPTH)) return refused(`Definition is nested more than ${MAX_DEPTH} levels deep`);
  const value = JSON.parse(text) as Json;
  if (!isObject(value)) return refused("Definition must be a valid JSON object");
  const diagnostics: Diagnostic[] = [];
  const machine = parseTopLevel(value, diagnostics);
  if (machine === undefined || diagnostics.length > 0) return { diagnostics };
  checkTransitions(machine, "", diagnostics);
  checkVariables(machine, diagnostics);
  if (type === "EXPRESS") checkExpress(machine, "", diagnostics);
  return diagnostics.some((x) => x.severity === "ERROR") ? { diagnostics } : { machine, diagnostics };
}

function refused(message: string): ParsedDefinition {
  return { diagnostics: [{ severity: "ERROR", code: "SCHEMA_VALIDATION_FAILED", message }] };
}

function parseTopLevel(object: JsonObject, diagnostics: Diagnostic[]): StateMachine | undefined {
  const reader = new FieldReader(object, "", diagnostics);
  const Comment = reader.string("Comment");
  const Version = reader.oneOf("Version", ["1.0"]);
  const TimeoutSeconds = reader.integer("TimeoutSeconds", { min: 1, max: 99_999_999 });
  const language = reader.oneOf("QueryLanguage", ["JSONPath", "JSONata"]) ?? "JSONPath";
  const sub = parseStates(reader, { language, names: new Map(), diagnostics });
  reader.finish();
  return (
    sub && {
      ...sub,
      ...(Comment !== undefined && { Comment }),
      ...(Version !== undefined && { Version }),
      ...(TimeoutSeconds !== undefined && { TimeoutSeconds }),
    }
  );
}

/** What the parts of one machine share. */
interface Whole {
  readonly language: QueryLanguage;
  /** Every state name met so far and where: they are unique in the whole machine. */
  readonly names: Map<string, string>;
  readonly diagnostics: Diagnostic[];
}

function parseStates(reader: FieldReader, whole: Whole): SubMachine | undefined {
  const { language, names, diagnostics } = whole;
  reader.require("States", "StartAt");
  const StartAt = reader.string("StartAt");
  const states = reader.object("States");
  if (states !== undefined && Object.keys(states).length === 0)
    reader.report("Object must not be empty", reader.at("States"));
  const States = new Map<string, State>();
  for (const name of Object.keys(states ?? {})) {
    const location = `${reader.at("States")}/${name}`;
    checkName(name, location, names, reader);
    const object = states?.[name];
    if (!isObject(object)) {
      reader.report("Expected value of type Object", location);
      continue;
    }
    const parseSubMachine = (inner: JsonObject, at: string): SubMachine | undefined => {
      const innerReader = new FieldReader(inner, at, diagnostics);
      innerReader.string("Comment");
      const machine = parseStates(innerReader, whole);
      innerReader.finish();
      return machine;
    };
    const state = parseState(name, object, location, { language, diagnostics, parseSubMachine });
    if (state !== undefined) States.set(name, state);
  }
  return StartAt === undefined || states === undefined ? undefined : { StartAt, States };
}

function checkName(name: string, location: string, names: Map<string, string>, reader: FieldReader): void {
  if (name.length === 0 || name.length > MAX_NAME_CHARACTERS) {
    reader.report(`State name must have between 1 and ${MAX_NAME_CHARACTERS} characters`, location);
  }
  const first = names.get(name);
  if (first !== undefined) reader.report(`Duplicate state name: ${name}`, location, "DUPLICATE_STATE_NAME");
  names.set(name, location);
}
