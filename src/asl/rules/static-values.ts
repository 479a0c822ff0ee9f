/**
 * Texts that look like paths where nothing reads them: AWS takes them as they are, and warns.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
 */
import { warningAt, type Diagnostic } from "../diagnostic.ts";
import { isIntrinsicText, parseIntrinsic } from "../intrinsic.ts";
import { isArray, isObject, type Json } from "../json.ts";
import { parseJsonPath } from "../json-path.ts";
import type { ChoiceRule, Condition, PayloadTemplate, State, SubMachine } from "../types.ts";
import { everyState } from "./walk.ts";

export function warnOfStaticValues(machine: SubMachine): readonly Diagnostic[] {
  return everyState(machine).flatMap(({ state, location }) => [
    ...(state.QueryLanguage === "JSONPath" ? [...inTemplates(state, location), ...inFields(state, location)] : []),
    ...(state.Type === "Choice" ? state.Choices.flatMap((x, i) => inRule(x, `${location}/Choices[${i}]`)) : []),
  ]);
}

function inTemplates(state: State, location: string): readonly Diagnostic[] {
  return Object.entries(templatesOf(state)).flatMap(([field, template]) =>
    textsOf(template, `${location}/${field}`)
      .filter(({ text }) => looksDynamic(text))
      .map(({ key, at }) =>
        warningAt(
          at,
          `The value of '${key}' looks like a path or an intrinsic call: '${key}.$' would evaluate it`,
          "NO_DOLLAR",
        ),
      ),
  );
}

function inFields(state: State, location: string): readonly Diagnostic[] {
  switch (state.Type) {
    case "Pass": {
      const isDynamic = state.Result !== undefined && textsIn(state.Result).some(looksDynamic);
      const message = "Result is static: what looks like a path or an intrinsic call in it is not evaluated";
      return isDynamic ? [warningAt(`${location}/Result`, message, "PASS_RESULT_IS_STATIC")] : [];
    }
    case "Fail":
      return (["Error", "Cause"] as const)
        .filter((field) => looksDynamic(state[field] ?? ""))
        .map((field) => noPath(field, `${location}/${field}`));
    default:
      return [];
  }
}

function inRule(rule: ChoiceRule, location: string): readonly Diagnostic[] {
  return comparisonsIn(rule.condition)
    .filter(
      ({ operand }) => operand.kind === "value" && typeof operand.value === "string" && looksDynamic(operand.value),
    )
    .map(({ operator }) => noPath(operator, location));
}

function comparisonsIn(condition: Condition): readonly Extract<Condition, { kind: "comparison" }>[] {
  switch (condition.kind) {
    case "And":
    case "Or":
      return condition.conditions.flatMap(comparisonsIn);
    case "Not":
      return comparisonsIn(condition.condition);
    case "comparison":
      return [condition];
    case "expression":
      return [];
  }
}

function noPath(field: string, location: string): Diagnostic {
  return warningAt(location, `The value of '${field}' looks like a path: '${field}Path' would read it`, "NO_PATH");
}

function templatesOf(state: State): Readonly<Record<string, PayloadTemplate>> {
  return {
    ...("Parameters" in state && state.Parameters && { Parameters: state.Parameters }),
    ...("ResultSelector" in state && state.ResultSelector && { ResultSelector: state.ResultSelector }),
    ...("ItemSelector" in state && state.ItemSelector && { ItemSelector: state.ItemSelector }),
  };
}

interface StaticText {
  readonly key: string;
  readonly text: string;
  /** The object that the member is in. */
  readonly at: string;
}

/** The texts of a template that stand for themselves and have a key. */
function textsOf(template: PayloadTemplate, at: string): readonly StaticText[] {
  switch (template.kind) {
    case "selector":
      return [];
    case "literal":
      return textsOfLiteral(template.value, at);
    case "array":
      return template.items.flatMap((item, i) => textsOf(item, `${at}[${i}]`));
    case "object":
      return template.members.flatMap(({ key, value }) =>
        value.kind === "literal" && typeof value.value === "string"
          ? [{ key, text: value.value, at }]
          : textsOf(value, `${at}/${key}`),
      );
  }
}

function textsOfLiteral(value: Json, at: string): readonly StaticText[] {
  if (isArray(value)) return value.flatMap((item, i) => textsOfLiteral(item, `${at}[${i}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    typeof member === "string" ? [{ key, text: member, at }] : textsOfLiteral(member, `${at}/${key}`),
  );
}

function textsIn(value: Json): readonly string[] {
  if (typeof value === "string") return [value];
  if (isArray(value)) return value.flatMap(textsIn);
  return isObject(value) ? Object.values(value).flatMap(textsIn) : [];
}

/** A path with something in it, or an intrinsic call; a price such as `$5` is neither. */
function looksDynamic(text: string): boolean {
  if (isIntrinsicText(text)) return parseIntrinsic(text) !== undefined;
  return /^\${1,2}[.[]/u.test(text) && parseJsonPath(text) !== undefined;
}
