/**
 * Reads Retry and Catch.
 * @see https://states-language.net/spec.html#errors
 */
import type { FieldReader } from "./field-reader.ts";
import type { Catcher, Retrier } from "./types.ts";

/** 0 is accepted, as AWS does; the States Language asks for a positive integer. */
const INTERVAL = { min: 0, max: 99_999_999 };
const ATTEMPTS = { min: 0, max: 99_999_999 };
const MAX_DELAY = { min: 1, max: 31_622_400 };

export function parseRetriers(state: FieldReader): readonly Retrier[] {
  return readersOf("Retry", state).map((reader) => {
    const ErrorEquals = reader.strings("ErrorEquals") ?? [];
    const MaxDelaySeconds = reader.integer("MaxDelaySeconds", MAX_DELAY);
    const retrier: Retrier = {
      ErrorEquals,
      IntervalSeconds: reader.integer("IntervalSeconds", INTERVAL) ?? 1,
      MaxAttempts: reader.integer("MaxAttempts", ATTEMPTS) ?? 3,
      BackoffRate: reader.number("BackoffRate", { min: 1, max: Infinity }) ?? 2,
      JitterStrategy: reader.oneOf("JitterStrategy", ["NONE", "FULL"]) ?? "NONE",
      ...(MaxDelaySeconds !== undefined && { MaxDelaySeconds }),
    };
    reader.finish();
    return retrier;
  });
}

export function parseCatchers(state: FieldReader): readonly Catcher[] {
  return readersOf("Catch", state).map((reader) => {
    reader.require("Next");
    reader.only("JSONPath", "ResultPath");
    reader.only("JSONata", "Output");
    const Assign = reader.assign("errorOutput");
    const ResultPath = reader.language === "JSONata" ? undefined : reader.referencePath("ResultPath");
    const Output = reader.language === "JSONata" ? reader.template("Output", "errorOutput") : undefined;
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
function readersOf(field: "Retry" | "Catch", state: FieldReader): readonly FieldReader[] {
  const list = state.array(field) ?? [];
  return list.flatMap((entry, i) => {
    const reader = state.inner(entry, `${state.at(field)}[${i}]`);
    if (reader === undefined) return [];
    reader.require("ErrorEquals");
    reader.string("Comment");
    const names = reader.raw("ErrorEquals");
    const isAll = Array.isArray(names) && names.includes("States.ALL");
    if (isAll && (names.length > 1 || i < list.length - 1)) {
      reader.report("States.ALL must appear alone and at end of list", reader.at("ErrorEquals"));
    }
    return [reader];
  });
}
