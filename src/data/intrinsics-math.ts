/**
 * Intrinsic functions over numbers. They work on 32-bit integers.
 * @see https://states-language.net/spec.html#intrinsic-functions
 */
import type { Json } from "../asl/json.ts";
import type { Arguments } from "./intrinsic-arguments.ts";
import { JavaRandom } from "./java-random.ts";

const INT_MIN = -2_147_483_648;
const INT_MAX = 2_147_483_647;

/** States.MathAdd: each number is rounded first, halves upward. */
export function mathAdd(given: Arguments): Json {
  const first = roundHalfUp(given.number(0));
  const second = roundHalfUp(given.number(1));
  const sum = first + second;
  if (![first, second, sum].every(isInt)) throw given.failure("the numbers or their sum exceed 32 bits");
  return sum;
}

/**
 * States.MathRandom: an integer from the first number up to, not including, the second.
 * @param random in [0, 1), drawn only where the call gives no seed
 */
export function mathRandom(given: Arguments, random: () => number): Json {
  const start = given.integer(0);
  const end = given.integer(1);
  if (![start, end].every(isInt)) throw given.failure("the numbers exceed 32 bits");
  if (start >= end) throw given.failure("the first number must be less than the second");
  if (given.count > 2) return new JavaRandom(given.integer(2)).between(start, end);
  return start + Math.floor(random() * (end - start));
}

function roundHalfUp(value: number): number {
  // Adding zero turns -0 into 0.
  return Math.round(value) + 0;
}

function isInt(value: number): boolean {
  return value >= INT_MIN && value <= INT_MAX;
}
