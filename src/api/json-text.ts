/** JSON that travels as text: an execution's input, a task's output. */
import { jsonFault } from "../asl/json-syntax.ts";
import { exceedsDepth, utf8Size } from "../asl/json.ts";

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_BYTES = 262_144;

/** The depth at which AWS's parser gives up too. */
const MAX_DEPTH = 1000;

/** Why the text cannot be an execution's data, in the words of AWS's parser; undefined where it can. */
export function jsonTextFault(text: string): string | undefined {
  if (utf8Size(text) > MAX_BYTES) return `The size exceeds the maximum number of bytes (${MAX_BYTES}).`;
  if (exceedsDepth(text, MAX_DEPTH)) {
    return `Document nesting depth (${MAX_DEPTH + 1}) exceeds the maximum allowed (${MAX_DEPTH})`;
  }
  return jsonFault(text)?.message;
}
