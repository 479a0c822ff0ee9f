/**
 * ResultPath: where a result goes in the input it is combined with.
 * @see https://states-language.net/spec.html#ref-paths
 */
import { isArray, isObject, memberOf, setMember, type Json } from "../asl/json.ts";
import type { JsonPath, PathSegment } from "../asl/json-path.ts";
import { EvaluationError } from "./evaluation-error.ts";

/** A copy of the target with the value at the path; members on the way that are missing are made. */
export function writeAt(target: Json, path: JsonPath, value: Json): Json {
  return write(target, path.segments, 0, value, path);
}

function write(
  target: Json | undefined,
  segments: readonly PathSegment[],
  at: number,
  value: Json,
  path: JsonPath,
): Json {
  const segment = segments[at];
  if (segment === undefined) return value;
  if (segment.kind === "member") {
    if (target !== undefined && target !== null && !isObject(target)) throw mismatch(path);
    const copy: Record<string, Json> = {};
    for (const key of Object.keys(target ?? {})) setMember(copy, key, (target as Record<string, Json>)[key] as Json);
    const inner = target === undefined || target === null ? undefined : memberOf(target, segment.name);
    setMember(copy, segment.name, write(inner, segments, at + 1, value, path));
    return copy;
  }
  if (segment.kind !== "index" || !isArray(target)) throw mismatch(path);
  const index = segment.index < 0 ? target.length + segment.index : segment.index;
  if (index < 0 || index >= target.length) throw mismatch(path);
  return target.map((item, i) => (i === index ? write(item, segments, at + 1, value, path) : item));
}

function mismatch(path: JsonPath): EvaluationError {
  const cause = `Unable to apply ReferencePath '${path.source}' to the input`;
  return new EvaluationError("States.ResultPathMatchFailure", cause);
}
