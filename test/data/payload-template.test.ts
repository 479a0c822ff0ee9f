import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/asl/diagnostic.ts";
import { FieldReader } from "../../src/asl/field-reader.ts";
import type { Json } from "../../src/asl/json.ts";
import type { PayloadTemplate } from "../../src/asl/types.ts";
import { EvaluationError } from "../../src/data/evaluation-error.ts";
import { evaluateTemplate } from "../../src/data/payload-template.ts";
import { Scope } from "../../src/data/scope.ts";

const scopeOf = (input: Json): Scope =>
  new Scope(input, {
    context: () => ({ Execution: { Name: "run-1" } }),
    variable: (name) => (name === "v" ? { w: [7] } : undefined),
    variables: () => ({ v: { w: [7] } }),
    entropy: { random: () => 0.5, uuid: () => "uuid-1" },
    at: 0,
    effort: { steps: 0 },
  });

function templateOf(text: string): PayloadTemplate {
  const diagnostics: Diagnostic[] = [];
  const template = new FieldReader({ T: JSON.parse(text) as Json }, "", { diagnostics, variables: new Set() }).template(
    "T",
  );
  if (template === undefined || diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics));
  return template;
}

/** What a template, written as in a definition, makes of the input. */
const fill = (template: Json, input: Json = {}): Json => fillText(JSON.stringify(template), input);
const fillText = (text: string, input: Json = {}): Json => evaluateTemplate(templateOf(text), scopeOf(input));

describe("a key that ends in .$ is filled with what its path or call finds", () => {
  const input = { a: 1, list: [{ b: 2 }, { b: 3 }], none: null };
  test.each<[Json, Json]>([
    [{ "x.$": "$.a" }, { x: 1 }],
    [{ "x.$": "$" }, { x: input }],
    [{ "x.$": "$.none" }, { x: null }],
    [{ "x.$": "$.list[*].b" }, { x: [2, 3] }],
    [{ "x.$": "$.list[7:]" }, { x: [] }],
    [{ "x.$": "$$.Execution.Name" }, { x: "run-1" }],
    [{ "x.$": "$v.w[0]" }, { x: 7 }],
    [{ "x.$": "States.Format('{}-{}', $.a, States.UUID())" }, { x: "1-uuid-1" }],
    [{ ".$": "$.a" }, { "": 1 }],
    [{ "x.$.$": "$.a" }, { "x.$": 1 }],
    [{ b: { c: [{ "d.$": "$.a" }, "$.a", 5] } }, { b: { c: [{ d: 1 }, "$.a", 5] } }],
    [[[[{ "d.$": "$.a" }]]], [[[{ d: 1 }]]]],
  ])("%j", (template, filled) => expect(fill(template, input)).toEqual(filled));
});

describe("everything else stays as it is written", () => {
  test.each<[Json]>([
    [{}],
    [[]],
    [null],
    [5],
    ["$.a"],
    [{ "a.$b": "$.a" }],
    [{ x$: "$.a" }],
    [{ a: { b: [1.5, "x", null, true] } }],
  ])("%j", (template) => expect(fill(template)).toEqual(template));

  test("a literal is not copied: every evaluation answers the very same value", () => {
    const template = templateOf('{"big": [1, 2, 3], "small.$": "$.a"}');
    const [first, second] = [1, 2].map((a) => evaluateTemplate(template, scopeOf({ a })) as { big: Json; small: Json });
    expect(first?.big).toBe(second?.big);
    expect([first?.small, second?.small]).toEqual([1, 2]);
  });
});

test("the members keep their order, and of two with the same name the later one counts", () => {
  expect(JSON.stringify(fill({ z: 1, "y.$": "$.a", x: 2 }, { a: 0 }))).toBe('{"z":1,"y":0,"x":2}');
  expect(fillText('{"x": 1, "x.$": "$.a"}', { a: 2 })).toEqual({ x: 2 });
});

describe("keys that every object has are keys like any other", () => {
  test("__proto__ as a literal, as a selector and deeper down", () => {
    const text = fillText('{"__proto__": {"a": 1}, "b": {"__proto__.$": "$.x"}, "constructor.$": "$.x"}', { x: 5 });
    expect(JSON.stringify(text)).toBe('{"__proto__":{"a":1},"b":{"__proto__":5},"constructor":5}');
    expect(Object.getPrototypeOf(text)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
  });

  test("nothing that is inherited is found in the input", () => {
    expect(() => fill({ "x.$": "$.constructor" })).toThrow(EvaluationError);
    expect(() => fill({ "x.$": "$.__proto__" })).toThrow(EvaluationError);
    expect(JSON.stringify(fill({ "x.$": "$.__proto__" }, JSON.parse('{"__proto__": 1}') as Json))).toBe('{"x":1}');
  });
});

test("a path that finds nothing names the field, the path and what it was looked for in", () => {
  const failing =
    (template: Json): (() => Json) =>
    () =>
      fill(template, { a: [1, "é"] });
  expect(failing({ b: [{ "x.$": "$.no" }] })).toThrow(
    new EvaluationError(
      "States.Runtime",
      `The JSONPath '$.no' specified for the field 'x.$' could not be found in the input '{"a":[1,"é"]}'`,
    ),
  );
  expect(failing({ "x.$": "$$.no" })).toThrow(`could not be found in the input '{"Execution":{"Name":"run-1"}}'`);
  expect(failing({ "x.$": "$no" })).toThrow("The JSONPath '$no' specified for the field 'x.$' could not be found");
});

test("the input is not changed", () => {
  const input = { a: { b: 1 } };
  const filled = fill({ "x.$": "$.a" }, input) as { x: { b: number } };
  expect(filled.x).toBe(input.a);
  expect(input).toEqual({ a: { b: 1 } });
});
