/**
 * Logging and tracing, as articles and CloudFormation write them, in the spelling of the API.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_LoggingConfiguration.html
 */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../json.ts";
import type { Note } from "./change.ts";

/** What a state machine has beside its definition. */
export interface ImportedConfiguration {
  readonly loggingConfiguration?: JsonObject;
  readonly tracingConfiguration?: JsonObject;
}

const LOGGING = ["LoggingConfig", "LoggingConfiguration", "loggingConfig", "loggingConfiguration", "Logging"];
const TRACING = ["TracingConfig", "TracingConfiguration", "tracingConfig", "tracingConfiguration", "Tracing"];

/** Takes the configuration out of an object that should not hold it. */
export function takeConfiguration(
  value: JsonObject,
  location: string,
  note: Note,
): { readonly rest: JsonObject; readonly configuration: ImportedConfiguration } {
  const logging = LOGGING.find((field) => isObject(memberOf(value, field)));
  const tracing = TRACING.find((field) => isObject(memberOf(value, field)));
  for (const field of [logging, tracing]) {
    if (field !== undefined)
      note("CONFIGURATION_MOVED", location, `'${field}' is no part of a definition: it is the state machine's own.`);
  }
  return {
    rest: Object.fromEntries(Object.entries(value).filter(([field]) => field !== logging && field !== tracing)),
    configuration: {
      ...(logging !== undefined && { loggingConfiguration: lowered(value[logging] as Json) as JsonObject }),
      ...(tracing !== undefined && { tracingConfiguration: lowered(value[tracing] as Json) as JsonObject }),
    },
  };
}

/** `LogGroupArn` is `logGroupArn` in the API, and ends with `:*`. */
function lowered(value: Json): Json {
  if (isArray(value)) return value.map(lowered);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, member]) => {
      const name = field.charAt(0).toLowerCase() + field.slice(1);
      return [name, name === "logGroupArn" && typeof member === "string" ? logGroupArn(member) : lowered(member)];
    }),
  );
}

function logGroupArn(arn: string): string {
  return arn.endsWith(":*") ? arn : `${arn.replace(/[/*]+$/u, "")}:*`;
}
