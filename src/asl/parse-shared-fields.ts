/**
 * The fields that several state types share, each group read in the state's own query language.
 * @see https://states-language.net/spec.html#state-type-table
 */
import type { Diagnostic } from "./diagnostic.ts";
import type { FieldReader } from "./field-reader.ts";
import type { JsonPath } from "./json-path.ts";
import { parseCatchers, parseRetriers } from "./parse-recovery.ts";
import type { PassState, PayloadTemplate, TaskState } from "./types.ts";

type PathFields = { InputPath?: JsonPath | null; OutputPath?: JsonPath | null; Output?: PayloadTemplate };

export function filters(reader: FieldReader): PathFields {
  if (reader.language === "JSONata") {
    const Output = reader.template("Output");
    return Output === undefined ? {} : { Output };
  }
  const InputPath = reader.path("InputPath", { nullable: true });
  const OutputPath = reader.path("OutputPath", { nullable: true });
  return { ...(InputPath !== undefined && { InputPath }), ...(OutputPath !== undefined && { OutputPath }) };
}

export function transition(reader: FieldReader): { Next?: string } {
  reader.exactlyOne("Next", "End");
  const Next = reader.string("Next");
  if (reader.boolean("End") === false) reader.report("Value must be true", reader.at("End"));
  return Next === undefined ? {} : { Next };
}

export function assign(reader: FieldReader): Pick<PassState, "Assign"> {
  const Assign = reader.assign();
  return Assign === undefined ? {} : { Assign };
}

export function resultPath(reader: FieldReader): Pick<PassState, "ResultPath"> {
  if (reader.language === "JSONata") return {};
  const ResultPath = reader.referencePath("ResultPath");
  return ResultPath === undefined ? {} : { ResultPath };
}

export function withResult(
  reader: FieldReader,
): Pick<TaskState, "Arguments" | "Parameters" | "ResultSelector" | "ResultPath"> {
  if (reader.language === "JSONata") {
    const Arguments = reader.template("Arguments");
    return Arguments === undefined ? {} : { Arguments };
  }
  const Parameters = reader.template("Parameters");
  const ResultSelector = reader.template("ResultSelector");
  return { ...(Parameters && { Parameters }), ...(ResultSelector && { ResultSelector }), ...resultPath(reader) };
}

export function recovery(reader: FieldReader, diagnostics: Diagnostic[]): Pick<TaskState, "Retry" | "Catch"> {
  return { Retry: parseRetriers(reader, diagnostics), Catch: parseCatchers(reader, diagnostics) };
}
