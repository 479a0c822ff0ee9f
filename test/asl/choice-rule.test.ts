import { describe, expect, test } from "vitest";
import { CHOICE_OPERATORS } from "../../src/asl/parse-choice-rule.ts";
import { faultsIn, stateOf, type Definition } from "./definitions.ts";

const pass = { Type: "Pass", End: true };
const choice = (...Choices: readonly unknown[]): Definition => ({ Type: "Choice", Choices, Default: "B" });
const faults = (rule: unknown): readonly string[] =>
  faultsIn(choice(rule), { B: pass }).map((x) => x.replace("/Choices[0]", ""));
const conditionOf = (rule: Definition): unknown =>
  (stateOf(choice({ ...rule, Next: "B" }), { B: pass }) as { Choices: readonly { condition: unknown }[] }).Choices[0]
    ?.condition;

/** An operand of the right and one of a wrong type. */
function operandsOf(operator: string): readonly [right: unknown, wrong: unknown, type: string] {
  if (operator.endsWith("Path")) return ["$.y", 5, "[STRING]"];
  if (operator.startsWith("Numeric")) return [1.5, "1.5", "Number"];
  if (operator.startsWith("Is") || operator.startsWith("Boolean")) return [true, "true", "[BOOLEAN]"];
  return operator.startsWith("Timestamp") ? ["2026-01-02T03:04:05Z", 5, "[STRING]"] : ["text", 5, "[STRING]"];
}

test("there are 39 operators", () => expect(new Set(CHOICE_OPERATORS).size).toBe(39));

describe.each(CHOICE_OPERATORS)("%s", (operator) => {
  const [right, wrong, type] = operandsOf(operator);
  test(`takes ${JSON.stringify(right)} and no ${JSON.stringify(wrong)}`, () => {
    expect(conditionOf({ Variable: "$.x", [operator]: right })).toMatchObject({
      kind: "comparison",
      Variable: { source: "$.x" },
      operator,
      operand: operator.endsWith("Path") ? { kind: "path", path: { source: right } } : { kind: "value", value: right },
    });
    expect(faults({ Variable: "$.x", [operator]: wrong, Next: "B" })).toEqual([
      `Expected value of type ${type} at /${operator}`,
    ]);
  });
});

describe("a rule", () => {
  const sound = { Variable: "$.x", IsNull: true, Next: "B" };
  const one = `This object should have only one of the following fields: [${CHOICE_OPERATORS.join(", ")}] at `;
  const shape = "The object must have only one of the following fields, [And, Or, Not, Variable, Condition] at ";
  test.each<[string, unknown, readonly string[]]>([
    ["that is no object", 5, ["Expected value of type [OBJECT] at "]],
    ["without a Next", { ...sound, Next: undefined }, ["These fields are required: [Next] at "]],
    ["without a Variable", { ...sound, Variable: undefined }, [shape, "Field 'IsNull' is not supported at "]],
    [
      "whose Variable is no path",
      { ...sound, Variable: "x" },
      ["Value is not a Reference Path: Reference path didn't start with '$' at /Variable"],
    ],
    ["whose Variable is half a path", { ...sound, Variable: "$.x[" }, ["Value is not a Reference Path at /Variable"]],
    ["without an operator", { Variable: "$.x", Next: "B" }, [one]],
    [
      "with two operators",
      { ...sound, IsString: true },
      ["There should only be one of the following fields: [IsNull, IsString] at "],
    ],
    [
      "with an unknown operator",
      { Variable: "$.x", NumericNotEquals: 1, Next: "B" },
      [one, "Field 'NumericNotEquals' is not supported at "],
    ],
    ["with a field of its own", { ...sound, Foo: 1 }, ["Field 'Foo' is not supported at "]],
    [
      "with no moment to compare with",
      { ...sound, IsNull: undefined, TimestampEquals: "yesterday" },
      ["String does not match RFC3339 timestamp at /TimestampEquals"],
    ],
    [
      "with a path that is none",
      { ...sound, IsNull: undefined, StringEqualsPath: "y" },
      ["Value is not a Reference Path: Reference path didn't start with '$' at /StringEqualsPath"],
    ],
    ["that combines and compares", { ...sound, Not: sound }, expect.arrayContaining([shape]) as never],
  ])("%s is refused", (_, rule, expected) => expect(faults(rule)).toEqual(expected));

  test("may have a comment and assign variables", () => {
    expect(faults({ ...sound, Comment: "c", Assign: { v: 1 } })).toEqual([]);
    expect(faults({ ...sound, Assign: { "v-": 1 } })).toEqual([
      "Invalid variable name 'v-': the variable name contains invalid characters. at /Assign/v-",
    ]);
  });
});

test.each([
  [true, { kind: "And", conditions: [] }],
  [false, { kind: "Not", condition: { kind: "And", conditions: [] } }],
])("the constant Condition %j is one in JSONata", (Condition, condition) => {
  const state = { ...choice({ Condition, Next: "B" }), QueryLanguage: "JSONata" };
  expect(stateOf(state, { B: pass })).toMatchObject({ Choices: [{ condition }] });
});

describe("And, Or and Not", () => {
  const isNull = { Variable: "$.x", IsNull: true };

  test("combine to any depth that people write", () => {
    expect(conditionOf({ And: [isNull, { Or: [isNull, { Not: isNull }] }] })).toMatchObject({
      kind: "And",
      conditions: [
        { kind: "comparison" },
        { kind: "Or", conditions: [{ kind: "comparison" }, { kind: "Not", condition: { kind: "comparison" } }] },
      ],
    });
  });

  test.each<[unknown, string]>([
    [{ And: [] }, "Value cannot be empty at /And"],
    [{ Or: isNull }, "Expected value of type [ARRAY] at /Or"],
    [{ Not: [isNull] }, "Expected value of type [OBJECT] at /Not"],
    [{ And: [isNull, 5] }, "Expected value of type [OBJECT] at /And[1]"],
    [
      { And: [{ Not: { Variable: "$.x" } }] },
      `This object should have only one of the following fields: [${CHOICE_OPERATORS.join(", ")}] at /And[0]/Not`,
    ],
    [{ Not: { ...isNull, Next: "B" } }, "Field 'Next' is not supported at /Not"],
    [
      { And: [isNull], Or: [isNull] },
      "The object must have only one of the following fields, [And, Or, Not, Variable, Condition] at ",
    ],
  ])("%j is refused", (rule, fault) => expect(faults({ ...(rule as Definition), Next: "B" })).toContain(fault));

  test("nested deeper than anybody writes are refused, not overflowing", () => {
    let rule: Definition = isNull;
    for (let i = 0; i < 90; i++) rule = { Not: rule };
    expect(faults({ ...rule, Next: "B" })[0]).toContain("Choice rules are nested too deeply");
  });
});
