/**
 * Reads Retry and Catch.
 * @see https://states-language.net/spec.html#errors
 */
import type { Diagnostic } from "./diagnostic.ts";
import { FieldReader } from "./field-reader.ts";
import { isObject } from "./json.ts";
import type { Catcher, Retrier } from "./types.ts";

const INTERVAL = { min: 1, max: 99_999_999 };
const ATTEMPTS = { min: 0, max: 99_999_999 };
const MAX_DELAY = { min: 1, max: 31_622_400 };

export function parseRetriers(state: FieldReader, diagnostics: Diagnostic[]): readonly Retrier[] {
  return readersOf("Retry", state, diagnostics).map((reader) => {
    const ErrorEquals = reader.strings("ErrorEquals") ?? [];
    const MaxDelaySeconds = reader.integer("MaxDelaySeconds", MAX_DELAY);
    const retrier: Retrier = {
      ErrorEquals,
      IntervalSeconds: reader.integer("IntervalSeconds", INTERVAL) ?? 1,
      MaxAttempts: reader.integer("MaxAttempts", ATTEMPTS) ?? 3,
      BackoffRate: reader.number("BackoffRate", { min: 1, max: Infinity }) ?? 2,
      JitterStrategy: reader.oneOf("JitterStrategy", ["FULL", "NONE"]) ?? "NONE",
      ...(MaxDelaySeconds !== undefined && { MaxDelaySeconds }),
    };
    reader.finish();
    return retrier;
  });
}

export function parseCatchers(state: FieldReader, diagnostics: Diagnostic[]): readonly Catcher[] {
  return readersOf("Catch", state, diagnostics).map((reader) => {
    reader.require("Next");
    const Assign = reader.assign();
    const ResultPath = reader.language === "JSONata" ? undefined : reader.referencePath("ResultPath");
    const Output = reader.language === "JSONata" ? reader.template("Output") : undefined;
    const catcher: Catcher = {
      ErrorEquals: reader.strings("ErrorEquals") ?? [],
      Next: reader.string("Next") ?? "",
      ...(Assign && { Assign }),
      ...(ResultPath !== undefined && { ResultPath }),
      ...(Output && { Output }),
    };
    reader.finish();
    return catcher;
  });
}

/** A reader for each entry of the list, with the rule that States.ALL stands alone and last. */
function readersOf(field: "Retry" | "Catch", state: FieldReader, diagnostics: Diagnostic[]): readonly FieldReader[] {
  const list = state.array(field) ?? [];
  return list.flatMap((entry, i) => {
    const location = `${state.at(field)}/${i}`;
    if (!isObject(entry)) {
      state.report("Expected value of type Object", location);
      return [];
    }
    const reader = new FieldReader(entry, location, diagnostics, state.language);
    reader.require("ErrorEquals");
    reader.string("Comment");
    const names = Array.isArray(entry["ErrorEquals"]) ? entry["ErrorEquals"] : [];
    if (names.includes("States.ALL") && (names.length > 1 || i < list.length - 1)) {
      reader.report("States.ALL must appear alone and in the last element of the list", reader.at("ErrorEquals"));
    }
    return [reader];
  });
}
