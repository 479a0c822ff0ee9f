/**
 * From the text of a definition to a StateMachine, and to everything that is wrong with its form.
 *
 * P1. Never throws: whatever the text is, the answer is a machine or at least one ERROR diagnostic.
 * P2. All faults are reported, each with its location, not only the first.
 * P3. A machine is answered wherever the text has one, its faults notwithstanding: an execution that began under older
 *     rules runs on. Whoever creates a state machine asks `validateDefinition` instead.
 * @see https://states-language.net/spec.html#toplevelfields
 */
import { errorAt, warningAt, type Diagnostic } from "./diagnostic.ts";
import { FieldReader } from "./field-reader.ts";
import { jsonSyntaxFault } from "./json-syntax.ts";
import { exceedsDepth, isObject, memberOf, type Json, type JsonObject } from "./json.ts";
import { parseState } from "./parse-state.ts";
import type { QueryLanguage, State, StateMachine, SubMachine } from "./types.ts";

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const MAX_DEFINITION_CHARACTERS = 1_048_576;
/** Deeper than any definition people write; keeps every walk over one within the stack. */
const MAX_DEPTH = 200;
export const MAX_NAME_CHARACTERS = 80;
/** AWS accepts 0, which is no timeout to speak of. */
const TIMEOUT = { min: 0, max: 99_999_999 };

export interface ParsedDefinition {
  readonly machine?: StateMachine;
  readonly diagnostics: readonly Diagnostic[];
}

/** @param maxCharacters what a longer text is refused for */
export function parseDefinition(text: string, maxCharacters: number = MAX_DEFINITION_CHARACTERS): ParsedDefinition {
  if (text.length > maxCharacters) {
    return refused(`State machine definition is too long: ${text.length} characters, at most ${maxCharacters}`);
  }
  const fault = jsonSyntaxFault(text);
  if (fault !== undefined) return { diagnostics: [fault] };
  if (exceedsDepth(text, MAX_DEPTH)) {
    return refused(`Definition is nested more than ${MAX_DEPTH} levels deep`, "TOO_DEEPLY_NESTED");
  }
  const value = JSON.parse(text) as Json;
  if (!isObject(value)) return refused("Definition must be a valid JSON object");
  const diagnostics: Diagnostic[] = [];
  const machine = parseTopLevel(value, diagnostics);
  return { diagnostics, ...(machine && { machine }) };
}

function refused(
  message: string,
  code: "SCHEMA_VALIDATION_FAILED" | "TOO_DEEPLY_NESTED" = "SCHEMA_VALIDATION_FAILED",
): ParsedDefinition {
  return { diagnostics: [{ severity: "ERROR", code, message }] };
}

function parseTopLevel(object: JsonObject, diagnostics: Diagnostic[]): StateMachine | undefined {
  const reader = new FieldReader(object, "", { diagnostics, variables: new Set() });
  const Comment = reader.string("Comment");
  const Version = reader.oneOf("Version", ["1.0"]);
  const TimeoutSeconds = reader.integer("TimeoutSeconds", TIMEOUT);
  reader.oneOf("QueryLanguage", ["JSONPath", "JSONata"]);
  const misplaced = misplacedLanguage(object);
  if (misplaced !== undefined) {
    const message = "QueryLanguage belongs beside States, not into it; it is read as that of the whole state machine";
    diagnostics.push(warningAt("/States/QueryLanguage", message, "MISPLACED_FIELD"));
  }
  const language = languageOf(memberOf(object, "QueryLanguage") ?? misplaced);
  const sub = parseStates(reader, { language, names: new Set(), diagnostics });
  reader.finish();
  return (
    sub && {
      ...sub,
      ...(Comment !== undefined && { Comment }),
      ...(Version !== undefined && { Version }),
      ...(TimeoutSeconds !== undefined && TimeoutSeconds > 0 && { TimeoutSeconds }),
    }
  );
}

/** Anything but exactly `JSONPath` counts as JSONata; the wrong spelling is reported besides. */
function languageOf(language: Json | undefined): QueryLanguage {
  return language === undefined || language === "JSONPath" ? "JSONPath" : "JSONata";
}

/** A language among the states, as a workflow of AWS's own collection has it: no state is a text. */
function misplacedLanguage(object: JsonObject): Json | undefined {
  const states = memberOf(object, "States");
  const language = isObject(states) ? memberOf(states, "QueryLanguage") : undefined;
  return language === "JSONPath" || language === "JSONata" ? language : undefined;
}

/** What the parts of one machine share. */
interface Whole {
  readonly language: QueryLanguage;
  /** Every state name met so far: they are unique in the whole machine. */
  readonly names: Set<string>;
  readonly diagnostics: Diagnostic[];
}

/** The machine whose fields the reader has; undefined where a part of it could not be read. */
function parseStates(reader: FieldReader, whole: Whole): SubMachine | undefined {
  reader.require("States", "StartAt");
  const StartAt = reader.string("StartAt");
  const states = reader.object("States");
  if (states !== undefined && Object.keys(states).length === 0) {
    reader.report("Value cannot be empty", reader.at("States"));
  }
  const isMisplaced = reader.location === "" && misplacedLanguage({ States: states ?? {} }) !== undefined;
  const entries = Object.entries(states ?? {}).filter(([name]) => !(isMisplaced && name === "QueryLanguage"));
  const States = new Map<string, State>();
  for (const [name, object] of entries) {
    const location = `${reader.at("States")}/${name}`;
    checkName(name, location, whole);
    if (reader.inner(object, location) === undefined) continue;
    const parseSubMachine = (inner: FieldReader): SubMachine | undefined => {
      inner.string("Comment");
      const machine = parseStates(inner, whole);
      inner.finish();
      return machine;
    };
    const { language, diagnostics } = whole;
    const state = parseState(name, object as JsonObject, location, { language, diagnostics, parseSubMachine });
    if (state !== undefined) States.set(name, state);
  }
  const isWhole = StartAt !== undefined && states !== undefined && States.size === entries.length;
  return isWhole ? { StartAt, States, location: reader.location } : undefined;
}

function checkName(name: string, location: string, { names, diagnostics }: Whole): void {
  if (name.length === 0 || name.length > MAX_NAME_CHARACTERS) {
    const message = `State name must have between 1 and ${MAX_NAME_CHARACTERS} characters`;
    diagnostics.push(errorAt(location, message, "INVALID_STATE_NAME"));
  }
  if (names.has(name)) {
    diagnostics.push(errorAt(location, `Duplicate State name: ${name}`, "DUPLICATE_STATE_NAME"));
  }
  names.add(name);
}
