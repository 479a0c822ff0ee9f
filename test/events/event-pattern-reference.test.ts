/**
 * The matcher against another one: patterns and events that are made up, and a reference that works as AWS describes its own
 * matcher, on the event flattened to paths and values.
 */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isArray, isObject, type Json, type JsonObject } from "../../src/asl/json.ts";
import { matchesEvent } from "../../src/runtime/events/event-pattern-match.ts";
import { readEventPattern } from "../../src/runtime/events/event-pattern.ts";

type Leaf = string | number | boolean | null;

/** Every path with the values that lie there. */
function flatten(value: Json, path: string, into: Map<string, Leaf[]>): Map<string, Leaf[]> {
  if (isArray(value)) for (const item of value) flatten(item, path, into);
  else if (isObject(value))
    for (const [name, member] of Object.entries(value)) flatten(member, `${path}/${name}`, into);
  else into.set(path, [...(into.get(path) ?? []), value]);
  return into;
}

const wildcardOf = (text: string): RegExp =>
  new RegExp(
    `^${text
      .split("*")
      .map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`))
      .join(".*")}$`,
    "su",
  );

function fitsValue(test_: Json, value: Leaf): boolean {
  if (!isObject(test_)) return test_ === value;
  const [[operator, operand]] = Object.entries(test_) as [[string, Json]];
  if (operator === "anything-but") {
    if (!isObject(operand)) return ![operand].flat().some((excluded) => excluded === value);
    const [[inner, given]] = Object.entries(operand) as [[string, Json]];
    return ![given].flat().some((one) => fitsValue({ [inner]: one }, value));
  }
  if (operator === "numeric") {
    const terms = operand as readonly (string | number)[];
    const holds = (at: number): boolean => {
      const bound = terms[at + 1] as number;
      const number = value as number;
      return {
        "=": number === bound,
        ">": number > bound,
        ">=": number >= bound,
        "<": number < bound,
        "<=": number <= bound,
      }[terms[at] as "="];
    };
    return typeof value === "number" && holds(0) && (terms.length === 2 || holds(2));
  }
  if (typeof value !== "string") return false;
  const ignoresCase = isObject(operand);
  const text = ignoresCase ? (operand["equals-ignore-case"] as string).toLowerCase() : (operand as string);
  const shown = ignoresCase || operator === "equals-ignore-case" ? value.toLowerCase() : value;
  if (operator === "prefix") return shown.slice(0, text.length) === text;
  if (operator === "suffix") return shown.slice(Math.max(shown.length - text.length, 0)) === text;
  return operator === "wildcard" ? wildcardOf(text).test(value) : shown === text.toLowerCase();
}

function fits(pattern: JsonObject, leaves: ReadonlyMap<string, Leaf[]>, path = ""): boolean {
  return Object.entries(pattern).every(([name, member]) => {
    if (name === "$or") return (member as readonly JsonObject[]).some((one) => fits(one, leaves, path));
    if (isObject(member)) return fits(member, leaves, `${path}/${name}`);
    const values = leaves.get(`${path}/${name}`) ?? [];
    return (member as readonly Json[]).some((one) =>
      isObject(one) && "exists" in one
        ? one["exists"] === values.length > 0
        : values.some((value) => fitsValue(one, value)),
    );
  });
}

// Few names, texts and numbers, so that patterns and events meet.
const text = fc.string({ unit: fc.constantFrom("a", "A"), maxLength: 3 });
const number = fc.integer({ min: -2, max: 2 });
const leaf: fc.Arbitrary<Leaf> = fc.oneof(text, number, fc.constantFrom(true, false, null));
const name = fc.constantFrom("x", "y");
const wildcard = fc
  .string({ unit: fc.constantFrom("a", "b", "A", "*"), maxLength: 5 })
  .filter((one) => !one.includes("**"));
const affix = fc.oneof(text, fc.record({ "equals-ignore-case": text }));
const some = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> =>
  fc.oneof(one, fc.array(one, { minLength: 1, maxLength: 3 }));
const value = fc.oneof(
  leaf,
  fc.record({ prefix: affix }),
  fc.record({ suffix: affix }),
  fc.record({ "equals-ignore-case": text }),
  fc.record({ wildcard }),
  fc.record({ exists: fc.boolean() }),
  fc.record({ "anything-but": fc.oneof(some(text), some(number)) }),
  fc.oneof(
    ...["prefix", "suffix", "equals-ignore-case"].map((inner) =>
      fc.record({ "anything-but": some(text).map((of) => ({ [inner]: of })) }),
    ),
    fc.record({ "anything-but": fc.record({ wildcard: some(wildcard) }) }),
  ),
  fc.tuple(fc.constantFrom("=", ">", ">=", "<", "<="), number).map((numeric) => ({ numeric })),
  fc
    .tuple(fc.constantFrom(">", ">="), number, fc.constantFrom("<", "<="), fc.constant(3))
    .map((numeric) => ({ numeric })),
) as fc.Arbitrary<Json>;

const tests = fc.array(value, { minLength: 1, maxLength: 3 });
/** Of one level, or with the others below it. */
const dictionary = (of: fc.Arbitrary<Json>, minKeys: number): fc.Arbitrary<JsonObject> =>
  fc.dictionary(name, of, { minKeys, maxKeys: 2 });
const often = (arbitrary: fc.Arbitrary<Json>): fc.MaybeWeightedArbitrary<Json> => ({ arbitrary, weight: 6 });
const flat = dictionary(tests, 1);
const pattern: fc.Arbitrary<JsonObject> = fc
  .tuple(
    dictionary(fc.oneof(often(tests), flat, dictionary(fc.oneof(tests, flat), 1)), 1),
    fc.option(fc.array(dictionary(fc.oneof(tests, flat), 1), { minLength: 2, maxLength: 3 })),
  )
  .map(([fields, alternatives]) => (alternatives === null ? fields : { ...fields, $or: alternatives }));

/** Without arrays of objects: whether their items belong together is told by no flat list. */
const values = fc.oneof(leaf, fc.array(fc.oneof(leaf, fc.array(leaf, { maxLength: 2 })), { maxLength: 3 }));
const small = dictionary(values, 1);
const event = dictionary(fc.oneof(often(values), small, dictionary(fc.oneof(values, small), 0)), 1);

test("a pattern fits the events that the reference says it fits", () => {
  let fitting = 0;
  fc.assert(
    fc.property(pattern, event, (made, of) => {
      const reading = readEventPattern(made);
      if (!reading.ok) throw new Error(reading.fault);
      const expected = fits(made, flatten(of, "", new Map()));
      if (expected) fitting += 1;
      expect(matchesEvent(reading.pattern, of)).toBe(expected);
    }),
    { numRuns: 20_000, seed: 30 },
  );
  // Both happen often enough to mean something.
  expect(fitting).toBeGreaterThan(1_000);
});

test("what is unknown only ever makes more fit", () => {
  fc.assert(
    fc.property(pattern, event, (made, of) => {
      const reading = readEventPattern(made);
      if (!reading.ok) throw new Error(reading.fault);
      if (!matchesEvent(reading.pattern, of)) return;
      for (const unknown of ["x", "y.x", "x.y"])
        expect(matchesEvent(reading.pattern, of, new Set([unknown]))).toBe(true);
    }),
    { numRuns: 5_000, seed: 31 },
  );
});
