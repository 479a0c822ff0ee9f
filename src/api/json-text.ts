/** JSON that travels as text: an execution's input, a task's output. */
import { jsonFault } from "../asl/json-syntax.ts";
import { exceedsDepth, utf8Size } from "../asl/json.ts";
import { MAX_PAYLOAD_BYTES } from "../data/payload.ts";

/** The depth at which AWS's parser gives up too. */
const MAX_DEPTH = 1000;

/** Why the text cannot be an execution's data, in the words of AWS's parser; undefined where it can. */
export function jsonTextFault(text: string, maxBytes: number = MAX_PAYLOAD_BYTES): string | undefined {
  if (utf8Size(text) > maxBytes) return `The size exceeds the maximum number of bytes (${maxBytes}).`;
  if (exceedsDepth(text, MAX_DEPTH)) {
    return `Document nesting depth (${MAX_DEPTH + 1}) exceeds the maximum allowed (${MAX_DEPTH})`;
  }
  return jsonFault(text)?.message;
}
