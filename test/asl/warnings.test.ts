import { describe, expect, test } from "vitest";
import { parse, states, type Definition } from "./definitions.ts";

const LAMBDA = "arn:aws:states:::lambda:invoke";
const pass = { Type: "Pass", End: true };
const task = { Type: "Task", Resource: LAMBDA, TimeoutSeconds: 60, End: true };
const to = (Next: string, more: Definition = {}): Definition => ({ ...pass, End: undefined, Next, ...more });
const inner = states({ I: pass });

/** What is warned of, as `code at location`; the definition itself is sound. */
function warnings(definition: Definition): readonly string[] {
  const { machine, diagnostics } = parse(definition);
  expect(machine, JSON.stringify(diagnostics)).toBeDefined();
  expect(diagnostics.every((x) => x.severity === "WARNING")).toBe(true);
  return diagnostics.map((x) => `${x.code} at ${x.location ?? ""}`);
}
const warningsIn = (state: Definition, others: Definition = {}): readonly string[] =>
  warnings(states({ A: state, ...others })).map((x) => x.replace("/States/A", ""));

test("a machine with nothing to be said against it has no warnings", () => {
  expect(warnings(states({ A: { ...task, End: undefined, Next: "B" }, B: pass }))).toEqual([]);
});

describe("work that may never come back", () => {
  const without = { ...task, TimeoutSeconds: undefined };
  test.each<[string, Definition, readonly string[]]>([
    ["a task without TimeoutSeconds", without, ["TASK_WITHOUT_TIMEOUT at "]],
    [
      "a callback without either",
      { ...without, Resource: `${LAMBDA}.waitForTaskToken` },
      ["CALLBACK_WITHOUT_TIMEOUT at "],
    ],
    [
      "an activity without either",
      { ...without, Resource: "arn:aws:states:eu-west-1:123456789012:activity:a" },
      ["CALLBACK_WITHOUT_TIMEOUT at "],
    ],
    ["a callback with a heartbeat", { ...without, Resource: `${LAMBDA}.waitForTaskToken`, HeartbeatSeconds: 5 }, []],
    ["a task with a heartbeat only", { ...without, HeartbeatSeconds: 5 }, ["TASK_WITHOUT_TIMEOUT at "]],
  ])("%s", (_, state, expected) => expect(warningsIn(state)).toEqual(expected));
});

describe("a loop that never pauses", () => {
  const choice = (Next: string): Definition => ({
    Type: "Choice",
    Choices: [{ Variable: "$.again", BooleanEquals: true, Next }],
    Default: "Done",
  });
  const done = { Type: "Succeed" };
  const loop = (middle: Definition): readonly string[] =>
    warnings(states({ Start: to("A"), A: middle, C: choice("A"), Done: done }));
  const calls = (Resource: string): Definition => ({ ...task, Resource, End: undefined, Next: "C" });

  test.each<[string, Definition]>([
    ["a Pass", to("C")],
    ["a call", calls(LAMBDA)],
    ["a Map of calls", { Type: "Map", ItemProcessor: states({ I: task }), Next: "C" }],
  ])("of a Choice and %s is warned of, where it begins", (_, middle) => {
    expect(loop(middle)).toEqual(["LOOP_WITHOUT_WAIT at /States/A"]);
  });

  test.each<[string, Definition]>([
    ["a Wait", { Type: "Wait", Seconds: 5, Next: "C" }],
    ["a job that is waited for", calls("arn:aws:states:::states:startExecution.sync")],
    ["a callback", calls(`${LAMBDA}.waitForTaskToken`)],
    ["an activity", calls("arn:aws:states:eu-west-1:123456789012:activity:a")],
    [
      "a Parallel that waits",
      { Type: "Parallel", Branches: [states({ W: { Type: "Wait", Seconds: 5, End: true } })], Next: "C" },
    ],
  ])("is none with %s in it", (_, middle) => expect(loop(middle)).toEqual([]));

  test("may be one state that leads back to itself", () => {
    expect(warnings(states({ A: choice("A"), Done: done }))).toEqual(["LOOP_WITHOUT_WAIT at /States/A"]);
  });

  test("is found within a processor, and each only once", () => {
    const inside = states({ I: to("J"), J: { ...choice("I"), Default: "K" }, K: pass });
    expect(warningsIn({ Type: "Map", ItemProcessor: inside, End: true })).toEqual([
      "LOOP_WITHOUT_WAIT at /ItemProcessor/States/I",
    ]);
    const two = states({ A: to("B"), B: { ...choice("A"), Default: "C" }, C: to("D"), D: choice("C"), Done: done });
    expect(warnings(two)).toEqual(["LOOP_WITHOUT_WAIT at /States/A", "LOOP_WITHOUT_WAIT at /States/C"]);
  });

  test("is found in time that grows with the machine, not with its square", () => {
    const chain = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [`S${i}`, i === 4999 ? choice("S0") : to(`S${i + 1}`)]),
    );
    expect(warnings(states({ ...chain, Done: done }))).toEqual(["LOOP_WITHOUT_WAIT at /States/S0"]);
  });
});

describe("a Catcher or Retrier that is never asked", () => {
  const caught = (...lists: readonly (readonly string[])[]): readonly string[] =>
    warningsIn({ ...task, Catch: lists.map((ErrorEquals) => ({ ErrorEquals, Next: "B" })) }, { B: pass });
  test.each<[readonly (readonly string[])[], readonly string[]]>([
    [[["E"], ["F"]], []],
    [[["E"], ["E"]], ["UNREACHABLE_CATCHER at /Catch[1]/ErrorEquals"]],
    [[["E"], ["E", "F"]], []],
    [
      [
        ["E", "F"],
        ["F", "E"],
      ],
      ["UNREACHABLE_CATCHER at /Catch[1]/ErrorEquals"],
    ],
    [[["States.TaskFailed"], ["E"]], ["UNREACHABLE_CATCHER at /Catch[1]/ErrorEquals"]],
    [[["States.TaskFailed"], ["States.Timeout"]], []],
    [[["States.TaskFailed"], ["States.ALL"]], []],
    [[["States.Timeout"], ["States.HeartbeatTimeout"]], ["UNREACHABLE_CATCHER at /Catch[1]/ErrorEquals"]],
    [[["States.HeartbeatTimeout"], ["States.Timeout"]], []],
  ])("%j", (lists, expected) => expect(caught(...lists)).toEqual(expected));

  test("is told of Retry, too", () => {
    const Retry = [{ ErrorEquals: ["E"] }, { ErrorEquals: ["E"] }];
    expect(warningsIn({ ...task, Retry })).toEqual(["UNREACHABLE_RETRIER at /Retry[1]/ErrorEquals"]);
  });

  test("may be one with a name that the language does not know", () => {
    const Catch = [{ ErrorEquals: ["States.Timedout", "States.Http.StatusCode.404", "Mine"], Next: "B" }];
    expect(warningsIn({ ...task, Catch }, { B: pass })).toEqual(["UNKNOWN_ERROR_NAME at /Catch[0]/ErrorEquals"]);
  });
});

describe("a payload that may outgrow its quota", () => {
  const call = (Resource: string, more: Definition = {}): Definition => ({ ...task, Resource, ...more });
  const distributed = (more: Definition = {}): Definition => ({
    Type: "Map",
    ItemProcessor: { ...inner, ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" } },
    End: true,
    ...more,
  });
  const object = "arn:aws:states:::aws-sdk:s3:getObject";
  const writer = { Resource: "arn:aws:states:::s3:putObject", Parameters: { Bucket: "b", Prefix: "p" } };
  const may = ["PAYLOAD_MAY_EXCEED_QUOTA at "];

  test.each<[string, Definition, readonly string[]]>([
    ["a Result of 300 kB", { ...pass, Result: "x".repeat(300_000) }, may],
    ["a Result of 200 kB", { ...pass, Result: "x".repeat(200_000) }, []],
    ["a whole object", call(object), may],
    ["a part of an object", call(object, { ResultSelector: { "e.$": "$.ETag" } }), []],
    ["an object thrown away", call(object, { ResultPath: null }), []],
    [
      "an object that JSONata picks from",
      call(object, { QueryLanguage: "JSONata", Output: "{% $states.result.ETag %}" }),
      [],
    ],
    ["the results of a Distributed Map", distributed(), may],
    ["results that are written", distributed({ ResultWriter: writer }), []],
    ["results thrown away", distributed({ ResultPath: null }), []],
    ["results that are selected from", distributed({ ResultSelector: {} }), []],
    [
      "results that JSONata counts",
      distributed({ QueryLanguage: "JSONata", Output: "{% $count($states.result) %}" }),
      [],
    ],
    ["an inline Map's", { Type: "Map", ItemProcessor: inner, End: true }, []],
  ])("%s", (_, state, expected) => expect(warningsIn(state)).toEqual(expected));
});

describe("what looks like a path and is none", () => {
  test.each<[string, Definition, readonly string[]]>([
    [
      "in Parameters",
      { ...pass, Parameters: { a: "$.x", b: { c: ["$$.Execution.Id", { d: "$.y[0]" }] } } },
      ["NO_DOLLAR at /Parameters", "NO_DOLLAR at /Parameters/b/c[1]"],
    ],
    [
      "beside one that is evaluated",
      { ...pass, Parameters: { "a.$": "$.x", b: "$.y", c: { "d.$": "$", e: "$.z" }, f: [{ "g.$": "$" }, 5] } },
      ["NO_DOLLAR at /Parameters", "NO_DOLLAR at /Parameters/c"],
    ],
    ["in a ResultSelector", { ...task, ResultSelector: { a: "States.UUID()" } }, ["NO_DOLLAR at /ResultSelector"]],
    [
      "in an ItemSelector",
      { Type: "Map", ItemProcessor: inner, ItemSelector: { a: "$.x" }, End: true },
      ["NO_DOLLAR at /ItemSelector"],
    ],
    ["as a price, or a name", { ...pass, Parameters: { a: "$5", b: "States.Nope()", c: "$", d: "$.", e: null } }, []],
    ["in a Result", { ...pass, Result: { a: ["$.x"] } }, ["PASS_RESULT_IS_STATIC at /Result"]],
    ["in a Result without", { ...pass, Result: [5, null, "x"] }, []],
    [
      "in a Fail",
      { Type: "Fail", Error: "$.e", Cause: "States.Format('{}', $.c)" },
      ["NO_PATH at /Error", "NO_PATH at /Cause"],
    ],
    ["in a Fail without", { Type: "Fail" }, []],
    ["in JSONata, where it is a text", { ...pass, QueryLanguage: "JSONata", Output: { a: "$.x" } }, []],
  ])("%s", (_, state, expected) => expect(warningsIn(state)).toEqual(expected));

  test("in a Choice rule, however deep", () => {
    const compare = { Variable: "$.x", StringEquals: "$.y" };
    const Choices = [
      { And: [compare, { Not: { Or: [compare] } }], Next: "B" },
      { Variable: "$.x", NumericEquals: 5, Next: "B" },
      { Variable: "$.x", StringEqualsPath: "$.y", Next: "B" },
    ];
    expect(warningsIn({ Type: "Choice", Choices }, { B: pass })).toEqual([
      "NO_PATH at /Choices[0]",
      "NO_PATH at /Choices[0]",
    ]);
  });

  test("a condition in JSONata compares nothing", () => {
    const rule = { Condition: "{% true %}", Next: "B" };
    expect(warningsIn({ Type: "Choice", QueryLanguage: "JSONata", Choices: [rule] }, { B: pass })).toEqual([]);
  });
});

describe("a variable that no state in sight assigns", () => {
  const reading = { ...pass, InputPath: "$v" };
  const assigning = to("B", { Assign: { v: 1 } });
  test.each<[string, Definition, readonly string[]]>([
    ["is warned of", { A: reading }, ["POSSIBLY_UNDEFINED_VARIABLE at /States/A"]],
    ["is not, assigned before", { A: assigning, B: reading }, []],
    [
      "is not, assigned around",
      { A: assigning, B: { Type: "Parallel", Branches: [states({ I: reading })], End: true } },
      [],
    ],
    [
      "is warned of within a Distributed Map, which sees nothing of its parent",
      {
        A: assigning,
        B: {
          Type: "Map",
          ItemProcessor: {
            ...states({ I: reading }),
            ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
          },
          ResultPath: null,
          End: true,
        },
      },
      ["POSSIBLY_UNDEFINED_VARIABLE at /States/B/ItemProcessor/States/I"],
    ],
  ])("%s", (_, all, expected) => expect(warnings(states(all))).toEqual(expected));

  test("a Distributed Map's children may have variables of the same names", () => {
    const ItemProcessor = {
      ...states({ I: { ...pass, Assign: { v: 2 } } }),
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
    };
    expect(warnings(states({ A: assigning, B: { Type: "Map", ItemProcessor, ResultPath: null, End: true } }))).toEqual(
      [],
    );
  });
});

test.each<[string, readonly string[]]>([
  ["arn:aws:states:::aws-sdk:dynamodb:getItem", []],
  ["arn:aws:states:::aws-sdk:dynamodb:getItems", ["UNKNOWN_ACTION at /Resource"]],
  ["arn:aws:states:::aws-sdk:nosuchservice:getItems", []],
  ["arn:aws:states:::dynamodb:getItem", []],
])("the action of %s: %j", (Resource, expected) => expect(warningsIn({ ...task, Resource })).toEqual(expected));

test("a query language among the states counts, as a workflow of AWS's own collection has it", () => {
  const definition = { StartAt: "A", States: { QueryLanguage: "JSONata", A: { ...pass, Output: "{% 1 %}" } } };
  expect(warnings(definition)).toEqual(["MISPLACED_FIELD at /States/QueryLanguage"]);
  expect(warnings({ ...definition, QueryLanguage: "JSONata" })).toEqual(["MISPLACED_FIELD at /States/QueryLanguage"]);
  expect(parse({ StartAt: "A", States: { QueryLanguage: "XPath", A: pass } }).machine).toBeUndefined();
});
