/**
 * What goes into a state's work and what comes out of the state, in either query language.
 *
 * JSONPath: InputPath, Parameters, (the work), ResultSelector, ResultPath, OutputPath. JSONata: Arguments, (the work), Output.
 * H1. Assign and the output both see the variables as they were before the state.
 */
import type { Json } from "../asl/json.ts";
import type { JsonPath } from "../asl/json-path.ts";
import type { Assign, Catcher, PayloadTemplate, QueryLanguage } from "../asl/types.ts";
import { applyPath, applyResultPath, applyTemplate } from "../data/data-flow.ts";
import { evaluateExpressionMembers, evaluateExpressions } from "../data/jsonata.ts";
import { Payload } from "../data/payload.ts";
import { evaluateMembers } from "../data/payload-template.ts";
import type { Scope } from "../data/scope.ts";
import { andThen, type PromiseOrValue } from "./promise-or-value.ts";

/** What a state leaves with. */
export interface Outcome {
  readonly output: Payload;
  readonly assigned: Readonly<Record<string, Json>> | undefined;
}

/** The fields of any state that shape its data. */
interface Shape {
  readonly QueryLanguage: QueryLanguage;
  readonly InputPath?: JsonPath | null;
  readonly Parameters?: PayloadTemplate;
  readonly Arguments?: PayloadTemplate;
  readonly ResultSelector?: PayloadTemplate;
  readonly ResultPath?: JsonPath | null;
  readonly OutputPath?: JsonPath | null;
  readonly Output?: PayloadTemplate;
  readonly Assign?: Assign;
}

/** The input of the state's work. @param scope over the state's raw input */
export function workInput(state: Shape, input: Payload, scope: Scope): PromiseOrValue<Payload> {
  if (state.QueryLanguage === "JSONata") {
    if (state.Arguments === undefined) return input;
    return andThen(shaped(state.Arguments, input, scope), (payload) => scope.reach("afterArguments", payload));
  }
  const filtered = scope.reach("afterInputPath", applyPath(state.InputPath, input, scope));
  return scope.reach("afterParameters", applyTemplate(state.Parameters, filtered, scope));
}

/** What follows from the result of the state's work. */
export function outcomeOf(state: Shape, input: Payload, result: Payload, scope: Scope): PromiseOrValue<Outcome> {
  if (state.QueryLanguage === "JSONata")
    return shapedOutcome(state, result, scope.withAnswer({ result: result.value }));
  const selected = scope.reach("afterResultSelector", applyTemplate(state.ResultSelector, result, scope));
  const assigned = assignedBy(state.Assign, selected, scope);
  const combined = scope.reach("afterResultPath", applyResultPath(state.ResultPath, input, selected));
  return { output: applyPath(state.OutputPath, combined, scope), assigned };
}

/** For a state without a result: its input, filtered. @param choice whose Assign and Output these are: the state's own, or a Choice Rule's */
export function passedOutcome(
  state: Shape,
  input: Payload,
  scope: Scope,
  choice: Pick<Shape, "Assign" | "Output"> = state,
): PromiseOrValue<Outcome> {
  if (state.QueryLanguage === "JSONata") return shapedOutcome(choice, input, scope);
  const filtered = scope.reach("afterInputPath", applyPath(state.InputPath, input, scope));
  const assigned = assignedBy(choice.Assign, filtered, scope);
  return { output: applyPath(state.OutputPath, filtered, scope), assigned };
}

export function caughtOutcome(
  state: Shape,
  catcher: Catcher,
  input: Payload,
  errorOutput: Payload,
  scope: Scope,
): PromiseOrValue<Outcome> {
  if (state.QueryLanguage === "JSONata") {
    return shapedOutcome(catcher, errorOutput, scope.withAnswer({ errorOutput: errorOutput.value }));
  }
  const assigned = assignedBy(catcher.Assign, errorOutput, scope);
  return { output: applyResultPath(catcher.ResultPath, input, errorOutput), assigned };
}

async function shapedOutcome(
  fields: Pick<Shape, "Assign" | "Output">,
  unshaped: Payload,
  scope: Scope,
): Promise<Outcome> {
  const assigned = fields.Assign && (await evaluateExpressionMembers(fields.Assign, scope));
  return { output: await shaped(fields.Output, unshaped, scope), assigned };
}

async function shaped(template: PayloadTemplate | undefined, otherwise: Payload, scope: Scope): Promise<Payload> {
  return template === undefined ? otherwise : Payload.of(await evaluateExpressions(template, scope));
}

function assignedBy(assign: Assign | undefined, input: Payload, scope: Scope): Outcome["assigned"] {
  return assign && evaluateMembers(assign, scope.withInput(input.value));
}
