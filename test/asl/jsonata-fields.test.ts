import { describe, expect, test } from "vitest";
import { JSONATA_FUNCTIONS } from "../../src/asl/jsonata-references.ts";
import { parseExpression } from "../../src/asl/jsonata-expression.ts";
import { faultsIn, parse, stateOf, states, type Definition } from "./definitions.ts";

const LAMBDA = "arn:aws:states:::lambda:invoke";
const pass = { Type: "Pass", End: true };
const jsonata = (state: Definition): Definition => ({ ...state, QueryLanguage: "JSONata" });
const output = (expression: string): readonly string[] => faultsIn(jsonata({ ...pass, Output: `{% ${expression} %}` }));
const task = (more: Definition): Definition => jsonata({ Type: "Task", Resource: LAMBDA, End: true, ...more });
const machine = { StartAt: "I", States: { I: pass } };

describe("an expression that does not parse is refused in the parser's words", () => {
  test.each([
    ["a[1,2)", 'Expected "]", got ","'],
    ['"unterminated', "String literal must be terminated by a matching quote"],
    ["1 +", "Unexpected end of expression"],
    ['{"a":}', 'The symbol "}" cannot be used as a unary operator'],
    ["", "Unexpected end of expression"],
  ])("%s", (expression, message) => {
    const { diagnostics } = parse(states({ A: jsonata({ ...pass, Output: { v: [`{% ${expression} %}`] } }) }));
    expect(diagnostics).toEqual([
      { severity: "ERROR", code: "INVALID_JSONATA_EXPRESSION", message, location: "/States/A/Output/v[0]" },
    ]);
  });

  test("and so is one that is left open", () => {
    expect(faultsIn(jsonata({ ...pass, Output: "{% 1" }))).toEqual([
      "JSONata string must start with {% and end with %} at /Output",
    ]);
  });

  test.each([
    ["longer than 32768 characters", "1+".repeat(20_000) + "1"],
    ["nested too deeply", "[".repeat(300) + "]".repeat(300)],
  ])("and one that is %s", (message, expression) => expect(output(expression)).toEqual([`${message} at /Output`]));
});

test("an expression in the place of a number is refused as an expression, not as a number", () => {
  expect(faultsIn(task({ TimeoutSeconds: "{% 1 + %}" }))).toEqual(["Unexpected end of expression at /TimeoutSeconds"]);
  expect(faultsIn(jsonata({ Type: "Wait", Seconds: "{% 1 + %}", End: true }))).toEqual([
    "Unexpected end of expression at /Seconds",
  ]);
  expect(faultsIn(jsonata({ Type: "Wait", Timestamp: 5, End: true }))).toEqual([
    "Expected value of type [STRING] at /Timestamp",
  ]);
});

test.each<[unknown, string]>([
  [5, "Expected value of type [BOOLEAN] or a JSONata expression at /Choices[0]/Condition"],
  ["{% 1 + %}", "Unexpected end of expression at /Choices[0]/Condition"],
])("the Condition %j is refused", (Condition, fault) => {
  expect(faultsIn(jsonata({ Type: "Choice", Choices: [{ Condition, Next: "B" }] }), { B: pass })).toEqual([fault]);
});

describe("nothing is read from a context item, for there is none", () => {
  const refused = (name: string): string => `Reference to '${name}' at the top level is not supported. at /Output`;
  test.each<[string, readonly string[]]>([
    ["phone", ["phone"]],
    ["phone[0]", ["phone"]],
    ["aaa + bbb", ["aaa", "bbb"]],
    ["$.phone", ["$"]],
    ["$", ["$"]],
    ["*", ["*"]],
    ["**.a", ["**"]],
    ["[a, {'k': b}]", ["a", "b"]],
    ["a ? b : c", ["a", "b", "c"]],
    ["-a", ["a"]],
    ["a ~> $sum", ["a"]],
    ["$map($states.input.a, function($x){ b })", ["b"]],
    ["($f := function($x){ c }; $f(1))", ["c"]],
    ["($x := a; $x)", ["a"]],
    ["$states.input{a: 1}.b", []],
  ])("%s", (expression, names) => expect(output(expression)).toEqual(names.map(refused)));

  test("nor is the root", () => expect(output("$$")).toEqual(["Reference to '$$' is not supported. at /Output"]));

  test.each([
    ["$states.input.phone"],
    ["$states.input.items[phone > 3]"],
    ["$states.input.items[$ > 3]"],
    ["$states.input^(>price).name"],
    ["$states.input.items{name: $sum(price)}"],
    ["$states.input.(a; b)"],
    ["$states.input ~> |a|{'b': c}|"],
    ["$map($states.input.a, function($x){ $x.phone })"],
    ["$phone"],
  ])("%s is read from what comes before", (expression) => expect(output(expression)).toEqual([]));

  test("a Comment, an ErrorEquals or a Next is no expression", () => {
    expect(faultsIn(jsonata({ ...pass, Comment: "{% phone %}" }))).toEqual([]);
    expect(faultsIn(task({ Retry: [{ ErrorEquals: ["{% phone %}"] }] }))).toEqual([]);
  });
});

describe("$states has what exists in that place", () => {
  const missing = (member: string): string => `Field '$states.${member}' does not exist.`;
  const found = (state: Definition, others: Definition = {}): readonly string[] =>
    faultsIn(state, others).map((x) => x.split(" at ")[0] ?? "");

  test.each<[string, Definition]>([
    ["a Task's Output", task({ Output: "{% $states.result %}" })],
    ["a Task's Assign", task({ Assign: { v: "{% $states.result %}" } })],
    [
      "a Parallel's Output",
      jsonata({ Type: "Parallel", Branches: [machine], Output: "{% $states.result %}", End: true }),
    ],
    [
      "a Map's Assign",
      jsonata({ Type: "Map", ItemProcessor: machine, Assign: { v: "{% $states.result %}" }, End: true }),
    ],
  ])("the result in %s", (_, state) => expect(found(state)).toEqual([]));

  test.each<[string, Definition]>([
    ["a Task's Arguments", task({ Arguments: "{% $states.result %}" })],
    ["a Task's timeout", task({ TimeoutSeconds: "{% $states.result %}" })],
    ["a Pass's Output", jsonata({ ...pass, Output: "{% $states.result %}" })],
    ["a Map's Items", jsonata({ Type: "Map", ItemProcessor: machine, Items: "{% $states.result %}", End: true })],
    ["a Fail's Cause", jsonata({ Type: "Fail", Cause: "{% $states.result %}" })],
    ["a Wait's Seconds", jsonata({ Type: "Wait", Seconds: "{% $states.result %}", End: true })],
  ])("no result in %s", (_, state) => expect(found(state)).toEqual([missing("result")]));

  test("the error output in a Catcher's Output and Assign, and nowhere else", () => {
    const caught = (fields: Definition): Definition =>
      task({ Catch: [{ ErrorEquals: ["States.ALL"], Next: "B", ...fields }] });
    expect(found(caught({ Output: "{% $states.errorOutput %}" }), { B: pass })).toEqual([]);
    expect(found(caught({ Assign: { e: "{% $states.errorOutput.Error %}" } }), { B: pass })).toEqual([]);
    expect(found(caught({ Output: "{% $states.result %}" }), { B: pass })).toEqual([missing("result")]);
    expect(found(task({ Output: "{% $states.errorOutput %}" }))).toEqual([missing("errorOutput")]);
  });

  test("and nothing of any other name", () => {
    expect(found(jsonata({ ...pass, Output: "{% $states.nope %}" }))).toEqual([missing("nope")]);
    expect(found(jsonata({ ...pass, Output: "{% [$states.input, $states.context.State.Name, $states] %}" }))).toEqual(
      [],
    );
  });
});

describe("the variables that an expression reads", () => {
  const variablesIn = (expression: string): readonly string[] =>
    stateOf(jsonata({ ...pass, Output: `{% ${expression} %}` })).variables ?? [];
  test.each<[string, readonly string[]]>([
    ["$a + $b.c", ["a", "b"]],
    ["($x := $a; $y := $x; $y)", ["a"]],
    ["($a := $a + 1; $a)", ["a"]],
    ["$x := $a", ["a"]],
    ["function($p){ $p + $q }", ["q"]],
    ["($f := function($n){ $n > 0 ? $f($n - 1) : $m }; $f(3))", ["m"]],
    ["$sum([$a]) & $string($b)", ["a", "b"]],
    ["$a.items@$i.x[$i.y = $z]", ["a", "z"]],
    ["$a#$n.b[$n > 1]", ["a"]],
    ["$a[0]#$n.b", ["a"]],
    ["$a[$b].c^($d)", ["a", "b", "d"]],
    ["$f($a, ?)", ["a", "f"]],
    ["$states.input", []],
    ["($a := 1; $b)[$c]", ["b", "c"]],
  ])("%s", (expression, names) => expect(variablesIn(expression)).toEqual(names));

  test("the names of the functions are those of the library, and AWS's six", async () => {
    const library = await Promise.all(
      [...JSONATA_FUNCTIONS].map(async (name) => {
        const parsed = parseExpression(`{% $type($${name}) %}`);
        return typeof parsed === "string"
          ? parsed
          : [name, await parsed.compiled.evaluate(null, { "the meter": METER })];
      }),
    );
    const added = new Set(["hash", "parse", "partition", "range", "uuid"]);
    expect(library).toEqual([...JSONATA_FUNCTIONS].map((name) => [name, added.has(name) ? undefined : "function"]));
  });
});

/** Counts nothing. */
const METER = { step: (): void => undefined, hold: (): void => undefined };
