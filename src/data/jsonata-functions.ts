/**
 * What an expression finds bound besides its variables: the States Language's own functions, the operators that make
 * large values, and JSONata's built-in functions, metered.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html (JSONata functions provided by Step Functions)
 */
import { libraryOf, type Frame } from "../asl/jsonata-expression.ts";
import { OPERATOR_FUNCTIONS, REGEX_FUNCTION } from "../asl/jsonata-replacements.ts";
import { digestText } from "./intrinsics-encoding.ts";
import type { Entropy } from "./intrinsics.ts";
import { JavaRandom } from "./java-random.ts";
import { jsonataError } from "./jsonata-error.ts";
import { isFunctionValue } from "./jsonata-function-value.ts";
import { matcherMaker } from "./jsonata-matcher.ts";
import type { EvaluationMeter } from "./jsonata-meter.ts";
import {
  asCallable,
  asValue,
  checkLength,
  checkSequence,
  checkTextLength,
  libraryFunction,
  operators,
  sequence,
  withParameters,
  type Bindings,
  type BuiltIn,
  type Implementation,
} from "./jsonata-operators.ts";
import { waysToRead } from "./jsonata-pictures.ts";
import { sort } from "./jsonata-sort.ts";

/** Functions that read a picture of a number or date, or a text by one, some in the square of its length. */
const PICTURED = new Set(["formatNumber", "formatInteger", "parseInteger", "fromMillis", "toMillis", "now"]);
const MAX_PICTURE = 1000;
/** Functions that search their second argument in the first. */
const SEARCHING = new Set(["contains", "split", "replace", "substringBefore", "substringAfter"]);
/** A longer text is searched by the platform in the product of both lengths at the worst. */
const MAX_QUICK_SEARCH = 64;
const COMPARISONS_PER_STEP = 250;
/** Of a text by a picture, which the library tries one after the other. */
const WAYS_PER_STEP = 16;
/** To make a pattern of a picture, by which the library reads a date. */
const STEPS_PER_DATE_PICTURE = 240;

/** Functions that take the whole text apart, character by character. */
const DISSECTING = new Set(["length", "substring", "pad", "trim", "replace"]);
/** What it costs to search a text for another that is not there. */
const SEARCHED_PER_STEP = 5;
/** To call a function, whoever calls it. */
const STEPS_PER_BUILT_IN = 80;
/** To make an object. */
const STEPS_PER_OBJECT = 30;
/** To begin a digest, and to end it. */
const STEPS_PER_DIGEST = 200;

/** They walk through all of a value, or through the members of objects. */
const DEEP = new Set(["string", "distinct", "clone", "merge", "each", "sift", "keys", "spread"]);

/** They write all of a value out as well, or call a function for each member. */
const WRITING = new Set(["distinct", "clone", "each", "sift"]);

/** The functions of the States Language, and those that depend on the moment or on chance. */
export function statesFunctions(meter: EvaluationMeter, entropy: Entropy): Readonly<Record<string, BuiltIn>> {
  const functions: Bindings = {
    partition: (array, size) => partition(array, size, meter),
    range: (first, last, delta) => range(first, last, delta, meter),
    hash: (data, algorithm) => hash(data, algorithm ?? "MD5", meter),
    random: (seed) => (seed === undefined ? entropy.random() : new JavaRandom(integer(seed, "random", 1)).nextDouble()),
    uuid: () => entropy.uuid(),
    parse: (text) => parse(text, meter),
    shuffle: (array) => shuffle(array, entropy, meter),
  };
  return Object.fromEntries(Object.entries(functions).map(([name, x]) => [name, libraryFunction(x)]));
}

function partition(array: unknown, size: unknown, meter: EvaluationMeter): unknown {
  if (array === undefined) return undefined;
  const items = Array.isArray(array) ? array : [asValue(array)];
  const length = Math.trunc(number(size, "partition", 2));
  if (length < 1) throw badArgument("partition", 2);
  meter.charge(items.length);
  const parts: unknown[] = [];
  for (let i = 0; i < items.length; i += length) parts.push(items.slice(i, i + length));
  return sequence(parts);
}

function range(first: unknown, last: unknown, delta: unknown, meter: EvaluationMeter): unknown {
  if (first === undefined || last === undefined) return undefined;
  const [from, to] = [integer(first, "range", 1), integer(last, "range", 2)];
  const step = delta === undefined ? 1 : integer(delta, "range", 3);
  if (step === 0) throw badArgument("range", 3);
  const count = Math.max(0, Math.floor((to - from) / step) + 1);
  checkLength(count, meter);
  return sequence(Array.from({ length: count }, (_, i) => from + i * step));
}

function hash(data: unknown, algorithm: unknown, meter: EvaluationMeter): unknown {
  if (data === undefined) return undefined;
  meter.charge(STEPS_PER_DIGEST);
  meter.chargeFor(data);
  const digest = digestText(typeof data === "string" ? data : JSON.stringify(data), String(algorithm));
  if (digest === undefined) throw badArgument("hash", 2);
  return digest;
}

function parse(text: unknown, meter: EvaluationMeter): unknown {
  if (text === undefined) return undefined;
  if (typeof text !== "string") throw badArgument("parse", 1);
  meter.chargeFor(text);
  const value = parsed(text);
  meter.chargeForPassing(value);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw jsonataError("D3141", `The argument of function "parse" is not valid JSON`);
  }
}

function shuffle(array: unknown, entropy: Entropy, meter: EvaluationMeter): unknown {
  if (array === undefined) return undefined;
  const items: unknown[] = Array.isArray(array) ? [...(array as unknown[])] : [asValue(array)];
  meter.charge(items.length);
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(entropy.random() * (i + 1));
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}

/**
 * Puts metered functions in the place of the library's own, each when it is first looked up: most expressions call few.
 * What a variable or the expression itself binds goes before a function of that name.
 * @param frame the evaluation's outermost scope
 */
export function meterBuiltIns(frame: Frame, meter: EvaluationMeter, at: number): void {
  const library = libraryOf(frame);
  const replaced = new Map<string, unknown>();
  const lookup = frame.lookup.bind(frame);
  frame.lookup = (name): unknown => {
    // What the library asks for at each step.
    if (typeof name === "symbol") return lookup(name);
    const value = lookup(name);
    if (!isBuiltIn(value) || value !== library.lookup(name)) return value;
    if (!replaced.has(name)) replaced.set(name, replacementOf(name, value, library, meter, at));
    return replaced.get(name);
  };
  for (const [operator, implementation] of Object.entries(operators(builtIn(library, "string"), meter))) {
    frame.bind(OPERATOR_FUNCTIONS[operator] as string, implementation);
  }
  frame.bind(REGEX_FUNCTION, matcherMaker(meter));
}

function replacementOf(name: string, own: BuiltIn, library: Frame, meter: EvaluationMeter, at: number): unknown {
  switch (name) {
    case "eval":
      // Code out of data is refused, as on AWS.
      return undefined;
    case "millis":
      return libraryFunction(() => at);
    case "now": {
      const { implementation } = metered(name, builtIn(library, "fromMillis"), meter);
      return libraryFunction(function (this: unknown, picture: unknown, timezone: unknown): unknown {
        return implementation.call(this, at, picture, timezone);
      });
    }
    default:
      return metered(name, own, meter);
  }
}

function isBuiltIn(value: unknown): value is BuiltIn {
  return typeof value === "object" && value !== null && "_jsonata_function" in value;
}

function builtIn(library: Frame, name: string): BuiltIn {
  return library.lookup(name) as BuiltIn;
}

function metered(name: string, own: BuiltIn, meter: EvaluationMeter): BuiltIn {
  const call = ownImplementation(name, meter) ?? own.implementation;
  const implementation = function (this: unknown, ...values: unknown[]): unknown {
    meter.charge(STEPS_PER_BUILT_IN);
    const given = values.map(asCallable);
    for (const argument of given) {
      if (DEEP.has(name)) meter.chargeFor(argument);
      else meter.chargeForPassing(argument);
      if (WRITING.has(name)) meter.chargeFor(argument);
    }
    checkArguments(name, given, meter);
    const result = call.apply(this, given);
    const ended = (value: unknown): unknown =>
      charged(given.some(holdsFunction) ? withoutFunctions(value) : value, meter);
    return result instanceof Promise ? result.then(ended) : ended(result);
  };
  return { ...own, implementation: withParameters(implementation, own.implementation.length) };
}

/** Where the library's takes too much of time or memory. */
function ownImplementation(name: string, meter: EvaluationMeter): Implementation | undefined {
  if (name === "distinct") return distinct;
  if (name === "spread") return (value) => spread(value, meter);
  return name === "sort" ? (array, comparator) => sort(array, comparator, meter) : undefined;
}

function holdsFunction(given: unknown): boolean {
  return typeof given === "function" || (Array.isArray(given) && typeof given[0] === "function");
}

/** What was given may be in the result, in an array, or in an array of arrays as $zip makes them. */
function withoutFunctions(value: unknown): unknown {
  if (!Array.isArray(value)) return asValue(value);
  for (const [i, item] of value.entries()) {
    if (typeof item === "function") value[i] = asValue(item);
    else if (Array.isArray(item) && item.some((x) => typeof x === "function")) value[i] = item.map(asValue);
  }
  return value;
}

function charged(value: unknown, meter: EvaluationMeter): unknown {
  meter.chargeForPassing(value);
  if (typeof value === "string") meter.measure(value);
  return value;
}

/** What must be known before the work begins, because the result could be far larger than the arguments. */
function checkArguments(name: string, given: readonly unknown[], meter: EvaluationMeter): void {
  const [first, second] = given;
  if (name === "pad" && typeof second === "number") {
    checkTextLength(Math.abs(second), meter);
    meter.charge(Math.abs(second));
  }
  if (DISSECTING.has(name) && typeof first === "string") meter.charge(first.length);
  if (name === "join" && Array.isArray(first)) {
    const separator = typeof second === "string" ? second.length : 0;
    // The library has seen to it that they are texts.
    const length = (first as readonly string[]).reduce((sum, x) => sum + separator + x.length, 0);
    checkTextLength(length, meter);
  }
  if (name === "replace" && typeof first === "string" && typeof given[2] === "string") {
    const places = typeof second === "string" && second !== "" ? first.split(second).length : first.length;
    checkTextLength(first.length + places * given[2].length, meter);
  }
  if (PICTURED.has(name) && given.some((x) => typeof x === "string" && x.length > MAX_PICTURE)) {
    throw badArgument(name, 1);
  }
  if (name === "toMillis" && typeof first === "string" && typeof second === "string") {
    meter.charge(STEPS_PER_DATE_PICTURE + waysToRead(second, first.length) / WAYS_PER_STEP);
  }
  if (SEARCHING.has(name) && typeof first === "string" && typeof second === "string") {
    meter.charge(first.length / SEARCHED_PER_STEP);
    if (second.length > MAX_QUICK_SEARCH) meter.charge((first.length * second.length) / COMPARISONS_PER_STEP);
  }
  if (name === "string" && second !== undefined) {
    const { size, depth } = meter.measure(first);
    // Each line is indented by two for each level.
    checkTextLength(size * (1 + depth), meter);
  }
}

/** As the library's, without comparing each with each. */
function distinct(value: unknown): unknown {
  if (!Array.isArray(value) || value.length <= 1) return value;
  const seen = new Set<string>();
  const result = (value as unknown[]).filter((item) => {
    const key = canonical(item);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return (value as { sequence?: boolean }).sequence === true ? sequence(result) : result;
}

/** As the library's, without copying the array for each of its items. */
function spread(value: unknown, meter: EvaluationMeter): unknown {
  if (!Array.isArray(value)) return spreadOne(value, meter);
  if (value.length === 0) return sequence([]);
  const result: unknown[] = [];
  for (const item of value as unknown[]) {
    const part = spread(item, meter);
    if (Array.isArray(part)) for (const member of part) result.push(member);
    else result.push(part);
  }
  checkSequence(result);
  return result;
}

function spreadOne(value: unknown, meter: EvaluationMeter): unknown {
  if (typeof value !== "object" || value === null || isFunctionValue(value)) return value;
  const members = Object.entries(value);
  meter.charge(members.length * STEPS_PER_OBJECT);
  return sequence(members.map(([key, member]) => ({ [key]: member as unknown })));
}

function canonical(value: unknown): string {
  if (typeof value === "string" || typeof value === "number") return `${typeof value} ${value}`;
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? ["\u0000{", ...Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1))]
      : member,
  );
}

function number(value: unknown, name: string, position: number): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw badArgument(name, position);
  return value;
}

function integer(value: unknown, name: string, position: number): number {
  const given = number(value, name, position);
  if (!Number.isSafeInteger(Math.trunc(given))) throw badArgument(name, position);
  return Math.trunc(given);
}

function badArgument(name: string, position: number): Error {
  const message = `Argument ${position} of function "${name}" does not match function signature`;
  // The library words its own errors anew, from these members.
  return Object.assign(jsonataError("T0410", message), { index: position, token: name });
}
