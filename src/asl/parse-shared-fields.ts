/**
 * The fields that several state types share, each group read in the state's own query language.
 * @see https://states-language.net/spec.html#state-type-table
 */
import type { FieldReader } from "./field-reader.ts";
import type { StatesMember } from "./findings.ts";
import type { JsonPath } from "./json-path.ts";
import { parseCatchers, parseRetriers } from "./parse-recovery.ts";
import type { PassState, PayloadTemplate, TaskState } from "./types.ts";

type PathFields = { InputPath?: JsonPath | null; OutputPath?: JsonPath | null; Output?: PayloadTemplate };

/** @param members what `$states` has in Output beyond input and context */
export function filters(reader: FieldReader, ...members: readonly StatesMember[]): PathFields {
  reader.only("JSONPath", "InputPath", "OutputPath");
  reader.only("JSONata", "Output");
  if (reader.language === "JSONata") {
    const Output = reader.template("Output", ...members);
    return Output === undefined ? {} : { Output };
  }
  const InputPath = reader.path("InputPath", { nullable: true });
  const OutputPath = reader.path("OutputPath", { nullable: true });
  return { ...(InputPath !== undefined && { InputPath }), ...(OutputPath !== undefined && { OutputPath }) };
}

/** Next, or End that is true. */
export function transition(reader: FieldReader): { Next?: string } {
  const ends = reader.boolean("End");
  if (ends === false) {
    if (!reader.has("Next")) reader.report("This object should have only one of the following fields: [Next, End]");
  } else reader.exactlyOne("Next", "End");
  const Next = reader.string("Next");
  return Next === undefined ? {} : { Next };
}

export function assign(reader: FieldReader, ...members: readonly StatesMember[]): Pick<PassState, "Assign"> {
  const Assign = reader.assign(...members);
  return Assign === undefined ? {} : { Assign };
}

export function resultPath(reader: FieldReader): Pick<PassState, "ResultPath"> {
  reader.only("JSONPath", "ResultPath");
  if (reader.language === "JSONata") return {};
  const ResultPath = reader.referencePath("ResultPath");
  return ResultPath === undefined ? {} : { ResultPath };
}

export function withResult(
  reader: FieldReader,
): Pick<TaskState, "Arguments" | "Parameters" | "ResultSelector" | "ResultPath"> {
  reader.only("JSONPath", "Parameters", "ResultSelector");
  reader.only("JSONata", "Arguments");
  const paths = resultPath(reader);
  if (reader.language === "JSONata") {
    const Arguments = reader.template("Arguments");
    return Arguments === undefined ? {} : { Arguments };
  }
  const Parameters = reader.template("Parameters");
  const ResultSelector = reader.template("ResultSelector");
  return { ...(Parameters && { Parameters }), ...(ResultSelector && { ResultSelector }), ...paths };
}

export function recovery(reader: FieldReader): Pick<TaskState, "Retry" | "Catch"> {
  return { Retry: parseRetriers(reader), Catch: parseCatchers(reader) };
}
