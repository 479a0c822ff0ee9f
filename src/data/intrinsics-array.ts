/**
 * Intrinsic functions that make, search and take apart arrays.
 * @see https://states-language.net/spec.html#intrinsic-functions
 */
import { isArray, isObject, jsonEquals, type Json } from "../asl/json.ts";
import type { Arguments } from "./intrinsic-arguments.ts";

/** States.ArrayPartition: chunks of that length, the last one shorter. */
export function partition(given: Arguments): Json {
  const array = given.array(0);
  const size = given.integer(1);
  if (size < 1) throw given.failure("the second argument must be a positive integer");
  const chunks: Json[] = [];
  for (let i = 0; i < array.length; i += size) chunks.push(array.slice(i, i + size));
  return chunks;
}

/** States.ArrayContains, by deep equality. */
export function contains(given: Arguments): Json {
  const value = given.at(1);
  return given.array(0).some((item) => jsonEquals(item, value));
}

const MAX_RANGE = 1000;

/** States.ArrayRange: the end belongs to it if a step lands there. */
export function range(given: Arguments): Json {
  const start = given.integer(0);
  const end = given.integer(1);
  const step = given.integer(2);
  if (step === 0) throw given.failure("the third argument must not be zero");
  const last = Math.floor((end - start) / step);
  if (last >= MAX_RANGE) throw given.failure(`the range may hold at most ${MAX_RANGE} items`);
  return Array.from({ length: Math.max(0, last + 1) }, (_, i) => start + i * step);
}

/** States.ArrayGetItem */
export function itemAt(given: Arguments): Json {
  const array = given.array(0);
  const index = given.integer(1);
  const item = array[index];
  if (item === undefined) throw given.failure(`the array has no item at index ${index}`);
  return item;
}

/**
 * States.ArrayUnique: the first of each group of equal items.
 * Differs from AWS: the order is that of first appearance; AWS's is a hash set's, which its documentation leaves open.
 */
export function unique(given: Arguments): Json {
  const seen = new Set<string>();
  return given.array(0).filter((item) => {
    const key = canonicalText(item);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The same text for equal values, and only for those. */
function canonicalText(value: Json): string {
  if (isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalText(value[key] as Json)}`);
  return `{${members.join(",")}}`;
}
