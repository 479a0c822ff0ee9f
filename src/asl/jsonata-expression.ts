/**
 * JSONata expressions as the States Language writes them: a string that begins with `{%` and ends with `%}`.
 *
 * Compiled once, when the definition is parsed. The operators that can make something large out of something small are
 * turned into calls of functions that the evaluator supplies and bounds (jsonata-replacements.ts); every step of an
 * evaluation is reported to the meter that it binds under `METER`.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
import jsonata from "jsonata";
import { referencesOf, type JsonataReferences } from "./jsonata-references.ts";
import { replaceParts } from "./jsonata-replacements.ts";

export interface JsonataExpression {
  /** What stands between the delimiters, without the blanks around it: as errors quote it. */
  readonly source: string;
  readonly compiled: jsonata.Expression;
  readonly references: JsonataReferences;
}

/** A part of an expression, as far as a meter looks at it. */
export interface ExpressionNode {
  readonly type: string;
  readonly value?: unknown;
  /** Whether its values group others. */
  readonly isGroupKey?: boolean;
  /** Whether what it gives is grouped. */
  readonly group?: unknown;
  /** Whether it is what `^` orders by. */
  readonly isSortTerm?: boolean;
  /** Whether it is a step of a path that binds what it meets (`@`, `#`, `%`): a frame is made for each item. */
  readonly isBinding?: boolean;
  /** Whether it is a call, put off until its function has returned. */
  readonly thunk?: boolean;
}

export interface Frame {
  /** The outermost scope; it counts the evaluations under way. */
  readonly base: { readonly depth: number };
  lookup(name: string | symbol): unknown;
  bind(name: string, value: unknown): void;
}

/** Counts the work of one evaluation; throws when it is too much. */
export interface Meter {
  /** Before a part of the expression is evaluated. */
  step(node: ExpressionNode, input: unknown, frame: Frame): void;
  /** Before a scope is made. */
  enter(): void;
  /** Before a variable takes a value: what it takes. */
  hold(value: unknown): unknown;
}

/** The bound meter's name; no variable that an expression can write has a blank in it. */
export const METER = "the meter";
/** The library meets no regular expression. It would take the platform's RegExp for none; this cannot be constructed. */
const NO_REGEX_ENGINE = Object.freeze({}) as RegExpConstructor;

/**
 * Evaluations under way, and values in a sequence. Those under way are not only nested: the library evaluates all groups of
 * `{ key: value }` at the same time.
 */
const LIMITS = { stack: 10_000, sequence: 100_000, RegexEngine: NO_REGEX_ENGINE };
/** Deeper than any expression people write; the parser is recursive. */
const MAX_CHARACTERS = 32_768;
const MAX_NESTING = 250;

export function isExpressionText(text: string): boolean {
  return text.startsWith("{%") && text.endsWith("%}") && text.length >= 4;
}

/** The expression, or why it is none, in the words of the library's parser, which are AWS's too. */
export function parseExpression(text: string): JsonataExpression | string {
  const source = text.slice(2, -2).trim();
  if (source.length > MAX_CHARACTERS) return `longer than ${MAX_CHARACTERS} characters`;
  if (isNestedTooDeeply(source)) return "nested too deeply";
  try {
    const compiled = jsonata(source, LIMITS);
    const references = referencesOf(compiled.ast());
    const refusal = replaceParts(compiled.ast());
    if (refusal !== undefined) return refusal;
    compiled.assign(ON_ENTRY as unknown as string, onEntry);
    compiled.assign(ON_FRAME as unknown as string, onFrame);
    return { source, compiled, references };
  } catch (error) {
    return String((error as { message?: unknown }).message);
  }
}

function isNestedTooDeeply(source: string): boolean {
  let depth = 0;
  for (const character of source) {
    if ("([{".includes(character)) depth += 1;
    else if (")]}".includes(character)) depth -= 1;
    if (depth > MAX_NESTING) return true;
  }
  return false;
}

/** The library's own names for being told of each step and of each new scope. */
const ON_ENTRY = Symbol.for("jsonata.__evaluate_entry");
const ON_FRAME = Symbol.for("jsonata.__createFrame_push");

function onEntry(node: ExpressionNode, input: unknown, frame: MeteredFrame): void {
  (frame.meter ?? (frame.lookup(METER) as Meter)).step(node, input, frame);
}

/** A scope inside an evaluation's outermost one: it knows its meter, and what the library asks for at each step, by itself. */
interface MeteredFrame extends Frame {
  meter?: Meter;
}

const HOOKS: Readonly<Record<symbol, unknown>> = { [ON_ENTRY]: onEntry, [ON_FRAME]: onFrame };

const libraryFrames = new WeakMap<Frame, Frame>();

/** The library's own functions, whatever an evaluation's outermost scope has bound over them. */
export function libraryOf(outermost: Frame): Frame {
  const library = libraryFrames.get(outermost);
  if (library === undefined) throw new Error("Defect: not the outermost scope of an evaluation");
  return library;
}

function onFrame(outer: MeteredFrame, inner: MeteredFrame): void {
  const meter = outer.meter ?? (outer.lookup(METER) as Meter | undefined);
  if (meter === undefined) {
    // An evaluation's own first scope, made inside that of the library, before anything is bound.
    libraryFrames.set(inner, outer);
    return;
  }
  meter.enter();
  inner.meter = meter;
  const bindings = new Map<string, unknown>();
  inner.bind = (name, value): void => {
    bindings.set(name, meter.hold(value));
  };
  inner.lookup = (name): unknown => {
    if (typeof name === "symbol") return HOOKS[name];
    return bindings.has(name) ? bindings.get(name) : outer.lookup(name);
  };
}
