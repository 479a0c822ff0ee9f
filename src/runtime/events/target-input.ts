/**
 * What a target gets of an event: the event, a part of it, a constant, or a template.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
import type { Json } from "../../asl/json.ts";
import { parseReferencePath } from "../../asl/json-path.ts";
import { evaluatePath } from "../../data/json-path.ts";
import type { BusEvent } from "./bus-event.ts";

/** One of them, or none: the whole event. */
export interface TargetInput {
  /** JSON text. */
  readonly input?: string;
  readonly inputPath?: string;
  readonly inputTransformer?: InputTransformer;
}

export interface InputTransformer {
  readonly inputPathsMap: Readonly<Record<string, string>>;
  /** JSON with `<name>` in it: in a string, or where a value stands. */
  readonly inputTemplate: string;
}

export interface FiredRule {
  readonly name: string;
  readonly arn: string;
}

/** The text, which is JSON unless the template makes something else. */
export function inputTextOf(
  { input, inputPath, inputTransformer }: TargetInput,
  event: BusEvent,
  rule: FiredRule,
): string {
  if (input !== undefined) return input;
  if (inputPath !== undefined) return JSON.stringify(valueAt(inputPath, event) ?? null);
  return inputTransformer === undefined ? JSON.stringify(event) : fill(inputTransformer, event, rule);
}

/** Why it cannot be a path here; undefined: it can. */
export function pathFault(text: string): string | undefined {
  return parseReferencePath(text) === undefined ? "must be a path to one value, such as $.detail.id" : undefined;
}

/** Why it cannot be filled; undefined: it can. */
export function templateFault({ inputPathsMap, inputTemplate }: InputTransformer): string | undefined {
  const known = (name: string): boolean => Object.hasOwn(inputPathsMap, name) || RESERVED.has(name);
  const unknown = Array.from(inputTemplate.matchAll(PLACEHOLDER), ([, name = ""]) => name).find((name) => !known(name));
  if (unknown !== undefined) return `has <${unknown}>, which inputPathsMap does not name`;
  // Each value stands for itself, with a constant in its place, as JSON.
  const filled = filledWith(inputTemplate, () => "0");
  return isJson(filled) ? undefined : "must be JSON, with <name> in a string or where a value stands";
}

const PLACEHOLDER = /<([\w.-]+)>/gu;
const RESERVED: ReadonlySet<string> = new Set([
  "aws.events.rule-arn",
  "aws.events.rule-name",
  "aws.events.event",
  "aws.events.event.json",
  "aws.events.event.ingestion-time",
]);

function fill({ inputPathsMap, inputTemplate }: InputTransformer, event: BusEvent, rule: FiredRule): string {
  const values = new Map<string, Json>([
    ["aws.events.rule-arn", rule.arn],
    ["aws.events.rule-name", rule.name],
    ["aws.events.event", event],
    ["aws.events.event.json", event],
    ["aws.events.event.ingestion-time", event.time],
  ]);
  for (const [name, path] of Object.entries(inputPathsMap)) {
    const value = valueAt(path, event);
    if (value !== undefined) values.set(name, value);
  }
  return filledWith(inputTemplate, (name, isInString) => {
    const value = values.get(name);
    if (!isInString) return JSON.stringify(value ?? null);
    const text = typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
    return JSON.stringify(text).slice(1, -1);
  });
}

/** Goes through the template once: what is filled in is not looked at again. */
function filledWith(template: string, valueOf: (name: string, isInString: boolean) => string): string {
  let isInString = false;
  let seen = 0;
  return template.replaceAll(PLACEHOLDER, (_match, name: string, at: number) => {
    for (; seen < at; seen++) {
      const character = template.charAt(seen);
      if (character === "\\" && isInString) seen += 1;
      else if (character === '"') isInString = !isInString;
    }
    return valueOf(name, isInString);
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function valueAt(text: string, event: BusEvent): Json | undefined {
  const path = parseReferencePath(text);
  if (path === undefined) return undefined;
  return evaluatePath(path, { input: event, context: null, variable: () => undefined, effort: { steps: 0 } });
}
