/** Executions in the middle of their lives, of every kind there is: what is stored of them must stay readable for ever. */
import { CALLBACK, LAMBDA, states, type Definition } from "../engine/words.ts";

export interface Story {
  readonly name: string;
  readonly definition: Definition;
  readonly input: unknown;
  /** How many things happen before it is frozen. */
  readonly steps: number;
}

const work = (fields: object): Definition => ({ Type: "Task", Resource: LAMBDA, ...fields });
const ask = (fields: object): Definition => ({
  Type: "Task",
  Resource: CALLBACK,
  Parameters: { FunctionName: "ask", Payload: { "token.$": "$$.Task.Token" } },
  ...fields,
});
const LONG = "x".repeat(17_000);
const MEDIUM = "x".repeat(2_500);
const END = { Type: "Pass", End: true };

export const STORIES: readonly Story[] = [
  {
    name: "a Wait",
    definition: states({ A: { Type: "Wait", Seconds: 60, Next: "B" }, B: END }),
    input: { a: 1.0 },
    steps: 0,
  },
  {
    name: "a Wait until a moment",
    definition: states({ A: { Type: "Wait", Timestamp: "2026-03-01T00:00:00Z", Next: "B" }, B: END }),
    input: {},
    steps: 0,
  },
  {
    name: "a Task under way",
    definition: states({ A: work({ Next: "B" }), B: END }),
    input: { text: "é\u{1f600}" },
    steps: 0,
  },
  {
    name: "a Task with a timeout and a heartbeat",
    definition: states({ A: work({ TimeoutSeconds: 600, HeartbeatSeconds: 300, Next: "B" }), B: END }),
    input: {},
    steps: 0,
  },
  {
    name: "a callback that is awaited",
    definition: states({ A: ask({ Next: "B" }), B: END }),
    input: { n: 1 },
    steps: 0,
  },
  {
    name: "a retry that waits",
    definition: states({
      A: work({
        Parameters: "broken",
        Retry: [{ ErrorEquals: ["Broken"], IntervalSeconds: 90, MaxAttempts: 2 }],
        End: true,
      }),
    }),
    input: {},
    steps: 1,
  },
  {
    name: "a caught failure",
    definition: states({
      A: work({
        Parameters: "broken",
        Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "B" }],
        End: true,
      }),
      B: { Type: "Wait", Seconds: 60, End: true },
    }),
    input: {},
    steps: 1,
  },
  {
    name: "a Parallel with one branch done",
    definition: states({
      P: {
        Type: "Parallel",
        Branches: [states({ L: work({ End: true }) }), states({ R: { Type: "Wait", Seconds: 120, End: true } })],
        Next: "B",
      },
      B: END,
    }),
    input: { both: true },
    steps: 1,
  },
  {
    name: "a Parallel inside a Parallel",
    definition: states({
      P: {
        Type: "Parallel",
        Branches: [
          states({
            Q: { Type: "Parallel", Branches: [states({ W: { Type: "Wait", Seconds: 60, End: true } })], End: true },
          }),
        ],
        End: true,
      },
    }),
    input: {},
    steps: 0,
  },
  {
    name: "an inline Map at work",
    definition: states({
      M: {
        Type: "Map",
        MaxConcurrency: 2,
        ItemProcessor: states({ I: work({ Next: "W" }), W: { Type: "Wait", Seconds: 30, End: true } }),
        End: true,
      },
    }),
    input: [1, 2, 3, 4, 5],
    steps: 2,
  },
  {
    name: "a Map with tolerated failures",
    definition: states({
      M: {
        Type: "Map",
        ItemsPath: "$.items",
        ToleratedFailurePercentage: 100,
        ItemProcessor: {
          ProcessorConfig: { Mode: "INLINE" },
          ...states({ I: { Type: "Wait", Seconds: 30, Next: "J" }, J: { Type: "Pass", End: true } }),
        },
        End: true,
      },
    }),
    input: { items: ["a", "b"] },
    steps: 0,
  },
  {
    name: "variables",
    definition: states({
      A: { Type: "Pass", Assign: { "kept.$": "$.n" }, Next: "W" },
      W: { Type: "Wait", Seconds: 60, Next: "B" },
      B: { Type: "Pass", Parameters: { "n.$": "$kept" }, End: true },
    }),
    input: { n: 7 },
    steps: 0,
  },
  {
    name: "JSONata with variables",
    definition: {
      QueryLanguage: "JSONata",
      ...states({
        A: { Type: "Pass", Assign: { kept: "{% $states.input.n * 2 %}" }, Next: "W" },
        W: { Type: "Wait", Seconds: "{% 30 + $kept %}", Next: "B" },
        B: { Type: "Succeed", Output: "{% { 'twice': $kept } %}" },
      }),
    },
    input: { n: 21 },
    steps: 0,
  },
  {
    name: "a JSONata Task under way",
    definition: {
      QueryLanguage: "JSONata",
      ...states({
        A: {
          Type: "Task",
          Resource: "arn:aws:states:::lambda:invoke",
          Arguments: { FunctionName: "f", Payload: "{% $states.input %}" },
          Output: "{% $exists($states.result) %}",
          End: true,
        },
      }),
    },
    input: { n: 1 },
    steps: 0,
  },
  {
    name: "a large branch in a row of its own",
    definition: states({
      A: { Type: "Pass", Result: { long: LONG }, ResultPath: "$.kept", Next: "W" },
      W: { Type: "Wait", Seconds: 60, Next: "B" },
      B: { Type: "Pass", Result: "short", End: true },
    }),
    input: {},
    steps: 0,
  },
  {
    name: "history in segments",
    definition: states({
      A: { Type: "Pass", Result: { long: MEDIUM }, ResultPath: "$.kept", Next: "T" },
      T: work({ ResultPath: null, Next: "U" }),
      U: work({ ResultPath: null, Next: "W" }),
      W: { Type: "Wait", Seconds: 60, Next: "B" },
      B: { Type: "Pass", Result: "short", End: true },
    }),
    input: {},
    steps: 1,
  },
  {
    name: "a machine with a timeout",
    definition: { ...states({ W: { Type: "Wait", Seconds: 3_600, End: true } }), TimeoutSeconds: 1_800 },
    input: {},
    steps: 0,
  },
  {
    name: "a loop in its third round",
    definition: states({
      A: { Type: "Pass", Parameters: { "n.$": "States.MathAdd($.n, 1)" }, Next: "W" },
      W: { Type: "Wait", Seconds: 10, Next: "C" },
      C: { Type: "Choice", Choices: [{ Variable: "$.n", NumericLessThan: 6, Next: "A" }], Default: "B" },
      B: { Type: "Fail", Error: "Enough", Cause: "of it" },
    }),
    input: { n: 0 },
    steps: 3,
  },
  {
    name: "an execution that has ended, its index not told yet",
    definition: states({ A: END }),
    input: { n: 1 },
    steps: 0,
  },
  {
    name: "a callback inside a Map",
    definition: states({ M: { Type: "Map", ItemProcessor: states({ A: ask({ End: true }) }), Next: "B" }, B: END }),
    input: [{ n: 1 }, { n: 2 }],
    steps: 1,
  },
];
