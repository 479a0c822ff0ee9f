/** Names that lead somewhere in careless code are data: they come out of every field as they went in. */
import { afterEach, describe, expect, test } from "vitest";
import type { Json } from "../../src/asl/json.ts";
import { EVIL_KEYS, objectOf } from "../fuzz/values.ts";
import { start, states, type Definition } from "../engine/words.ts";

const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
const fingerprint = (): readonly string[] => PROTOTYPES.map((x) => Reflect.ownKeys(x).map(String).join());
const pristine = fingerprint();

afterEach(() => {
  expect(fingerprint()).toEqual(pristine);
});

/** A Pass state with these fields. */
const pass = (fields: Definition): Definition => states({ A: { Type: "Pass", ...fields, End: true } });
const jsonata = (Output: unknown): Definition => ({ ...pass({ Output }), QueryLanguage: "JSONata" });

async function outputOf(definition: Definition, input: string): Promise<unknown> {
  const { result } = await start(definition, input);
  return result;
}

/** As a path has it. */
const bracketed = (key: string): string => `['${key.replaceAll("'", String.raw`\'`)}']`;
const text = (value: Json): string => JSON.stringify(value);

describe("[F42] a key that every object has, or that no path spells, goes through", () => {
  const value = { x: [1, { y: null }] };
  const whole = (key: string): string =>
    text(
      objectOf([
        [key, value],
        ["other", 1],
      ]),
    );

  test.each(EVIL_KEYS.map((key) => [key]))("every field of JSONPath: %j", async (key) => {
    const input = whole(key);
    const one = text(objectOf([[key, value]]));
    expect(await outputOf(pass({}), input)).toBe(input);
    expect(await outputOf(pass({ Parameters: { "all.$": "$" } }), input)).toBe(`{"all":${input}}`);
    expect(await outputOf(pass({ InputPath: `$${bracketed(key)}` }), input)).toBe(text(value));
    expect(await outputOf(pass({ OutputPath: `$${bracketed(key)}` }), input)).toBe(text(value));
    expect(await outputOf(pass({ Parameters: objectOf([[key, value]]) }), "{}")).toBe(one);
    expect(await outputOf(pass({ Parameters: objectOf([[`${key}.$`, "$.a"]]) }), text({ a: value }))).toBe(one);
    expect(await outputOf(pass({ Result: objectOf([[key, value]]) }), "{}")).toBe(one);
    expect(await outputOf(pass({ Result: value, ResultPath: `$${bracketed(key)}` }), "{}")).toBe(one);
    expect(await outputOf(pass({ Parameters: { "a.$": `$${bracketed(key)}.x[0]` } }), input)).toBe('{"a":1}');
  });

  test.each(EVIL_KEYS.map((key) => [key]))("intrinsic functions, variables and Maps: %j", async (key) => {
    const input = text({ a: objectOf([[key, value]]), b: objectOf([["z", 1]]) });
    const merged = pass({ Parameters: { "m.$": "States.JsonMerge($.a, $.b, false)" } });
    expect(JSON.parse(String(await outputOf(merged, input)))).toEqual({
      m: objectOf([
        [key, value],
        ["z", 1],
      ]),
    });
    const parsed = pass({ Parameters: { "m.$": "States.StringToJson(States.JsonToString($.a))" } });
    expect(await outputOf(parsed, input)).toBe(text({ m: objectOf([[key, value]]) }));
    const assigned = states({
      A: { Type: "Pass", Assign: { "v.$": "$.a" }, Next: "B" },
      B: { Type: "Pass", Parameters: { "v.$": "$v" }, End: true },
    });
    expect(await outputOf(assigned, input)).toBe(text({ v: objectOf([[key, value]]) }));
    const mapped = states({
      M: { Type: "Map", ItemsPath: "$.items", ItemProcessor: pass({}), ResultSelector: { "r.$": "$" }, End: true },
    });
    expect(await outputOf(mapped, text({ items: [objectOf([[key, 1]])] }))).toBe(text({ r: [objectOf([[key, 1]])] }));
  });

  test.each(EVIL_KEYS.map((key) => [key]))("JSONata: %j", async (key) => {
    const input = whole(key);
    expect(await outputOf(jsonata("{% $states.input %}"), input)).toBe(input);
    expect(
      await outputOf(
        jsonata("{% $lookup($states.input, $states.input.k) %}"),
        text(
          objectOf([
            [key, 5],
            ["k", key],
          ]),
        ),
      ),
    ).toBe("5");
    expect(await outputOf(jsonata(objectOf([[key, "{% $states.input.other %}"]])), input)).toBe(
      text(objectOf([[key, 1]])),
    );
    // By these JSONata knows its functions: it makes no object with such a member itself.
    if (!key.startsWith("_jsonata_")) {
      const built = jsonata("{% { $states.input: 1 } %}");
      expect(await outputOf(built, text(key))).toBe(text(objectOf([[key, 1]])));
      expect(await outputOf(jsonata("{% $merge([$states.input, {}]) %}"), input)).toBe(input);
    }
  });
});

describe("[F44] numbers are those of IEEE 754; what no state rewrites keeps its digits", () => {
  test.each([
    ["larger than any", "1e999", "null"],
    ["smaller than any", "1e-999", "0"],
    ["zero below zero", "-0", "0"],
    ["beyond 2^53", "9007199254740993", "9007199254740992"],
    ["of many digits", "0.1000000000000000055511151231257827", "0.1"],
  ])("%s", async (_, digits, rewritten) => {
    expect(await outputOf(pass({}), `{"a": ${digits}}`)).toBe(`{"a": ${digits}}`);
    expect(await outputOf(pass({ Parameters: { "b.$": "$.a" } }), `{"a":${digits}}`)).toBe(`{"b":${rewritten}}`);
    expect(await outputOf(jsonata("{% $states.input %}"), `{"a":${digits}}`)).toBe(`{"a":${rewritten}}`);
  });

  test("half a surrogate pair and U+0000 stay escapes", async () => {
    const input = String.raw`{"a":"\ud800\u0000"}`;
    expect(await outputOf(pass({ Parameters: { "a.$": "$.a" } }), input)).toBe(input);
    expect(await outputOf(jsonata("{% $states.input %}"), input)).toBe(input);
  });

  test("of members of the same name the last one counts, once a state rewrites them", async () => {
    expect(await outputOf(pass({ Parameters: { "a.$": "$.a" } }), '{"a":1,"a":2}')).toBe('{"a":2}');
    expect(await outputOf(pass({}), '{"a":1,"a":2}')).toBe('{"a":1,"a":2}');
  });
});
