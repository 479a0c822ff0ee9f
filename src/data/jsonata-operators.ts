/** The functions that stand for JSONata's operators: those that make large values of small ones, or walk through values. */
import { jsonEquals, type Json } from "../asl/json.ts";
import { MAX_SIZE } from "./effort.ts";
import { isFunctionValue } from "./jsonata-function-value.ts";
import { jsonataError } from "./jsonata-error.ts";
import type { ArrayPlan, SortTerm } from "../asl/jsonata-replacements.ts";
import type { EvaluationMeter } from "./jsonata-meter.ts";
import { orderBy, KeyedItem, type Key } from "./jsonata-sort.ts";

export type Implementation = (this: unknown, ...given: unknown[]) => unknown;
export type Bindings = Record<string, Implementation>;

/** A function as the library has them. */
export interface BuiltIn {
  readonly _jsonata_function: true;
  readonly implementation: Implementation;
}

/** @param implementation its parameters have no defaults: the library counts them */
export function libraryFunction(implementation: Implementation): BuiltIn {
  return { _jsonata_function: true, implementation: withParameters(implementation, implementation.length) };
}

/** The library counts a function's parameters where it calls it back, and reads their names where it applies it partially. */
export function withParameters(implementation: Implementation, count: number): Implementation {
  const names = Array.from({ length: count }, (_, i) => `a${i}`).join(", ");
  return Object.defineProperties(implementation, {
    length: { value: count },
    toString: { value: () => `function (${names})` },
  });
}

/**
 * What may stand in a value: the library hands a function on as one of the platform, and an object that held it as `then`
 * would be taken for a promise.
 */
export function asValue(value: unknown): unknown {
  if (typeof value !== "function") return value;
  const { arity } = value as Implementation & { readonly arity: number };
  const implementation: Implementation = (...given) => (value as Implementation)(...given);
  const made: BuiltIn = { _jsonata_function: true, implementation: withParameters(implementation, arity) };
  handedOn.set(made, value as Implementation);
  return made;
}

const handedOn = new WeakMap<object, Implementation>();

/** What a built-in function can call, of what `asValue` made. */
export function asCallable(value: unknown): unknown {
  return (typeof value === "object" && value !== null && handedOn.get(value)) || value;
}

const MAX_SEQUENCE = 100_000;

/** @param text the library's $string */
export function operators(text: BuiltIn, meter: EvaluationMeter): Bindings {
  const textOf = (value: unknown): string => {
    if (value === undefined) return "";
    meter.chargeFor(value);
    return text.implementation.call({}, value) as string;
  };
  const areEqual = (a: unknown, b: unknown): boolean => {
    if (isFunctionValue(a) || isFunctionValue(b)) return a === b;
    meter.chargeFor(a);
    meter.chargeFor(b);
    return jsonEquals(a as Json, b as Json);
  };
  const isGiven = (a: unknown, b: unknown): boolean => a !== undefined && b !== undefined;
  return {
    "&": (a, b) => {
      const [left, right] = [textOf(a), textOf(b)];
      checkTextLength(left.length + right.length, meter);
      return left + right;
    },
    "..": (a, b) => interval(a, b, meter),
    "=": (a, b) => isGiven(a, b) && areEqual(a, b),
    "!=": (a, b) => isGiven(a, b) && !areEqual(a, b),
    "^": (list, terms) =>
      ordered(list as KeyedItem | readonly KeyedItem[] | undefined, terms as readonly SortTerm[], meter),
    "^ item": (item, ...keys) => new KeyedItem(asValue(item), keys as readonly Key[]),
    "^ binding": (item) => {
      meter.countSorted();
      // In an array of its own, an array stays one item.
      return Array.isArray(item) ? [item] : asValue(item);
    },
    "[": (plan, ...parts) => arrayOf(plan as ArrayPlan, parts, meter),
    in: (a, b) => {
      if (!isGiven(a, b)) return false;
      meter.chargeForPassing(b);
      return Array.isArray(b) ? b.includes(a) : a === b;
    },
  };
}

/** One item alone is a sequence still, whatever the item is. */
async function ordered(
  list: KeyedItem | readonly KeyedItem[] | undefined,
  terms: readonly SortTerm[],
  meter: EvaluationMeter,
): Promise<unknown> {
  if (list === undefined) return undefined;
  if (list instanceof KeyedItem) return Object.assign(sequence([list.item]), { keepSingleton: true });
  return (await orderBy(list, terms, meter)).map(({ item }) => item);
}

function arrayOf({ nested, staysWhole }: ArrayPlan, parts: readonly unknown[], meter: EvaluationMeter): unknown {
  const array: unknown[] = [];
  for (const [i, part] of parts.entries()) {
    if (part === undefined) continue;
    if (nested[i] === true || !Array.isArray(part)) array.push(asValue(part));
    else {
      meter.charge(part.length);
      for (const item of part) array.push(item);
    }
    checkSequence(array);
  }
  return staysWhole ? Object.defineProperty(array, "cons", { value: true }) : array;
}

function interval(first: unknown, last: unknown, meter: EvaluationMeter): unknown {
  if (first !== undefined && !Number.isInteger(first)) {
    throw jsonataError("T2003", "The left side of the range operator (..) must evaluate to an integer");
  }
  if (last !== undefined && !Number.isInteger(last)) {
    throw jsonataError("T2004", "The right side of the range operator (..) must evaluate to an integer");
  }
  if (first === undefined || last === undefined) return undefined;
  const [from, to] = [first as number, last as number];
  if (from > to) return undefined;
  checkLength(to - from + 1, meter);
  // What is made is copied once more, into the array that it stands in.
  meter.charge(to - from + 1);
  const numbers: number[] = [];
  for (let i = from; i <= to; i++) numbers.push(i);
  return sequence(numbers);
}

export function checkSequence({ length }: readonly unknown[]): void {
  if (length > MAX_SEQUENCE)
    throw jsonataError("D2015", `The maximum sequence length of ${MAX_SEQUENCE} was exceeded.`);
}

export function checkLength(length: number, meter: EvaluationMeter): void {
  if (length > MAX_SEQUENCE)
    throw jsonataError("D2015", `The maximum sequence length of ${MAX_SEQUENCE} was exceeded.`);
  meter.charge(length);
}

export function checkTextLength(length: number, meter: EvaluationMeter): void {
  if (length > MAX_SIZE) throw jsonataError("D2015", `A value grew larger than ${MAX_SIZE} characters`);
  meter.charge(Math.ceil(length / 16));
}

/** An array that JSONata takes for a sequence: one of a single value stands for that value. */
export function sequence(items: unknown[]): unknown[] {
  return Object.defineProperty(items, "sequence", { value: true, configurable: true, writable: true });
}
