import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseIntrinsic } from "../../src/asl/intrinsic.ts";
import type { Json } from "../../src/asl/json.ts";
import { EvaluationError } from "../../src/data/evaluation-error.ts";
import { evaluateIntrinsic, type Entropy } from "../../src/data/intrinsics.ts";

const drawing = (random: number): Entropy => ({ random: () => random, uuid: () => "uuid-1" });

function evaluate(text: string, input: Json = {}, entropy: Entropy = drawing(0.5)): Json {
  const context = { Execution: { Name: "run-1" }, StateMachine: { Id: "arn:1", Name: "m" } };
  const variable = (name: string): Json | undefined => (name === "theAnswer" ? 42 : undefined);
  return evaluateIntrinsic(parseIntrinsic(text)!, { input, context, variable, effort: { steps: 0 } }, entropy);
}

/** The reason a call fails, without the words that name it. */
function reasonOf(text: string, input: Json = {}): string {
  try {
    return `no failure, but ${JSON.stringify(evaluate(text, input))}`;
  } catch (error) {
    expect(error).toBeInstanceOf(EvaluationError);
    const failure = error as EvaluationError;
    expect(failure.error).toBe("States.Runtime");
    const prefix = `The function '${text}' had the following error: `;
    expect(failure.cause.startsWith(prefix)).toBe(true);
    return failure.cause.slice(prefix.length);
  }
}

const call = (name: string, ...values: readonly Json[]): [string, Json] => [
  `States.${name}(${values.map((_, i) => `$[${i}]`).join(", ")})`,
  values,
];

describe("States.Format fills the holes of a template", () => {
  test.each<[string, Json, string]>([
    ["States.Format('no hole')", {}, "no hole"],
    ["States.Format('Hello {}.', $.x)", { x: "Ada" }, "Hello Ada."],
    ["States.Format('{}{}', 'a', 'b')", {}, "ab"],
    ["States.Format('{}', $.x)", { x: "" }, ""],
    ["States.Format('{}', $.x)", { x: null }, "null"],
    ["States.Format('{} {} {}', 1, 1.1, true)", {}, "1 1.1 true"],
    ["States.Format('{}', $.x)", { x: '{"Arg1": 1, "Arg2": []}' }, '{"Arg1": 1, "Arg2": []}'],
    ["States.Format('{}', $)", { Arg1: 1, Arg2: [] }, "{Arg1=1, Arg2=[]}"],
    ["States.Format('{}', $)", [1, 2, "a", null, [{ b: "c" }]], "[1, 2, a, null, [{b=c}]]"],
    ["States.Format('{} {}', $$.Execution.Name, $$.StateMachine)", {}, "run-1 {Id=arn:1, Name=m}"],
    ["States.Format('{}', $theAnswer)", {}, "42"],
    ["States.Format($.t, $.x)", { t: "It's {}!", x: "Pikachu" }, "It's Pikachu!"],
    [String.raw`States.Format('\{{}\} \'{}\' \\', 1, 2)`, {}, String.raw`{1} '2' \ `.trimEnd()],
    ["States.Format('{}', States.Format('{}', '{}'))", {}, "{}"],
    ["States.Format('a\n{}', 1)", {}, "a\n1"],
  ])("%j", (text, input, formatted) => expect(evaluate(text, input)).toBe(formatted));

  test.each<[string, Json, string]>([
    ["States.Format('{} {}', 1)", {}, "number of arguments do not match the occurrences of {}."],
    ["States.Format('{}', 1, 2)", {}, "number of arguments do not match the occurrences of {}."],
    ["States.Format($.t)", { t: 5 }, "the first argument must be a string"],
  ])("and fails for %s", (text, input, reason) =>
    expect(reasonOf(text, input)).toBe(`Invalid arguments in States.Format: ${reason}`),
  );

  test.each([["Hello {"], ["{{}}"], ["}"]])("and fails for the template %s", (template) =>
    expect(reasonOf(`States.Format('${template}', 1)`)).toBe(
      "Invalid template in States.Format: matching '}' not found for '{'.",
    ),
  );

  test("and does not grow without bounds", () => {
    expect(reasonOf("States.Format($.t, $.x, $.x)", { t: "{}{}", x: "x".repeat(600_000) })).toContain("too long");
  });
});

describe("States.StringToJson reads JSON, leniently where AWS does", () => {
  test.each<[string, Json]>([
    ["", null],
    [" ", null],
    ["null", null],
    ["-0", 0],
    ["1.1", 1.1],
    ["true", true],
    ['"HelloWorld"', "HelloWorld"],
    [' [1, 2, "a"] ', [1, 2, "a"]],
    ['{"Arg1": 1, "Arg2": []}', { Arg1: 1, Arg2: [] }],
  ])("%j", (text, value) => expect(evaluate("States.StringToJson($)", text)).toStrictEqual(value));

  test.each<[Json, string]>([
    ["{bad}", "the text is not valid JSON"],
    ["undefined", "the text is not valid JSON"],
    ["[".repeat(20_000) + "]".repeat(20_000), "the text is nested too deeply"],
    [5, "the first argument must be a string"],
    [{ a: 1 }, "the first argument must be a string"],
  ])("but not %.20j", (text, reason) => {
    expect(reasonOf("States.StringToJson($)", text)).toBe(`Invalid arguments in States.StringToJson: ${reason}`);
  });
});

test("States.JsonToString writes compact JSON", () => {
  const written = ([null, 0, 1.1, true, "a", [1, 2, "a"], { Arg1: 1, Arg2: [] }] as Json[]).map((x) =>
    evaluate("States.JsonToString($)", x),
  );
  expect(written).toEqual(["null", "0", "1.1", "true", '"a"', '[1,2,"a"]', '{"Arg1":1,"Arg2":[]}']);
});

describe("functions of arrays", () => {
  test.each<[[string, Json], Json]>([
    [["States.Array()", {}], []],
    [
      ["States.Array('a', $, null)", 1],
      ["a", 1, null],
    ],
    [call("ArrayPartition", [], 1), []],
    [call("ArrayPartition", [0, 1, 2], 2), [[0, 1], [2]]],
    [
      call("ArrayPartition", [0, 1, 2, 3], 2),
      [
        [0, 1],
        [2, 3],
      ],
    ],
    [call("ArrayPartition", [0, 1], 5), [[0, 1]]],
    [call("ArrayPartition", [0, 1, 2], 2.6), [[0, 1], [2]]],
    [call("ArrayContains", [1, 2, 3], 2), true],
    [call("ArrayContains", [1, 2, 3], 5), false],
    [call("ArrayContains", [{ a: 1, b: [2] }], { b: [2], a: 1 }), true],
    [call("ArrayContains", [1], "1"), false],
    [call("ArrayContains", [null], null), true],
    [call("ArrayRange", 1, 9, 2), [1, 3, 5, 7, 9]],
    [call("ArrayRange", 1, 10, 2), [1, 3, 5, 7, 9]],
    [call("ArrayRange", 5, 1, -2), [5, 3, 1]],
    [call("ArrayRange", 3, 3, -1), [3]],
    [call("ArrayRange", 5, 1, 1), []],
    [call("ArrayRange", 1, 5, -1), []],
    [call("ArrayRange", -2, 2, 2), [-2, 0, 2]],
    [call("ArrayRange", 1.4, 5.6, 2.2), [1, 3, 5]],
    [call("ArrayRange", 5.4, -0.6, -2.4), [5, 3, 1]],
    [call("ArrayGetItem", [1, 2, 3], 2), 3],
    [call("ArrayGetItem", [null], 0), null],
    [call("ArrayGetItem", [1, 2, 3], 1.2), 2],
    [call("ArrayLength", [1, 2, 3]), 3],
    [call("ArrayUnique", [1, 2, 1, 3, 2]), [1, 2, 3]],
    [
      call("ArrayUnique", [1, "1", null, null, [1], [1], { a: 1, b: 2 }, { b: 2, a: 1 }]),
      [1, "1", null, [1], { a: 1, b: 2 }],
    ],
  ])("%j", ([text, input], value) => expect(evaluate(text, input)).toStrictEqual(value));

  test("1 and 1.0 are the same number", () => {
    expect(evaluate("States.ArrayContains($, 1.0)", [1])).toBe(true);
  });

  test("a range holds at most 1000 items", () => {
    expect(evaluate("States.ArrayRange(1, 1000, 1)")).toHaveLength(1000);
    expect(evaluate("States.ArrayRange(1000, 1, -1)")).toHaveLength(1000);
    expect(reasonOf("States.ArrayRange(1, 1001, 1)")).toContain("1000 items");
    expect(reasonOf("States.ArrayRange(1001, 1, -1)")).toContain("1000 items");
  });

  test.each<[[string, Json], string]>([
    [call("ArrayPartition", "no", 1), "the first argument must be an array"],
    [call("ArrayPartition", [1], "1"), "the second argument must be a number"],
    [call("ArrayPartition", [1], 0), "the second argument must be a positive integer"],
    [call("ArrayPartition", [1], 0.9), "the second argument must be a positive integer"],
    [call("ArrayContains", {}, 1), "the first argument must be an array"],
    [call("ArrayRange", 1, 5, 0), "the third argument must not be zero"],
    [call("ArrayRange", 1, 5, 0.49), "the third argument must not be zero"],
    [call("ArrayRange", 1, 5, "c"), "the third argument must be a number"],
    [call("ArrayGetItem", [1], 1), "the array has no item at index 1"],
    [call("ArrayGetItem", [1], -1), "the array has no item at index -1"],
    [call("ArrayGetItem", [1], "0"), "the second argument must be a number"],
    [call("ArrayLength", "abc"), "the first argument must be an array"],
    [call("ArrayUnique", { a: 1 }), "the first argument must be an array"],
  ])("fail: %j", ([text, input], reason) =>
    expect(reasonOf(text, input)).toBe(`Invalid arguments in ${text.slice(0, text.indexOf("("))}: ${reason}`),
  );
});

describe("functions of numbers", () => {
  test.each([
    [-9, 3, -6],
    [1.49, 1.5, 3],
    [1.5, 1.51, 4],
    [-1.49, -1.5, -2],
    [-1.5, -1.51, -3],
    [1.49, -1.49, 0],
    [0.5, 0, 1],
    [2.5, 0, 3],
    [-0.5, 0.5, 1],
    [-0.5, 0, 0],
    [-2.5, 0, -2],
    [-3.5, 0, -3],
    [2_147_483_647, 0, 2_147_483_647],
  ])("States.MathAdd(%d, %d) is %d", (a, b, sum) => expect(evaluate("States.MathAdd($[0], $[1])", [a, b])).toBe(sum));

  test.each<[Json, Json]>([
    [2_147_483_647, 1],
    [3_000_000_000, -1_000_000_000],
    ["1", 2],
    [true, 1],
    [null, 1],
  ])("States.MathAdd(%j, %j) fails", (a, b) =>
    expect(reasonOf("States.MathAdd($[0], $[1])", [a, b])).toContain("Invalid arguments in States.MathAdd"),
  );

  test("States.MathRandom draws from the start up to the end", () => {
    const draw = (random: number): Json => evaluate("States.MathRandom(12.5, 44.51)", {}, drawing(random));
    expect([draw(0), draw(0.5), draw(1 - 2 ** -53)]).toEqual([12, 28, 43]);
    expect(evaluate("States.MathRandom(-99999, -9999)", {}, drawing(0))).toBe(-99_999);
  });

  test("States.MathRandom with a seed gives the numbers of java.util.Random", () => {
    const seeded = (seed: number, bound: number): Json => evaluate(`States.MathRandom(0, ${bound}, ${seed})`);
    // The first int of seed 42 is -1170105035, that of seed 0 -1155484576. A power of two takes the high bits.
    expect([seeded(42, 100), seeded(0, 100), seeded(42, 10), seeded(0, 10)]).toEqual([30, 60, 0, 0]);
    expect(seeded(42, 1024)).toBe((-1_170_105_035 >>> 22) & 1023);
    expect(evaluate("States.MathRandom(-2147483648, 2147483647, 42)")).toBe(-1_170_105_035);
  });

  test("States.MathRandom stays in range, whatever the seed, and draws nothing then", () => {
    const seed = fc.integer();
    const bounds = fc.uniqueArray(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { minLength: 2, maxLength: 2 });
    const undrawable: Entropy = {
      random: () => expect.unreachable(),
      uuid: () => expect.unreachable(),
    };
    fc.assert(
      fc.property(bounds, seed, (ends, given) => {
        const [start, end] = ends.toSorted((a, b) => a - b) as [number, number];
        const drawn = evaluate("States.MathRandom($[0], $[1], $[2])", [start, end, given], undrawable) as number;
        expect(drawn >= start && drawn < end && Number.isInteger(drawn)).toBe(true);
        expect(evaluate("States.MathRandom($[0], $[1], $[2])", [start, end, given], undrawable)).toBe(drawn);
      }),
    );
  });

  test.each([["1, 1"], ["10, 5"], ["1.4, 1.6"], ["'a', 10"], ["1, 10, 'seed'"], ["1, 10, null"], ["1, 3000000000"]])(
    "States.MathRandom(%s) fails",
    (given) => expect(reasonOf(`States.MathRandom(${given})`)).toContain("Invalid arguments in States.MathRandom"),
  );
});

describe("functions of texts", () => {
  test.each<[string, string, readonly string[]]>([
    [" ", ",", [" "]],
    [" , ", ",", [" ", " "]],
    [", , ,", ",", [" ", " "]],
    [",,,,", ",", []],
    ["", ",", []],
    ["1,2,3", ",", ["1", "2", "3"]],
    ["This.is+a,test=string", ".+,=", ["This", "is", "a", "test", "string"]],
    ["split on T and \nnew line", "T\n", ["split on ", " and ", "new line"]],
    ["a::b", "::", ["a", "b"]],
    ["abc", "", ["abc"]],
    ["a🚀b", "🚀", ["a", "b"]],
  ])("States.StringSplit(%j, %j)", (text, splitter, parts) =>
    expect(evaluate(...call("StringSplit", text, splitter))).toEqual(parts),
  );

  test.each<[string, string]>([
    ["", ""],
    ["Data to encode", "RGF0YSB0byBlbmNvZGU="],
    ["こんにちは", "44GT44KT44Gr44Gh44Gv"],
    ["🚀", "8J+agA=="],
    ["abc\u0000def", "YWJjAGRlZg=="],
  ])("%j and its Base64", (text, encoded) => {
    expect(evaluate("States.Base64Encode($)", text)).toBe(encoded);
    expect(evaluate("States.Base64Decode($)", encoded)).toBe(text);
  });

  test.each([
    ["abc", "i\uFFFD"],
    ["YWJj\nZA==", "abcd"],
    [" YWJjZA ", "abcd"],
    ["YQ==YQ==", "a"],
    ["8J-agA", "🚀"],
    ["4pw=", "\uFFFD"],
    ["7aCA", "\uFFFD\uFFFD\uFFFD"],
    ["wK8=", "\uFFFD\uFFFD"],
    ["!", ""],
  ])("States.Base64Decode(%j) is lenient", (encoded, text) =>
    expect(evaluate("States.Base64Decode($)", encoded)).toBe(text),
  );

  test("what States.Base64Decode makes of any bytes is what a browser would", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
        expect(evaluate("States.Base64Decode($)", Buffer.from(bytes).toString("base64"))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["MD5", "812f45842bc6d66ee14572ce20db8e86"],
    ["SHA-1", "aaff4a450a104cd177d28d18d74485e8cae074b7"],
    ["SHA-256", "b4a697a057313163aee33cd8d40c66e9f0f177e00cac2de32475ffff6169c3e3"],
    ["SHA-384", createHash("sha384").update("input data").digest("hex")],
    ["SHA-512", createHash("sha512").update("input data").digest("hex")],
  ])("States.Hash with %s", (algorithm, digest) =>
    expect(evaluate(...call("Hash", "input data", algorithm))).toBe(digest),
  );

  test("States.Hash hashes what is not a string as JSON", () => {
    const digest = createHash("md5").update('{"a":[1,null]}').digest("hex");
    expect(evaluate(...call("Hash", { a: [1, null] }, "MD5"))).toBe(digest);
  });

  test("data has at most 10,000 characters", () => {
    const texts = ["a".repeat(10_000), "a".repeat(10_001)] as const;
    for (const name of ["States.Base64Encode($)", "States.Base64Decode($)", "States.Hash($, 'MD5')"]) {
      expect(evaluate(name, texts[0])).toEqual(expect.any(String));
      expect(reasonOf(name, texts[1])).toContain("at most 10000 characters");
    }
  });

  test.each<[[string, Json], string]>([
    [call("StringSplit", 1, ","), "the first argument must be a string"],
    [call("StringSplit", "a", null), "the second argument must be a string"],
    [call("Base64Encode", 1), "the first argument must be a string"],
    [call("Base64Decode", {}), "the first argument must be a string"],
    [call("Hash", "a", "sha-256"), "the second argument must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512"],
    [call("Hash", "a", 1), "the second argument must be a string"],
  ])("fail: %j", ([text, input], reason) =>
    expect(reasonOf(text, input)).toBe(`Invalid arguments in ${text.slice(0, text.indexOf("("))}: ${reason}`),
  );
});

describe("States.JsonMerge", () => {
  test.each<[Json, Json, Json]>([
    [{ x: 1 }, { y: 2 }, { x: 1, y: 2 }],
    [{ x: 1, y: { a: 1 } }, { y: { b: 2 } }, { x: 1, y: { b: 2 } }],
    [{ x: 1 }, { x: null }, { x: null }],
    [{}, {}, {}],
  ])("lets the second object win, at the top level only: %j, %j", (a, b, merged) =>
    expect(evaluate(...call("JsonMerge", a, b, false))).toEqual(merged),
  );

  test("merges a literal with the input", () => {
    const text = `States.JsonMerge(States.StringToJson('{"constant": "false"}'), $, false)`;
    expect(evaluate(text, { given: "x" })).toEqual({ constant: "false", given: "x" });
  });

  test("keeps __proto__ as the data it is", () => {
    const merged = evaluate(...call("JsonMerge", JSON.parse('{"__proto__": {"x": 1}}') as Json, { a: 1 }, false));
    expect(JSON.stringify(merged)).toBe('{"__proto__":{"x":1},"a":1}');
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
  });

  test.each<[Json, Json, Json, string]>([
    [[], {}, false, "the first argument must be a JSON object"],
    [{}, "x", false, "the second argument must be a JSON object"],
    [{}, null, false, "the second argument must be a JSON object"],
    [{}, {}, true, "the third argument must be false, as deep merging is not supported"],
  ])("fails for %j, %j, %j", (a, b, deep, reason) =>
    expect(reasonOf(...call("JsonMerge", a, b, deep))).toBe(`Invalid arguments in States.JsonMerge: ${reason}`),
  );
});

test("States.UUID is drawn from outside", () => {
  expect(evaluate("States.UUID()")).toBe("uuid-1");
});

describe("an argument that finds nothing fails the whole expression", () => {
  test.each([
    ["States.Format('{}', $.nope)", "$.nope"],
    ["States.Format('{}', States.Format('{}', $.a.b))", "$.a.b"],
    ["States.Format('{}', $$.Nope.Deep)", "$.Nope.Deep"],
    ["States.Format('{}', $nobody)", "$nobody"],
    ["States.ArrayLength($.other[5])", "$.other[5]"],
  ])("%s", (text, field) =>
    expect(reasonOf(text, { other: 1 })).toBe(
      `The JsonPath argument for the field '${field}' could not be found in the input '{"other":1}'`,
    ),
  );

  test("but null is found, and an indefinite path finds at least a list", () => {
    expect(evaluate("States.Format('{}', $.x)", { x: null })).toBe("null");
    expect(evaluate("States.ArrayLength($.items[*].nope)", { items: [1] })).toBe(0);
  });
});
