import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonFaultOffset } from "../../src/asl/json-scanner.ts";
import { parseDefinition } from "../../src/asl/parse.ts";
import { validateDefinition } from "../../src/asl/validate.ts";
import { faults, faultsIn, faultsOf, machineOf, parse, stateOf, states, type Definition } from "./definitions.ts";

const LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:f";
const pass = { Type: "Pass", End: true };
const machine = states({ A: pass });
const inner = (name = "I"): Definition => states({ [name]: pass });

/** A sound state of each type. */
const sound: Readonly<Record<string, Definition>> = {
  Pass: pass,
  Task: { Type: "Task", Resource: LAMBDA, End: true },
  Choice: { Type: "Choice", Choices: [{ Variable: "$.x", IsPresent: true, Next: "B" }] },
  Wait: { Type: "Wait", Seconds: 1, End: true },
  Succeed: { Type: "Succeed" },
  Fail: { Type: "Fail" },
  Parallel: { Type: "Parallel", Branches: [inner()], End: true },
  Map: { Type: "Map", ItemProcessor: inner(), End: true },
};
const others = (Type: string): Definition => (Type === "Choice" ? { B: pass } : {});

describe("a definition", () => {
  test("with all that the top level may have is accepted", () => {
    const all = { ...machine, Comment: "c", Version: "1.0", TimeoutSeconds: 60, QueryLanguage: "JSONPath" };
    expect(parse(all)).toMatchObject({
      machine: { StartAt: "A", Comment: "c", Version: "1.0", TimeoutSeconds: 60 },
      diagnostics: [],
    });
  });

  test.each<[string, unknown, readonly string[]]>([
    ["nothing in it", {}, ["These fields are required: [States, StartAt] at /"]],
    ["no States", { StartAt: "A" }, ["These fields are required: [States] at /"]],
    ["no StartAt", { States: machine["States"] }, ["These fields are required: [StartAt] at /"]],
    [
      "no state at all",
      { StartAt: "A", States: {} },
      ["Value cannot be empty at /States", "Missing 'Next' target: A at /StartAt"],
    ],
    ["a StartAt to nowhere", { ...machine, StartAt: "B" }, ["Missing 'Next' target: B at /StartAt"]],
    ["a StartAt that is no text", { ...machine, StartAt: 1 }, ["Expected value of type [STRING] at /StartAt"]],
    ["States that are no object", { StartAt: "A", States: [] }, ["Expected value of type [OBJECT] at /States"]],
    ["a state that is no object", { StartAt: "A", States: { A: 1 } }, ["Expected value of type [OBJECT] at /States/A"]],
    ["a field it may not have", { ...machine, Foo: 1 }, ["Field 'Foo' is not supported at /"]],
    ["another version", { ...machine, Version: "2.0" }, ["Value should be one of the following: [1.0] at /Version"]],
    ["a comment that is no text", { ...machine, Comment: 1 }, ["Expected value of type [STRING] at /Comment"]],
    ["less than no time", { ...machine, TimeoutSeconds: -1 }, ["Minimum value is 0 at /TimeoutSeconds"]],
    ["too much time", { ...machine, TimeoutSeconds: 100_000_000 }, ["Maximum value is 99999999 at /TimeoutSeconds"]],
    ["half a second", { ...machine, TimeoutSeconds: 1.5 }, ["Expected value of type Integer at /TimeoutSeconds"]],
    [
      "a language of its own",
      { ...machine, QueryLanguage: "XPath" },
      ["Value should be one of the following: [JSONPath, JSONata] at /QueryLanguage"],
    ],
    [
      "a JSONPath state in a JSONata machine",
      { ...states({ A: { ...pass, QueryLanguage: "JSONPath" } }), QueryLanguage: "JSONata" },
      ["'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/A"],
    ],
  ])("with %s is refused", (_, definition, expected) => {
    const { machine: none, diagnostics } = parse(definition);
    expect(none).toBeUndefined();
    expect(faults(definition)).toEqual(expect.arrayContaining([...expected].slice(0, 1)));
    expect(diagnostics.every((x) => x.severity === "ERROR")).toBe(true);
  });

  test.each([["[]"], ["5"], ["null"], ['"text"']])("that is %s is no definition", (text) => {
    expect(parseDefinition(text).diagnostics).toEqual([
      { severity: "ERROR", code: "SCHEMA_VALIDATION_FAILED", message: "Definition must be a valid JSON object" },
    ]);
  });

  test("tells of all its faults at once", () => {
    const bad = { Type: "Wait", Seconds: -1, SecondsPath: "$.x", End: true, Next: "A", Foo: 1 };
    expect(faultsIn(bad)).toEqual([
      "There should only be one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp] at ",
      "Minimum value is 0 at /Seconds",
      "There should only be one of the following fields: [Next, End] at ",
      "Field 'Foo' is not supported at ",
    ]);
  });
});

describe("a text that is not JSON is explained in Jackson's words", () => {
  const expected = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
  test("with the place in the text and in the location", () => {
    const location = '[Source: (String)"not a definition"; line: 1, column: 4]';
    expect(parseDefinition("not a definition").diagnostics).toEqual([
      {
        severity: "ERROR",
        code: "INVALID_JSON_DESCRIPTION",
        message: `Unrecognized token 'not': ${expected}\n at ${location}`,
        location,
      },
    ]);
  });

  test.each<[string, string, number, number]>([
    ['{"a": tru}', `Unrecognized token 'tru': ${expected}`, 1, 10],
    ['{"a":\n  nope}', `Unrecognized token 'nope': ${expected}`, 2, 7],
    ['{"a": 1} x', `Unrecognized token 'x': ${expected}`, 1, 11],
    [
      '{"a" 1}',
      "Unexpected character ('1' (code 49)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
      1,
      6,
    ],
    ["{", "Unexpected end-of-input", 1, 2],
    ['{"a": "b', "Unexpected end-of-input", 1, 9],
    ['{"a": 1,}', "Unexpected character ('}' (code 125)): was expecting double-quote to start field name", 1, 9],
    ["{'a': 1}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name", 1, 2],
    [
      "[1,\n]",
      "Unexpected character (']' (code 93)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
      2,
      1,
    ],
  ])("%j", (text, message, line, column) => {
    const [diagnostic] = parseDefinition(text).diagnostics;
    expect(diagnostic).toMatchObject({ code: "INVALID_JSON_DESCRIPTION" });
    expect(diagnostic?.message.split("\n at ")[0]).toBe(message);
    expect(diagnostic?.location).toContain(`; line: ${line}, column: ${column}]`);
  });

  test("wherever a valid text is spoiled, the fault is found where the platform's own parser finds it", () => {
    const text = JSON.stringify(
      { a: [1, -2.5e3, { b: "x\ny\u0001\ud800", c: [] }, {}], d: [true, false, null, ""] },
      null,
      1,
    );
    const positionOf = (spoiled: string): number | undefined => {
      try {
        JSON.parse(spoiled);
        return undefined;
      } catch (error) {
        const at = /position (\d+)/u.exec(String(error))?.[1];
        return at === undefined ? undefined : Number(at);
      }
    };
    let compared = 0;
    for (let at = 0; at <= text.length; at++) {
      for (const insert of ["", ...Array.from('x"\\{}[],:01-.e \n\u0000')]) {
        const spoiled = text.slice(0, at) + insert + text.slice(at + 1);
        const position = positionOf(spoiled);
        const offset = jsonFaultOffset(spoiled);
        if (position === undefined) continue;
        compared += 1;
        // V8 points behind the digits or letters that should have gone on; so far they were JSON.
        expect(spoiled.slice(offset, position)).toMatch(/^[-+.\w\\]{0,12}$/u);
      }
    }
    expect(compared).toBeGreaterThan(1000);
  });

  test("and none is found where there is none", () => {
    fc.assert(fc.property(fc.json(), (text) => jsonFaultOffset(text) === text.length));
  });

  test.each([[""], [" "], ["\n\t "]])("but %j is no definition at all", (text) => {
    expect(parseDefinition(text).diagnostics[0]).toMatchObject({
      code: "SCHEMA_VALIDATION_FAILED",
      message: "Definition must be a valid JSON object",
    });
  });

  test("a long text is shown in part", () => {
    const [diagnostic] = parseDefinition(`nope${" ".repeat(10_000)}`).diagnostics;
    expect(diagnostic?.message).toContain("[truncated 9504 chars]");
  });
});

describe("a definition of no reasonable size", () => {
  const withComment = (length: number): string => {
    const text = JSON.stringify({ ...machine, Comment: "" });
    return text.replace('"Comment":""', `"Comment":"${"x".repeat(length - text.length)}"`);
  };

  test("may have 1 MB and not a character more", () => {
    expect(parseDefinition(withComment(1_048_576)).machine).toBeDefined();
    const tooLong = parseDefinition(withComment(1_048_577));
    expect(faultsOf(tooLong)).toEqual(["State machine definition is too long: 1048577 characters, at most 1048576"]);
  });

  test.each<[string, string]>([
    ["arrays", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["objects", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    [
      "a Result",
      JSON.stringify(machine).replace('"End"', `"Result":${"[".repeat(100_000)}${"]".repeat(100_000)},"End"`),
    ],
    ["brackets that never close", "[".repeat(100_000)],
  ])("is refused however deep it is nested: %s", (_, text) => {
    expect(parseDefinition(text).diagnostics).toHaveLength(1);
  });

  test("brackets in a text do not count", () => {
    expect(faults(states({ A: { ...pass, Result: "[{".repeat(1000) } }))).toEqual([]);
  });

  test("names have between 1 and 80 characters", () => {
    const named = (name: string): readonly string[] => faults(states({ [name]: pass }));
    expect(named("x".repeat(80))).toEqual([]);
    expect(named("x".repeat(81))[0]).toContain("State name must have between 1 and 80 characters");
    expect(named("")[0]).toContain("State name must have between 1 and 80 characters");
  });
});

describe("each type of state", () => {
  test.each(Object.keys(sound))("%s is accepted with what it must have", (Type) => {
    expect(stateOf(sound[Type]!, others(Type))).toMatchObject({ Type, Name: "A" });
  });

  test.each(Object.keys(sound))("%s refuses a field that nobody knows, and one of another type of state", (Type) => {
    const foreign = Type === "Wait" ? "Resource" : "Seconds";
    expect(faultsIn({ ...sound[Type], Foo: 1, [foreign]: 1 }, others(Type))).toEqual(
      expect.arrayContaining([`Field '${foreign}' is not supported at `, "Field 'Foo' is not supported at "]),
    );
  });

  test.each(Object.keys(sound))("%s takes either query language", (Type) => {
    const condition = Type === "Choice" ? { Choices: [{ Condition: "{% true %}", Next: "B" }] } : {};
    expect(faultsIn({ ...sound[Type], QueryLanguage: "JSONPath" }, others(Type))).toEqual([]);
    expect(faultsIn({ ...sound[Type], ...condition, QueryLanguage: "JSONata" }, others(Type))).toEqual([]);
  });

  test.each<[string, Definition]>([
    ["InputPath", { ...pass, InputPath: "$.a" }],
    ["Parameters", { ...pass, Parameters: {} }],
    ["Result", { ...pass, Result: 1 }],
    ["ResultPath", { ...pass, ResultPath: "$.a" }],
    ["OutputPath", { ...pass, OutputPath: "$.a" }],
    ["ResultSelector", { ...sound["Task"], ResultSelector: {} }],
    ["ResultPath", { ...sound["Task"], Catch: [{ ErrorEquals: ["E"], ResultPath: "$.a", Next: "B" }] }],
    ["TimeoutSecondsPath", { ...sound["Task"], TimeoutSecondsPath: "$.t" }],
    ["ItemsPath", { ...sound["Map"], ItemsPath: "$.a" }],
    ["MaxConcurrencyPath", { ...sound["Map"], MaxConcurrencyPath: "$.a" }],
    ["SecondsPath", { ...sound["Wait"], SecondsPath: "$.s" }],
    ["ErrorPath", { ...sound["Fail"], ErrorPath: "$.e" }],
    ["Variable", { ...sound["Choice"] }],
  ])("%s belongs to JSONPath: %j is refused in JSONata", (field, state) => {
    const fault = `The QueryLanguage is set to 'JSONata', but field '${field}' is only supported for the 'JSONPath' QueryLanguage`;
    const found = faultsIn({ ...state, QueryLanguage: "JSONata" }, { B: pass });
    expect(found.map((x) => x.split(" at ")[0])).toContain(fault);
  });

  test.each<[string, Definition]>([
    ["Output", { ...pass, Output: {} }],
    ["Arguments", { ...sound["Task"], Arguments: {} }],
    ["Items", { ...sound["Map"], Items: [] }],
    ["Condition", { Type: "Choice", Choices: [{ Condition: true, Next: "B" }] }],
    ["Output", { Type: "Choice", Choices: [{ Variable: "$.x", IsNull: true, Output: 1, Next: "B" }] }],
    ["Output", { ...sound["Task"], Catch: [{ ErrorEquals: ["E"], Output: 1, Next: "B" }] }],
  ])("%s belongs to JSONata: %j is refused in JSONPath", (field, state) => {
    const fault = `The QueryLanguage is set to 'JSONPath', but field '${field}' is only supported for the 'JSONata' QueryLanguage`;
    expect(faultsIn(state, { B: pass }).map((x) => x.split(" at ")[0])).toContain(fault);
  });

  test("of a state whose language is refused nothing is said but that", () => {
    const state = { ...pass, QueryLanguage: "JSONPath", Output: {}, Foo: 1 };
    expect(faults({ ...states({ A: state }), QueryLanguage: "JSONata" })).toEqual([
      "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/A",
      "Field 'Foo' is not supported at /States/A",
    ]);
  });

  test.each(["jsonata", "foo", "jsonpath"])("a state of the language %j counts as JSONata", (language) => {
    const fault = "Value should be one of the following: [JSONPath, JSONata] at /QueryLanguage";
    expect(faultsIn({ ...pass, QueryLanguage: language, Output: {} })).toEqual([fault]);
    const machineFault = "Value should be one of the following: [JSONPath, JSONata] at /QueryLanguage";
    expect(faults({ ...states({ A: { ...pass, Output: {} } }), QueryLanguage: language })).toEqual([machineFault]);
  });

  test("a state that goes on may say that it does not end", () => {
    expect(faults(states({ A: { Type: "Pass", End: false, Next: "B" }, B: pass }))).toEqual([]);
  });

  test("an activity has no credentials", () => {
    const Resource = "arn:aws:states:us-east-1:123456789012:activity:a";
    expect(faultsIn({ ...sound["Task"], Resource, Credentials: { RoleArn: "arn:aws:iam::1:role/r" } })).toEqual([
      "The field 'Credentials' is not supported for activities at /Credentials",
    ]);
  });

  test("credentials may be an expression", () => {
    const Credentials = "{% {'RoleArn': $states.input.role} %}";
    expect(faultsIn({ ...sound["Task"], QueryLanguage: "JSONata", Credentials })).toEqual([]);
  });

  test("a field that the type has in neither language is not supported in either", () => {
    const both = ["Field 'Arguments' is not supported at ", "Field 'Items' is not supported at "];
    expect(faultsIn({ ...pass, Arguments: {}, Items: [] })).toEqual(both);
    expect(faultsIn({ ...pass, Arguments: {}, Items: [], QueryLanguage: "JSONata" })).toEqual(both);
  });

  test.each<[Definition, string]>([
    [{}, "These fields are required: [Type] at "],
    [
      { Type: "Pas", End: true },
      "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /Type",
    ],
    [{ Type: 5 }, "Expected value of type [STRING] at /Type"],
    [{ Type: "Pass" }, "This object should have only one of the following fields: [Next, End] at "],
    [{ Type: "Pass", End: true, Next: "A" }, "There should only be one of the following fields: [Next, End] at "],
    [{ Type: "Pass", End: false }, "This object should have only one of the following fields: [Next, End] at "],
    [{ Type: "Pass", End: "yes" }, "Expected value of type [BOOLEAN] at /End"],
    [{ ...pass, InputPath: "x" }, "Value must be a valid JSONPath. at /InputPath"],
    [{ ...pass, InputPath: 5 }, "Expected value of type [STRING] at /InputPath"],
    [{ ...pass, ResultPath: "$.a[*]" }, "Value is not a Reference Path at /ResultPath"],
    [{ ...pass, ResultPath: "$$.a" }, "Value is not a Reference Path at /ResultPath"],
    [
      { ...pass, Parameters: { "a.$": "b" } },
      "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /Parameters",
    ],
    [
      { ...pass, Parameters: { x: [{ "a.$": 5 }] } },
      "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /Parameters/x[0]",
    ],
    [
      { ...pass, Parameters: { "a.$": "States.Nope()" } },
      "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /Parameters",
    ],
    [{ Type: "Task", End: true }, "These fields are required: [Resource] at "],
    [{ ...sound["Task"], Resource: 5 }, "Expected value of type [STRING] at /Resource"],
    [{ ...sound["Task"], TimeoutSeconds: 0 }, "Minimum value is 1 at /TimeoutSeconds"],
    [
      { ...sound["Task"], TimeoutSeconds: 5, TimeoutSecondsPath: "$.t" },
      "There should only be one of the following fields: [TimeoutSeconds, TimeoutSecondsPath] at ",
    ],
    [
      { ...sound["Task"], TimeoutSeconds: 5, HeartbeatSeconds: 5 },
      "HeartbeatSeconds must be smaller than TimeoutSeconds at /HeartbeatSeconds",
    ],
    [{ ...sound["Task"], Credentials: {} }, "The field 'RoleArn' is required but was missing at /Credentials"],
    [{ ...sound["Task"], Retry: {} }, "Expected value of type [ARRAY] at /Retry"],
    [{ Type: "Choice" }, "These fields are required: [Choices] at "],
    [{ Type: "Choice", Choices: [] }, "Value cannot be empty at /Choices"],
    [{ ...sound["Choice"], End: true }, "Field 'End' is not supported at "],
    [
      { Type: "Wait", End: true },
      "This object should have only one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp] at ",
    ],
    [{ Type: "Wait", Seconds: 1.5, End: true }, "Expected value of type Integer at /Seconds"],
    [{ Type: "Wait", Seconds: 100_000_000, End: true }, "Maximum value is 99999999 at /Seconds"],
    [
      { Type: "Wait", Timestamp: "2016-13-05T21:29:29Z", End: true },
      "String does not match RFC3339 timestamp at /Timestamp",
    ],
    [{ Type: "Wait", SecondsPath: "x", End: true }, "Value must be a valid JSONPath. at /SecondsPath"],
    [{ Type: "Succeed", End: true }, "Field 'End' is not supported at "],
    [{ Type: "Fail", Error: 5 }, "Expected value of type [STRING] at /Error"],
    [
      { Type: "Fail", Error: "E", ErrorPath: "$.e" },
      "There should only be one of the following fields: [Error, ErrorPath] at ",
    ],
    [
      { Type: "Fail", Cause: "C", CausePath: "$.c" },
      "There should only be one of the following fields: [Cause, CausePath] at ",
    ],
    [
      { Type: "Fail", CausePath: "no" },
      "The value for the field 'CausePath' must be a valid JSONPath or a valid intrinsic function call at /CausePath",
    ],
    [{ Type: "Parallel", End: true }, "These fields are required: [Branches] at "],
    [{ Type: "Parallel", Branches: [], End: true }, "Value cannot be empty at /Branches"],
    [{ Type: "Parallel", Branches: [1], End: true }, "Expected value of type [OBJECT] at /Branches[0]"],
    [{ Type: "Parallel", Branches: [{}], End: true }, "These fields are required: [States, StartAt] at /Branches[0]"],
    [
      { Type: "Parallel", Branches: [{ ...inner(), TimeoutSeconds: 5 }], End: true },
      "Field 'TimeoutSeconds' is not supported at /Branches[0]",
    ],
    [
      { Type: "Map", End: true },
      "This object should have only one of the following fields: [ItemProcessor, Iterator] at ",
    ],
    [
      { Type: "Map", ItemProcessor: inner(), Iterator: inner("J"), End: true },
      "There should only be one of the following fields: [ItemProcessor, Iterator] at ",
    ],
    [{ ...sound["Map"], MaxConcurrency: -1 }, "Minimum value is 0 at /MaxConcurrency"],
    [{ ...sound["Map"], ItemsPath: null }, "Expected value of type [STRING] at /ItemsPath"],
    [
      { ...sound["Map"], ItemSelector: {}, Parameters: {} },
      "There should only be one of the following fields: [ItemSelector, Parameters] at ",
    ],
    [{ ...sound["Map"], ToleratedFailurePercentage: 101 }, "Maximum value is 100 at /ToleratedFailurePercentage"],
    [
      { ...sound["Map"], ItemProcessor: { ...inner(), ProcessorConfig: { Mode: "BOTH" } } },
      "Value should be one of the following: [INLINE, DISTRIBUTED] at /ItemProcessor/ProcessorConfig/Mode",
    ],
    [
      { ...sound["Map"], ItemProcessor: { ...inner(), ProcessorConfig: { Foo: 1 } } },
      "Field 'Foo' is not supported at /ItemProcessor/ProcessorConfig",
    ],
  ])("%j is refused: %s", (state, fault) => {
    expect(faultsIn(state, { B: pass })).toContain(fault);
  });
});

describe("what the engine gets", () => {
  test("an absent optional field is absent, and a path that is just $ too", () => {
    expect(stateOf({ ...pass, InputPath: "$", OutputPath: "$", ResultPath: "$" })).toEqual({
      Type: "Pass",
      Name: "A",
      QueryLanguage: "JSONPath",
    });
  });

  test("null is kept where the language gives it a meaning", () => {
    const nulls = { InputPath: null, OutputPath: null, ResultPath: null, Result: null };
    expect(stateOf({ ...pass, ...nulls })).toEqual({
      Type: "Pass",
      Name: "A",
      QueryLanguage: "JSONPath",
      ...nulls,
    });
  });

  test("numbers and their paths", () => {
    const task = stateOf({ ...sound["Task"], TimeoutSeconds: 9, HeartbeatSecondsPath: "$.h" });
    expect(task).toMatchObject({
      TimeoutSeconds: { kind: "value", value: 9 },
      HeartbeatSeconds: { kind: "path", path: { source: "$.h" } },
    });
  });

  test.each<[Definition, unknown]>([
    [{ Seconds: 5 }, { kind: "Seconds", seconds: 5 }],
    [{ Timestamp: "1970-01-01T00:00:01Z" }, { kind: "Timestamp", instant: 1000 }],
    [{ SecondsPath: "$.s" }, { kind: "SecondsPath", path: { source: "$.s" } }],
    [{ TimestampPath: "$v" }, { kind: "TimestampPath", path: { source: "$v" } }],
  ])("a Wait of %j", (fields, until) => {
    expect(stateOf({ Type: "Wait", ...fields, End: true })).toMatchObject({ until });
  });

  test("a template without paths is a literal, shared as it was written", () => {
    const Parameters = { a: [1, { b: "$.x" }], "c.d": null };
    expect(stateOf({ ...pass, Parameters })).toMatchObject({ Parameters: { kind: "literal", value: Parameters } });
  });

  test("an inline Map's processor, under either name", () => {
    const config = { ProcessorConfig: { Mode: "INLINE" } };
    for (const field of ["ItemProcessor", "Iterator"]) {
      const map = stateOf({ Type: "Map", [field]: { ...inner(), ...config, Comment: "c" }, End: true });
      expect(map).toMatchObject({ ItemProcessor: { StartAt: "I" } });
    }
  });
});

describe("a resource", () => {
  const resourceOf = (Resource: string): unknown =>
    (stateOf({ ...sound["Task"], Resource }) as { Resource: unknown }).Resource;
  const service = (resourceType: string, resource: string, action: string, pattern: string): unknown =>
    expect.objectContaining({ kind: "service", resourceType, resource, action, pattern });

  test.each<[string, unknown]>([
    [LAMBDA, { kind: "lambda", arn: LAMBDA }],
    [`${LAMBDA}:$LATEST`, { kind: "lambda", arn: `${LAMBDA}:$LATEST` }],
    ["arn:aws:states:us-east-1:123456789012:activity:a", expect.objectContaining({ kind: "activity" })],
    ["arn:aws:states:::lambda:invoke", service("lambda", "invoke", "invoke", "request")],
    [
      "arn:aws:states:::lambda:invoke.waitForTaskToken",
      service("lambda", "invoke.waitForTaskToken", "invoke", "waitForTaskToken"),
    ],
    ["arn:aws:states:::states:startExecution.sync", service("states", "startExecution.sync", "startExecution", "sync")],
    [
      "arn:aws:states:::states:startExecution.sync:2",
      service("states", "startExecution.sync:2", "startExecution", "sync:2"),
    ],
    ["arn:aws:states:::aws-sdk:s3:listBuckets", service("aws-sdk:s3", "listBuckets", "listBuckets", "request")],
    ["arn:aws-us-gov:states:::sqs:sendMessage", service("sqs", "sendMessage", "sendMessage", "request")],
    ["arn:aws:states:::http:invoke", service("http", "invoke", "invoke", "request")],
    ["arn:cloudflare:states:::kv:put", service("kv", "put", "put", "request")],
    ["arn:cloudflare:states:::workflow:create.sync", service("workflow", "create.sync", "create", "sync")],
    [
      "arn:cloudflare:states:::worker:call.waitForTaskToken",
      service("worker", "call.waitForTaskToken", "call", "waitForTaskToken"),
    ],
  ])("%s", (arn, resource) => expect(resourceOf(arn)).toEqual(resource));

  test.each([
    ["arn:aws:states:::dynamodb:query"],
    ["arn:aws:states:::nope:invoke"],
    ["arn:aws:states:::lambda:invoke.sync:3"],
    ["arn:aws:states:::constructor:toString"],
    ["arn:aws:states:::__proto__:constructor"],
    ["arn:aws:states:::kv:get"],
    ["arn:cloudflare:states:::sqs:sendMessage"],
    ["arn:cloudflare:states:::aws-sdk:s3:getObject"],
    ["arn:cloudflare:states:::kv:put.waitForTaskToken"],
    ["arn:cloudflare:states:::worker:call.sync"],
    ["arn:cloudflare:states:::constructor:toString"],
    ["arn:aws:lambda:us-east-1:123456789012:function:"],
    ["arn:aws:lambda:us-east-1:123456789012:layer:f"],
  ])("%j is not recognized", (Resource) => {
    expect(faultsIn({ ...sound["Task"], Resource })).toEqual([
      `The resource provided ${Resource} is not recognized. The value is not a valid resource ARN, ` +
        "or the resource is not available in this region. at /Resource",
    ]);
  });

  test.each([["https://example.com"], [""], ["lambda:invoke"]])("%j is no ARN", (Resource) => {
    expect(faultsIn({ ...sound["Task"], Resource })).toEqual(["Value is not a valid resource ARN at /Resource"]);
  });
});

describe("transitions", () => {
  const to = (Next: string): Definition => ({ Type: "Pass", Next });
  const unreachable = (name: string): string => `State "${name}" is not reachable. at /States/${name}`;
  test.each<[string, Definition, readonly string[]]>([
    ["a Next to nowhere", { A: to("B"), C: pass }, ["Missing 'Next' target: B at /States/A/Next", unreachable("C")]],
    [
      "a rule and a Default to nowhere",
      { A: { Type: "Choice", Choices: [{ Variable: "$.x", IsNull: true, Next: "B" }], Default: "C" }, D: pass },
      [
        "Missing 'Next' target: B at /States/A/Choices[0]/Next",
        "Missing 'Next' target: C at /States/A/Default",
        unreachable("D"),
      ],
    ],
    [
      "a Catcher to nowhere",
      { A: { ...sound["Task"], Catch: [{ ErrorEquals: ["E"], Next: "B" }] } },
      ["Missing 'Next' target: B at /States/A/Catch[0]/Next"],
    ],
    ["a state nobody leads to", { A: pass, B: pass }, ['State "B" is not reachable. at /States/B']],
    ["states that lead only to each other", { A: pass, B: to("C"), C: to("B") }, [unreachable("B"), unreachable("C")]],
    [
      "a Next out of a branch",
      { A: { Type: "Parallel", Branches: [states({ I: to("B") })], Next: "B" }, B: pass },
      ["Missing 'Next' target: B at /States/A/Branches[0]/States/I/Next"],
    ],
    [
      "a Next into a processor",
      { A: { Type: "Map", ItemProcessor: inner(), Next: "I" }, B: pass },
      ["Missing 'Next' target: I at /States/A/Next", unreachable("B")],
    ],
    [
      "an unreachable state in a processor",
      { A: { Type: "Map", ItemProcessor: states({ I: pass, J: pass }), End: true } },
      ['State "J" is not reachable. at /States/A/ItemProcessor/States/J'],
    ],
  ])("%s", (_, all, expected) => {
    const errors = parse(states(all)).diagnostics.filter((x) => x.severity === "ERROR");
    expect(faults(states(all))).toEqual(expected);
    expect(errors.map((x) => x.code)).toEqual(expected.map(() => "MISSING_TRANSITION_TARGET"));
  });

  test("a machine without an end is refused for that, and nothing is said of what it does not reach", () => {
    const { diagnostics } = parse(states({ A: to("B"), B: to("A"), C: to("A") }));
    expect(diagnostics.filter((x) => x.severity === "ERROR")).toEqual([
      { severity: "ERROR", code: "MISSING_END_STATE", message: "Workflow has no terminal state" },
    ]);
    expect(faults(states({ A: to("B") }))).toEqual([
      "Missing 'Next' target: B at /States/A/Next",
      "Workflow has no terminal state",
    ]);
  });

  test("a branch or a processor needs no end of its own", () => {
    const endless = states({ I: to("J"), J: to("I") });
    expect(faults(states({ M: { Type: "Map", ItemProcessor: endless, End: true } }))).toEqual([]);
  });

  test("a Catcher and a Default are ways to reach a state, and a loop is allowed", () => {
    const choice = { ...sound["Choice"], Choices: [{ Variable: "$.x", IsNull: true, Next: "A" }], Default: "B" };
    const task = { ...sound["Task"], End: undefined, Next: "A", Catch: [{ ErrorEquals: ["E"], Next: "C" }] };
    expect(faults(states({ A: choice, B: task, C: pass }))).toEqual([]);
  });

  test("a name is used once in the whole machine, branches included", () => {
    const definition = states({ A: { Type: "Parallel", Branches: [inner("X"), inner("X")], Next: "X" }, X: pass });
    const { diagnostics } = parse(definition);
    expect(faults(definition)).toEqual([
      "Duplicate State name: X at /States/A/Branches[1]/States/X",
      "Duplicate State name: X at /States/X",
    ]);
    expect(diagnostics[0]?.code).toBe("DUPLICATE_STATE_NAME");
  });
});

describe("variables", () => {
  const assign = (Assign: unknown): readonly string[] => faultsIn({ ...pass, Assign });
  const long = "x".repeat(81);

  test.each<[unknown, string]>([
    [{ "a-b": 1 }, "Invalid variable name 'a-b': the variable name contains invalid characters. at /Assign/a-b"],
    [{ "1a": 1 }, "Invalid variable name '1a': the variable name contains invalid characters. at /Assign/1a"],
    [{ "": 1 }, "Invalid variable name '': the variable name contains invalid characters. at /Assign/"],
    [
      { [long]: 1 },
      `Invalid variable name '${long}': the variable name has more than 80 characters. at /Assign/${long}`,
    ],
    [{ "a-b.$": "$.x" }, "Invalid variable name 'a-b': the variable name contains invalid characters. at /Assign/a-b"],
    [{ states: 1 }, "Cannot assign to reserved variable '$states'. at /Assign/states"],
    [[], "Expected value of type [OBJECT] at /Assign"],
  ])("%j is refused", (Assign, fault) => expect(assign(Assign)).toEqual([fault]));

  test.each([[{}], [{ a: 1, _b: 2, "ñandú9.$": "$.x" }], [{ ["x".repeat(80)]: 1 }]])("%j is accepted", (Assign) =>
    expect(assign(Assign)).toEqual([]),
  );

  describe("of an outer scope may not be assigned within", () => {
    const outer = { Type: "Pass", Assign: { v: 1 }, Next: "P" };
    const assigning: Definition = { ...pass, Assign: { v: 2 } };
    const caught = { ...sound["Task"], Catch: [{ ErrorEquals: ["E"], Next: "X", Assign: { v: 2 } }] };
    const chosen = { Type: "Choice", Choices: [{ Variable: "$.x", IsNull: true, Next: "X", Assign: { v: 2 } }] };
    test.each<[string, Definition, string]>([
      [
        "a branch",
        { Type: "Parallel", Branches: [inner(), states({ J: assigning })], End: true },
        "Branches[1]/States/J/Assign",
      ],
      [
        "a processor",
        { Type: "Map", ItemProcessor: states({ J: assigning }), End: true },
        "ItemProcessor/States/J/Assign",
      ],
      [
        "a Catcher in a branch",
        { Type: "Parallel", Branches: [states({ J: caught, X: pass })], End: true },
        "Branches[0]/States/J/Catch[0]/Assign",
      ],
      [
        "a rule in a branch",
        { Type: "Parallel", Branches: [states({ J: chosen, X: pass })], End: true },
        "Branches[0]/States/J/Choices[0]/Assign",
      ],
      [
        "a branch of a processor",
        {
          Type: "Map",
          ItemProcessor: states({ K: { Type: "Parallel", Branches: [states({ J: assigning })], End: true } }),
          End: true,
        },
        "ItemProcessor/States/K/Branches[0]/States/J/Assign",
      ],
    ])("%s", (_, container, at) => {
      expect(faults(states({ A: outer, P: container }))).toEqual([
        `The variable name 'v' was already defined in a parent scope. at /States/P/${at}/v`,
      ]);
    });

    test("even if the outer state comes later, or is the container itself", () => {
      const branch = { Type: "Parallel", Branches: [states({ J: assigning })], Assign: { v: 1 }, End: true };
      expect(faults(states({ P: branch }))).toHaveLength(1);
    });

    test("but siblings may each have one of that name", () => {
      const branches = [states({ J: assigning }), states({ K: assigning })];
      expect(faults(states({ P: { Type: "Parallel", Branches: branches, End: true } }))).toEqual([]);
    });
  });
});

describe("an Express machine", () => {
  const task = (Resource: string): Definition => states({ A: { ...sound["Task"], Resource } });
  test.each<[string, string]>([
    ["arn:aws:states:us-east-1:123456789012:activity:a", "Express state machine does not support Activity ARN"],
    [
      "arn:aws:states:::sns:publish.waitForTaskToken",
      "Express state machine does not support '.waitForTaskToken' service integration ",
    ],
    [
      "arn:aws:states:::states:startExecution.sync",
      "Express state machine does not support '.sync' service integration",
    ],
    [
      "arn:aws:states:::states:startExecution.sync:2",
      "Express state machine does not support '.sync' service integration",
    ],
    [
      "arn:cloudflare:states:::workflow:create.sync",
      "Express state machine does not support '.sync' service integration",
    ],
  ])("does not wait: %s", (resource, message) => {
    expect(faults(task(resource), "EXPRESS")).toEqual([`${message} at /States/A/Resource`]);
    expect(faults(task(resource), "STANDARD")).toEqual([]);
    const nested = states({ M: { Type: "Map", ItemProcessor: task(resource), End: true } });
    expect(faults(nested, "EXPRESS")).toEqual([`${message} at /States/M/ItemProcessor/States/A/Resource`]);
  });

  test.each([[LAMBDA], ["arn:aws:states:::lambda:invoke"], ["arn:aws:states:::aws-sdk:s3:listBuckets"]])(
    "may call %s",
    (resource) => expect(faults(task(resource), "EXPRESS")).toEqual([]),
  );
});

describe("names that every object has", () => {
  test.each([["__proto__"], ["constructor"], ["toString"], ["hasOwnProperty"]])(
    "%s is a state's name like any other",
    (name) => {
      const text = `{"StartAt": "${name}", "States": {"${name}": {"Type": "Pass", "End": true}}}`;
      const parsed = parseDefinition(text);
      expect(faultsOf(parsed)).toEqual([]);
      expect([...(parsed.machine?.States.keys() ?? [])]).toEqual([name]);
    },
  );

  test.each([["__proto__"], ["constructor"]])("%s is no state unless there is one", (name) => {
    expect(faults({ ...machine, StartAt: name })[0]).toBe(`Missing 'Next' target: ${name} at /StartAt`);
  });

  test("__proto__ in Parameters is a member, and no field of the state", () => {
    const text = JSON.stringify(machine).replace('"End"', '"Parameters": {"__proto__": {"a.$": "$.x"}}, "End"');
    const state = parseDefinition(text).machine?.States.get("A");
    expect(state).toMatchObject({ Parameters: { kind: "object", members: [{ key: "__proto__" }] } });
    const asField = JSON.stringify(machine).replace('"End"', '"__proto__": {"Next": "A"}, "End"');
    expect(faultsOf(parseDefinition(asField))).toEqual(["Field '__proto__' is not supported at /States/A"]);
  });
});

describe("whatever the text is, the answer is a machine or at least one ERROR", () => {
  function expectAnswer(text: string): void {
    for (const type of ["STANDARD", "EXPRESS"] as const) {
      const { machine: found, diagnostics } = validateDefinition(text, type);
      const errors = diagnostics.filter((x) => x.severity === "ERROR");
      expect(found === undefined).toBe(errors.length > 0);
    }
  }
  const rich = JSON.stringify(
    states({
      A: {
        ...sound["Task"],
        End: undefined,
        Next: "B",
        Retry: [{ ErrorEquals: ["E"] }],
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "C" }],
      },
      B: {
        Type: "Choice",
        Choices: [
          { And: [{ Variable: "$.x", IsNull: true }, { Not: { Variable: "$v", NumericEquals: 1 } }], Next: "C" },
        ],
        Default: "D",
      },
      C: {
        Type: "Map",
        ItemProcessor: inner(),
        MaxConcurrencyPath: "$.c",
        ItemSelector: { "a.$": "States.Format('{}', $.x)" },
        Next: "D",
      },
      D: {
        Type: "Parallel",
        Branches: [inner("J"), states({ W: sound["Wait"] })],
        Assign: { v: [1, { "x.$": "$" }] },
        Next: "F",
      },
      F: { Type: "Fail", ErrorPath: "$.e" },
    }),
  );
  test("the text that is about to be spoiled is sound", () => expect(faultsOf(parseDefinition(rich))).toEqual([]));

  test("any text", () => fc.assert(fc.property(fc.string({ maxLength: 200 }), expectAnswer)));
  test("any JSON", () => fc.assert(fc.property(fc.json(), expectAnswer)));

  test("any JSON in any place of a definition", () => {
    const paths: (readonly (string | number)[])[] = [];
    const visit = (value: unknown, path: readonly (string | number)[]): void => {
      paths.push(path);
      if (typeof value !== "object" || value === null) return;
      for (const [key, child] of Object.entries(value)) visit(child, [...path, key]);
    };
    visit(JSON.parse(rich), []);
    const put = (value: unknown, path: readonly (string | number)[], inserted: unknown): unknown => {
      const [key, ...rest] = path;
      if (key === undefined) return inserted;
      const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
        string,
        unknown
      >;
      copy[key] = put(copy[key], rest, inserted);
      return copy;
    };
    const anything = fc.oneof(fc.jsonValue(), fc.constantFrom("$", "$.a", "A", "C", {}, [], null, true, -1));
    fc.assert(
      fc.property(fc.constantFrom(...paths), anything, (path, value) =>
        expectAnswer(JSON.stringify(put(JSON.parse(rich), path, value)) ?? ""),
      ),
      { numRuns: 1000 },
    );
  });

  test("any change of a few characters", () => {
    const change = fc.record({
      at: fc.nat({ max: rich.length }),
      remove: fc.nat({ max: 8 }),
      insert: fc.oneof(
        fc.string({ maxLength: 4 }),
        fc.constantFrom('"', "{", "}", "[", "]", ",", ":", "\\", "null", ".$", "\ud800"),
      ),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        let text = rich;
        for (const { at, remove, insert } of changes) text = text.slice(0, at) + insert + text.slice(at + remove);
        expectAnswer(text);
      }),
      { numRuns: 2000 },
    );
  });
});

test("the same definition parses to the same machine", () => {
  expect(machineOf(machine)).toEqual(machineOf(machine));
});
