import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { importDefinition, type ImportedDefinition } from "../../src/asl/import/import-definition.ts";
import type { StateMachineType } from "../../src/asl/validate.ts";

const PLACE = { region: "eu-central-1", accountId: "111122223333" };
const FUNCTION = "arn:aws:lambda:eu-central-1:111122223333:function:";

const importOf = (text: string, type: StateMachineType = "STANDARD"): ImportedDefinition => {
  const result = importDefinition(text, type, PLACE);
  if ("fault" in result) throw new Error(result.fault.message);
  return result;
};

interface Seen {
  readonly definition: unknown;
  readonly changes: readonly string[];
  readonly errors: readonly string[];
}

const seen = (given: unknown): Seen => {
  const { definition, changes, diagnostics } = importOf(typeof given === "string" ? given : JSON.stringify(given));
  return {
    definition: definition === undefined ? undefined : JSON.parse(definition),
    changes: changes.map(({ code, location }) => `${code} ${location}`),
    errors: diagnostics.filter(({ severity }) => severity === "ERROR").map(({ message }) => message),
  };
};

const faultOf = (text: string): string => {
  const result = importDefinition(text, "STANDARD", PLACE);
  if (!("fault" in result)) throw new Error("it was read");
  return result.fault.message;
};

const PASS = { Type: "Pass", End: true };
const STAND_IN = { Type: "Pass", Comment: "Stands for what the imported text leaves out", End: true };
const VALID = { StartAt: "A", States: { A: PASS } };

describe("what may be created as it stands", () => {
  test("is not touched, not even its white space", () => {
    const text = `  ${JSON.stringify(VALID, undefined, 7)}\n`;
    expect(importOf(text)).toMatchObject({ definition: text, changes: [] });
  });
});

describe("the text around a definition", () => {
  const json = JSON.stringify(VALID);
  test.each([
    ["a comment before it", `// A pattern\n${json}`],
    [
      "comments and trailing commas in it",
      `{"StartAt": "A", /* here */ "States": {"A": {"Type": "Pass", "End": true,},},}`,
    ],
    ["single quotes", json.replaceAll('"', "'")],
    ["typographic quotes", json.replaceAll('"', "\u201d")],
    ["a code block", `Here it is:\n\n\`\`\`json\n${json}\n\`\`\`\nThat was it.`],
    ["a sentence on both sides", `Try this: ${json} - and see.`],
    ["no outer braces", json.slice(1, -1)],
  ])("%s is read over, and said", (_, text) => {
    expect(seen(text)).toEqual({ definition: VALID, changes: ["TEXT_TIDIED /"], errors: [] });
  });

  test.each([
    ["", "Unexpected end-of-input"],
    ["hello", "Unrecognized token 'hello'"],
    ["{{{", "Unexpected character ('{'"],
    ["[1, 2", "Unexpected end-of-input"],
    ["[]", "The text holds no object that could be a definition"],
    ["7", "The text holds no object that could be a definition"],
    ["[".repeat(300) + "]".repeat(300), "The text nests deeper than 200 levels"],
    [`// deep\n${'{"a":'.repeat(300)}1${"}".repeat(300)}`, "The text nests deeper than 200 levels"],
  ])("%j cannot be read: %s", (text, message) => {
    expect(faultOf(text)).toContain(message);
  });

  test("a template's or an answer's definition is taken out", () => {
    const inTemplate = {
      Resources: {
        Table: { Type: "AWS::DynamoDB::Table" },
        Flow: { Type: "AWS::StepFunctions::StateMachine", Properties: { DefinitionString: json } },
      },
    };
    expect(seen(inTemplate)).toEqual({
      definition: VALID,
      changes: ["DEFINITION_UNWRAPPED /", "DEFINITION_UNWRAPPED /", "DEFINITION_UNWRAPPED /"],
      errors: [],
    });
    expect(seen({ name: "flow", definition: json }).definition).toEqual(VALID);
    expect(seen({ Type: "AWS::Serverless::StateMachine", Properties: { Definition: VALID } }).definition).toEqual(
      VALID,
    );
    expect(faultOf(JSON.stringify({ definition: "no definition" }))).toBe(
      "The text holds no object that could be a definition",
    );
    expect(faultOf(JSON.stringify({ definition: "[1]" }))).toBe("The text holds no object that could be a definition");
    expect(faultOf(JSON.stringify({ definition: { definition: "[1]" } }))).toBe(
      "The text holds no object that could be a definition",
    );
    expect(seen({ Resources: { Table: { Type: "AWS::DynamoDB::Table" }, Other: 1 } }).errors).not.toEqual([]);
    expect(seen({ Resources: { Other: 1 }, A: PASS }).errors).not.toEqual([]);
  });
});

describe("a fragment", () => {
  test("of states gets a machine, a start, and what its transitions lead to", () => {
    const fragment = {
      Pay: { Type: "Pass", Next: "Confirm" },
      Choose: {
        Type: "Choice",
        Choices: [{ Variable: "$.x", NumericGreaterThan: 1, Next: "High" }],
        Default: "Pay",
      },
    };
    expect(seen(fragment)).toEqual({
      definition: { States: { ...fragment, Confirm: STAND_IN, High: STAND_IN }, StartAt: "Choose" },
      changes: ["STATES_WRAPPED /", "START_ADDED /", "STATE_ADDED /States/Confirm", "STATE_ADDED /States/High"],
      errors: [],
    });
  });

  test("keeps what stands beside the states", () => {
    expect(seen({ Comment: "c", A: PASS })).toMatchObject({
      definition: { Comment: "c", States: { A: PASS }, StartAt: "A" },
      errors: [],
    });
  });

  test("of one state gets a name", () => {
    expect(seen({ Type: "Pass" })).toEqual({
      definition: { StartAt: "State", States: { State: PASS } },
      changes: ["STATES_WRAPPED /", "START_ADDED /", "TRANSITION_ADDED /States/State"],
      errors: [],
    });
    expect(seen({ Resource: "pay" }).definition).toMatchObject({ States: { State: { Type: "Task" } } });
  });

  test("whose states lead in a circle starts with the first", () => {
    const circle = { A: { Type: "Pass", Next: "B" }, B: { Type: "Choice", Choices: [], Default: "A" } };
    expect(seen(circle).definition).toMatchObject({ StartAt: "A" });
  });

  test("that says nothing of states stays wrong", () => {
    for (const none of [{ Comment: "x" }, { States: 1 }, { States: [] }, {}])
      expect(faultOf(JSON.stringify(none))).toBe("The text holds no object that could be a definition");
    expect(seen({ States: {} }).errors).not.toEqual([]);
    expect(seen({ States: { A: 1 } }).errors).not.toEqual([]);
  });
});

describe("a machine", () => {
  test("whose states say nothing of where they lead goes through them in order", () => {
    expect(seen({ StartAt: "A", States: { A: { Type: "Pass" }, B: { Type: "Wait", Seconds: 1 }, C: PASS } })).toEqual({
      definition: {
        StartAt: "A",
        States: { A: { Type: "Pass", Next: "B" }, B: { Type: "Wait", Seconds: 1, Next: "C" }, C: PASS },
      },
      changes: ["TRANSITION_ADDED /States/A", "TRANSITION_ADDED /States/B"],
      errors: [],
    });
  });

  test("goes on where it has both Next and End, and ends where End is false", () => {
    expect(
      seen({ StartAt: "A", States: { A: { Type: "Pass", Next: "B", End: true }, B: { Type: "Pass", End: false } } }),
    ).toEqual({
      definition: { StartAt: "A", States: { A: { Type: "Pass", Next: "B" }, B: PASS } },
      changes: ["TRANSITION_REMOVED /States/A", "TRANSITION_ADDED /States/B"],
      errors: [],
    });
  });

  test("gets its start, and loses what nothing leads to", () => {
    expect(seen({ StartAt: "Z", States: { A: PASS } })).toEqual({
      definition: { StartAt: "Z", States: { Z: STAND_IN } },
      changes: ["STATE_ADDED /States/Z", "STATE_REMOVED /States/A"],
      errors: [],
    });
  });

  test("whose states have no type, or one in other letters", () => {
    const states = {
      Task: { Resource: "pay", Catch: { ErrorEquals: ["States.ALL"], Next: "Fail" } },
      Choice: { Choices: { Variable: "$.x", IsPresent: true, Next: "Wait" }, Default: "Wait" },
      Wait: { Seconds: 1, Next: "Parallel" },
      Parallel: { Branches: { A: PASS }, Next: "Map" },
      Map: { ItemProcessor: { B: PASS }, Next: "Pass" },
      Pass: { Type: "pass" },
      Fail: { Cause: "x" },
    };
    const { definition, errors } = seen({ StartAt: "Task", States: { ...states } });
    expect(errors).toEqual([]);
    expect(definition).toMatchObject({
      States: Object.fromEntries(Object.keys(states).map((type) => [type, { Type: type }])),
    });
    expect(seen({ StartAt: "A", States: { A: { Comment: "what am I?", End: true } } }).errors).not.toEqual([]);
    expect(seen({ StartAt: "A", States: { A: { Type: "Lambda", End: true } } }).errors).not.toEqual([]);
  });

  test("whose containers are empty gets machines that pass on", () => {
    const { definition, changes, errors } = seen({
      StartAt: "P",
      States: {
        P: { Type: "Parallel", Next: "Q" },
        Q: { Type: "Parallel", Branches: [], Next: "M" },
        M: { Type: "Map", End: true },
      },
    });
    expect(errors).toEqual([]);
    expect(changes).toEqual(["BRANCH_ADDED /States/P", "BRANCH_ADDED /States/Q", "BRANCH_ADDED /States/M"]);
    const machine = (name: string): object => ({ StartAt: name, States: { [name]: STAND_IN } });
    expect(definition).toMatchObject({
      States: {
        P: { Branches: [machine("Within P")] },
        Q: { Branches: [machine("Within Q")] },
        M: { ItemProcessor: machine("Within M") },
      },
    });
  });

  test("whose containers hold something else stays wrong", () => {
    for (const container of [
      { Type: "Parallel", Branches: [1], End: true },
      { Type: "Parallel", Branches: "none", End: true },
      { Type: "Map", Iterator: [], End: true },
    ])
      expect(seen({ StartAt: "A", States: { A: container } }).errors).not.toEqual([]);
  });

  test("nested ones are mended as well, and the place is told", () => {
    const inner = { Work: { Type: "Pass", Next: "Done" } };
    expect(
      seen({ StartAt: "M", States: { M: { Type: "Map", Iterator: { States: inner }, End: true } } }).changes,
    ).toEqual(["START_ADDED /States/M/Iterator", "STATE_ADDED /States/M/Iterator/States/Done"]);
    expect(
      seen({ StartAt: "P", States: { P: { Type: "Parallel", Branches: [{ A: PASS }, VALID], End: true } } }).changes,
    ).toEqual(["STATES_WRAPPED /States/P/Branches[0]", "START_ADDED /States/P/Branches[0]"]);
  });
});

describe("fields that the language does not know", () => {
  test("are removed, wherever they are", () => {
    const { definition, changes, errors } = seen({
      StartAt: "a/b[0]",
      S: 1,
      States: {
        "a/b[0]": { Type: "Pass", Foo: 1, Next: "P" },
        P: {
          Type: "Parallel",
          Branches: [VALID, { StartAt: "S", States: { S: { Type: "Succeed", End: true } } }],
          Next: "a",
        },
        a: { Type: "Succeed", Next: "a/b[0]" },
      },
    });
    expect(errors).toEqual([]);
    expect(changes).toEqual([
      "FIELD_REMOVED /States/a~b[0]".replace("~", "/"),
      "FIELD_REMOVED /States/P/Branches[1]/States/S",
      "FIELD_REMOVED /States/a",
      "FIELD_REMOVED /",
    ]);
    expect(definition).toMatchObject({ StartAt: "a/b[0]", States: { "a/b[0]": { Type: "Pass", Next: "P" } } });
  });
});

describe("placeholders", () => {
  test("become the region, the account and functions' ARNs", () => {
    const { definition, errors } = seen({
      A: { Type: "Task", Resource: "arn:aws:lambda:REGION:ACCOUNT:function:pay", Next: "B" },
      B: { Type: "Task", Resource: "${PayFunction.Arn}", Next: "C" },
      C: { Type: "Task", Resource: "process-order", Next: "D" },
      D: {
        Type: "Task",
        Resource: "arn:${AWS::Partition}:states:::sqs:sendMessage",
        Parameters: {
          QueueUrl: "https://sqs.${AWS::Region}.amazonaws.com/${AWS::AccountId}/queue",
          MessageBody: ["arn:aws:sns:<region>:<account-id>:topic", "arn:aws:s3:::bucket", "arn:x", 7, null],
        },
      },
    });
    expect(errors).toEqual([]);
    expect(definition).toMatchObject({
      States: {
        A: { Resource: `${FUNCTION}pay` },
        B: { Resource: `${FUNCTION}PayFunction` },
        C: { Resource: `${FUNCTION}process-order` },
        D: {
          Resource: "arn:aws:states:::sqs:sendMessage",
          Parameters: {
            QueueUrl: "https://sqs.eu-central-1.amazonaws.com/111122223333/queue",
            MessageBody: ["arn:aws:sns:eu-central-1:111122223333:topic", "arn:aws:s3:::bucket", "arn:x", 7, null],
          },
        },
      },
    });
  });

  test("a Resource that is no name of anything stays wrong", () => {
    expect(seen({ A: { Type: "Task", Resource: "do something!" } }).errors).toEqual([
      "Value is not a valid resource ARN",
    ]);
    expect(seen({ A: { Type: "Task", Resource: 7 } }).errors).not.toEqual([]);
  });
});

describe("logging and tracing", () => {
  const LOGGING = {
    Level: "ALL",
    IncludeExecutionData: true,
    Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: "arn:aws:logs:REGION:ACCOUNT:log-group:/aws/states/*" } }],
  };
  const logging = (arn: string): object => ({
    level: "ALL",
    includeExecutionData: true,
    destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: arn } }],
  });

  test("by themselves are the configuration of a state machine, in the API's spelling", () => {
    const { definition, ...rest } = importOf(
      JSON.stringify({ TracingConfig: { Enabled: true }, LoggingConfig: LOGGING }),
    );
    expect(definition).toBeUndefined();
    expect(rest).toMatchObject({
      tracingConfiguration: { enabled: true },
      loggingConfiguration: logging("arn:aws:logs:eu-central-1:111122223333:log-group:/aws/states:*"),
      diagnostics: [],
    });
  });

  test("within the definition, a state or a template are taken out", () => {
    const whole = importOf(
      JSON.stringify({
        ...VALID,
        loggingConfiguration: logging("arn:aws:logs:eu-central-1:111122223333:log-group:/a:*"),
        States: { A: { ...PASS, TracingConfig: { Enabled: true } }, B: 1 },
      }),
    );
    expect(whole).toMatchObject({
      tracingConfiguration: { enabled: true },
      loggingConfiguration: logging("arn:aws:logs:eu-central-1:111122223333:log-group:/a:*"),
    });
    const template = importOf(
      JSON.stringify({
        Type: "AWS::Serverless::StateMachine",
        Properties: { Definition: VALID, Tracing: { Enabled: true }, Logging: LOGGING },
      }),
    );
    expect(template).toMatchObject({
      definition: JSON.stringify(VALID, undefined, 2),
      tracingConfiguration: { enabled: true },
    });
  });
});

test("whatever is pasted, an import answers, and what it answers it would leave as it is", () => {
  const word = fc.constantFrom(
    "A",
    "B",
    "States",
    "StartAt",
    "Type",
    "Next",
    "End",
    "Task",
    "Pass",
    "Map",
    "Catch",
    "__proto__",
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      word,
      fc.boolean(),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(word, tie("value"), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(word, value), (pasted) => {
      const result = importDefinition(JSON.stringify(pasted), "STANDARD", PLACE);
      if ("fault" in result || result.definition === undefined) return;
      const again = importOf(result.definition);
      expect(again.definition).toBe(result.definition);
    }),
    { numRuns: 2000 },
  );
});
