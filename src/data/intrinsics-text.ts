/**
 * Intrinsic functions between texts and JSON.
 * @see https://states-language.net/spec.html#intrinsic-functions
 */
import { exceedsDepth, isArray, isObject, setMember, type Json } from "../asl/json.ts";
import type { Arguments } from "./intrinsic-arguments.ts";

/** Characters. A text this long exceeds the payload quota anyway. */
const MAX_FORMATTED = 1_048_576;
/** Text between holes, a hole, an escape, or a brace that is neither. */
const TEMPLATE_PART = /[^{}\\]+|\{\}|\\['{}\\]|[\s\S]/gu;

/** States.Format: each `{}` of the template is the next argument; `\{`, `\}`, `\'` and `\\` stand for the character. */
export function format(given: Arguments): Json {
  const fillings = given.from(1);
  let used = 0;
  let text = "";
  for (const [part] of given.string(0).matchAll(TEMPLATE_PART)) {
    if (part === "{" || part === "}") throw given.templateFailure("matching '}' not found for '{'.");
    if (part === "{}") {
      if (used < fillings.length) text += displayed(fillings[used] as Json);
      used += 1;
    } else text += part.length === 2 && part.startsWith("\\") ? part.slice(1) : part;
    if (text.length > MAX_FORMATTED) throw given.failure("the result is too long");
  }
  if (used !== fillings.length) throw given.failure("number of arguments do not match the occurrences of {}.");
  return text;
}

/** Strings as they are, scalars as JSON, arrays and objects as Java shows its lists and maps. */
function displayed(value: Json): string {
  if (typeof value === "string") return value;
  if (isArray(value)) return `[${value.map(displayed).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${key}=${displayed(member)}`);
  return `{${members.join(", ")}}`;
}

/** How deep a text may nest: the default limit of the JSON parser that AWS uses. */
const MAX_DEPTH = 1000;

/** States.StringToJson: a text without content is null. */
export function stringToJson(given: Arguments): Json {
  const text = given.string(0);
  if (text.trim() === "") return null;
  if (exceedsDepth(text, MAX_DEPTH)) throw given.failure("the text is nested too deeply");
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw given.failure("the text is not valid JSON");
  }
  return value === 0 ? 0 : value;
}

/** States.JsonMerge, shallow: members of the second object win. */
export function jsonMerge(given: Arguments): Json {
  const first = given.object(0);
  const second = given.object(1);
  if (given.at(2) !== false) throw given.failure("the third argument must be false, as deep merging is not supported");
  const merged: Record<string, Json> = {};
  for (const [key, value] of Object.entries(first)) setMember(merged, key, value);
  for (const [key, value] of Object.entries(second)) setMember(merged, key, value);
  return merged;
}

/** States.StringSplit at any of the splitter's characters; empty parts are dropped. */
export function stringSplit(given: Arguments): Json {
  const text = given.string(0);
  const splitters = new Set(given.string(1));
  const parts: string[] = [];
  let part = "";
  for (const character of text) {
    if (!splitters.has(character)) part += character;
    else {
      if (part !== "") parts.push(part);
      part = "";
    }
  }
  if (part !== "") parts.push(part);
  return parts;
}
