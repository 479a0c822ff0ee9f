/** Every code that a diagnostic can have, and a definition that earns it. */
import { expect, test } from "vitest";
import type { ErrorCode, WarningCode } from "../../src/asl/diagnostic.ts";
import { validateDefinition } from "../../src/asl/validate.ts";
import { states, type Definition } from "./definitions.ts";

const LAMBDA = "arn:aws:states:::lambda:invoke";
const pass = { Type: "Pass", End: true };
const task = { Type: "Task", Resource: LAMBDA, TimeoutSeconds: 60, End: true };
const one = (state: Definition, others: Definition = {}): Definition => states({ A: state, ...others });
const distributed = { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" };
const labelled = (name: string, Label: string, more: Definition = { End: true }): Definition => ({
  Type: "Map",
  ItemProcessor: { ...states({ [name]: pass }), ProcessorConfig: distributed },
  Label,
  ...more,
});
const catching = (...names: readonly string[]): Definition =>
  one({ ...task, Catch: names.map((name) => ({ ErrorEquals: [name], Next: "B" })) }, { B: pass });
const negated = (depth: number): Definition =>
  depth === 0 ? { Variable: "$.x", IsNull: true } : { Not: negated(depth - 1) };
const again = { Variable: "$.again", BooleanEquals: true, Next: "A" };
const outer = { Type: "Pass", Assign: { v: 1 }, Next: "P" };

/** A definition, or its text. */
const EARNING: Readonly<Record<ErrorCode | WarningCode, Definition | string>> = {
  INVALID_JSON_DESCRIPTION: "{",
  SCHEMA_VALIDATION_FAILED: {},
  MISSING_END_STATE: one({ Type: "Pass", Next: "B" }, { B: { Type: "Pass", Next: "A" } }),
  MISSING_TRANSITION_TARGET: one({ Type: "Pass", Next: "B" }),
  DUPLICATE_STATE_NAME: one({ Type: "Map", ItemProcessor: one(pass), End: true }),
  INVALID_STATE_NAME: states({ ["x".repeat(81)]: pass }),
  DUPLICATE_LABEL_NAME: one(labelled("I", "l", { Next: "B" }), { B: labelled("J", "l") }),
  INVALID_LABEL_NAME: one(labelled("I", "a b")),
  TOO_DEEPLY_NESTED: one({ Type: "Choice", Choices: [{ ...negated(70), Next: "B" }] }, { B: pass }),
  INVALID_JSONATA_EXPRESSION: one({ ...pass, QueryLanguage: "JSONata", Output: "{% 1 + %}" }),
  UNSUPPORTED_JSONATA_EXPRESSION: one({ ...pass, QueryLanguage: "JSONata", Output: "{% $$ %}" }),
  INVALID_VARIABLE_NAME: one({ ...pass, Assign: { "a-b": 1 } }),
  RESERVED_VARIABLE_NAME: one({ ...pass, Assign: { states: 1 } }),
  DUPLICATE_VARIABLE_NAME: one(outer, {
    P: { Type: "Parallel", Branches: [states({ I: { ...pass, Assign: { v: 2 } } })], End: true },
  }),
  NO_DOLLAR: one({ ...pass, Parameters: { a: "$.x" } }),
  NO_PATH: one({ Type: "Fail", Error: "$.x" }),
  PASS_RESULT_IS_STATIC: one({ ...pass, Result: "$.x" }),
  POSSIBLY_UNDEFINED_VARIABLE: one({ ...pass, Parameters: { "a.$": "$v" } }),
  TASK_WITHOUT_TIMEOUT: one({ ...task, TimeoutSeconds: undefined }),
  CALLBACK_WITHOUT_TIMEOUT: one({ ...task, Resource: `${LAMBDA}.waitForTaskToken`, TimeoutSeconds: undefined }),
  UNREACHABLE_CATCHER: catching("E", "E"),
  UNREACHABLE_RETRIER: one({ ...task, Retry: [{ ErrorEquals: ["E"] }, { ErrorEquals: ["E"] }] }),
  LOOP_WITHOUT_WAIT: one({ Type: "Choice", Choices: [again], Default: "B" }, { B: pass }),
  PAYLOAD_MAY_EXCEED_QUOTA: one({ ...pass, Result: "x".repeat(300_000) }),
  POSSIBLE_SECRET: one({ ...pass, Result: { password: "correcthorse" } }),
  UNKNOWN_ACTION: one({ ...task, Resource: "arn:aws:states:::aws-sdk:dynamodb:getItems" }),
  UNKNOWN_ERROR_NAME: catching("States.Nope"),
  MISPLACED_FIELD: { StartAt: "A", States: { QueryLanguage: "JSONata", A: pass } },
};

test.each(Object.entries(EARNING))("%s is earned", (code, definition) => {
  const text = typeof definition === "string" ? definition : JSON.stringify(definition);
  expect(validateDefinition(text, "STANDARD").diagnostics.map((x) => x.code)).toContain(code);
});
