/**
 * Values of paths: what a path finds in the input, the Context Object or a variable.
 *
 * E1. Only own members of objects and items of arrays are found: no `length`, nothing inherited, nothing in a string.
 * E2. A definite path is a plain loop that allocates nothing; it runs several times in every state.
 * E3. An indefinite path keeps its own stack and may look at a bounded number of values, whatever it is given.
 * @see https://states-language.net/spec.html#path
 */
import { isArray, isObject, memberOf, type Json, type JsonArray } from "../asl/json.ts";
import type { JsonPath, PathFunction, PathRoot, PathSegment } from "../asl/json-path.ts";
import type { RegularExpression } from "../asl/regular-expression.ts";
import { spendOnPaths, type Spender } from "./effort.ts";
import { accepts, type FilterHost } from "./json-path-filter.ts";
import { Matcher } from "./regular-expression.ts";

/** What paths can see. */
export interface PathScope extends Spender {
  readonly variable: (name: string) => Json | undefined;
}

/**
 * The value, or undefined when a definite path or an unknown variable meets nothing.
 * An indefinite path answers an array, [] when nothing matches.
 */
export function evaluatePath(path: JsonPath, scope: PathScope): Json | undefined {
  const root = rootOf(path.root, scope);
  if (root === undefined) return undefined;
  if (areSteps(path.segments)) return find(root, path.segments);
  const selection = new Selection(root, scope);
  return path.definite ? selection.one(root, path.segments) : selection.select(root, path.segments);
}

/** Whether the path leads to its value step by step, so that following it again costs nothing. */
export function isLookup({ segments }: JsonPath): boolean {
  return areSteps(segments);
}

/** Jayway's words for why a definite path found nothing. */
export function explainMissing(path: JsonPath, scope: PathScope): string {
  const { segments } = path;
  const root = path.root.kind === "variable" ? `$${path.root.name}` : "$";
  let value = rootOf(path.root, scope);
  for (const [at, segment] of segments.entries()) {
    if (value === undefined) break;
    const here = root + segments.slice(0, at).map(bracketed).join("");
    if (segment.kind === "index") {
      if (value === null) return `The path ${here} is null`;
      if (!isArray(value)) {
        const context = typeof value === "string" ? value : JSON.stringify(value);
        return `Filter: ${bracketed(segment)} can only be applied to arrays. Current context is: ${context}`;
      }
      value = itemOf(value, segment.index);
    } else if (segment.kind === "member") {
      if (!isObject(value)) return `Missing property in path ${here}`;
      value = memberOf(value, segment.name);
      if (value === undefined && at < segments.length - 1) {
        return `Missing property in path ${here}${bracketed(segment)}`;
      }
    } else break;
  }
  return `No results for path: ${root}${segments.map(bracketed).join("")}`;
}

function rootOf(root: PathRoot, scope: PathScope): Json | undefined {
  switch (root.kind) {
    case "input":
      return scope.input;
    case "context":
      return scope.context;
    case "variable":
      return scope.variable(root.name);
  }
}

/** What leads from a value to at most one other. */
type Step = Extract<PathSegment, { readonly kind: "member" | "index" }>;

function areSteps(segments: readonly PathSegment[]): segments is readonly Step[] {
  for (let i = 0; i < segments.length; i++) {
    const kind = segments[i]?.kind;
    if (kind !== "member" && kind !== "index") return false;
  }
  return true;
}

function find(root: Json, steps: readonly Step[]): Json | undefined {
  let value: Json = root;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i] as Step;
    let next: Json | undefined;
    if (step.kind === "member") next = isObject(value) ? memberOf(value, step.name) : undefined;
    else next = isArray(value) ? itemOf(value, step.index) : undefined;
    if (next === undefined) return undefined;
    value = next;
  }
  return value;
}

function itemOf(array: JsonArray, index: number): Json | undefined {
  return array[index < 0 ? array.length + index : index];
}

/** How many elementary steps of a filter, such as comparing a character, weigh as much as looking at a value. */
const STEPS_PER_VISIT = 20;
const STEPS_OF_A_VISIT = 14;

type FilterSegment = Extract<PathSegment, { readonly kind: "filter" }>;
type Selector = Exclude<PathSegment, { readonly kind: "function" }>;

/** One evaluation of a path that may select many values. */
class Selection {
  readonly #document: Json;
  readonly #matchers: Map<RegularExpression, Matcher> = new Map();
  readonly #scope: PathScope;

  constructor(document: Json, scope: PathScope) {
    this.#document = document;
    this.#scope = scope;
  }

  /** The values that the segments reach from here, in document order. A function at their end is the caller's to apply. */
  select(from: Json, path: readonly PathSegment[]): readonly Json[] {
    const segments = path.filter((x) => x.kind !== "function");
    let found: readonly Json[] = [from];
    for (const [at, segment] of segments.entries()) {
      const whole = segment.kind === "members" && at === segments.length - 1;
      const afterDescendant = segments[at - 1]?.kind === "descendant";
      const next: Json[] = [];
      for (const value of found) {
        const before = next.length;
        if (whole) pushMembers(value, segment.names, afterDescendant, next);
        else this.#push(value, segment, next);
        this.#visit(next.length - before + breadthOf(segment));
      }
      found = next;
    }
    return found;
  }

  /** The single value of segments that end in a function or in the names of several members. */
  one(from: Json, segments: readonly PathSegment[]): Json | undefined {
    const last = segments.at(-1);
    const before = segments.slice(0, -1);
    if (last?.kind === "function") {
      const value = areSteps(before) ? find(from, before) : this.select(from, before);
      this.#visit(childrenCount(value));
      return applyFunction(last.name, value);
    }
    return this.select(from, segments)[0];
  }

  #push(value: Json, segment: Selector, into: Json[]): void {
    switch (segment.kind) {
      case "member":
        return pushDefined(isObject(value) ? memberOf(value, segment.name) : undefined, into);
      case "members":
        for (const name of segment.names) pushDefined(isObject(value) ? memberOf(value, name) : undefined, into);
        return undefined;
      case "index":
        return pushDefined(isArray(value) ? itemOf(value, segment.index) : undefined, into);
      case "indexes":
        for (const index of segment.indexes) pushDefined(isArray(value) ? itemOf(value, index) : undefined, into);
        return undefined;
      case "wildcard":
        for (const child of childrenOf(value)) into.push(child);
        return undefined;
      case "slice":
        return isArray(value) ? pushSlice(value, segment, into) : undefined;
      case "descendant":
        return this.#pushDescendants(value, into);
      case "filter":
        // Jayway tests the items of an array, but an object itself.
        return this.#pushAccepted(isArray(value) ? value : isObject(value) ? [value] : [], segment.condition, into);
    }
  }

  #pushAccepted(items: readonly Json[], condition: FilterSegment["condition"], into: Json[]): void {
    let element: Json = null;
    const lookUp: FilterHost["lookUp"] = (operand) => this.#operand(operand, element);
    const host = { lookUp, matches: this.#matches, charge: this.#charge };
    for (const item of items) {
      this.#visit(1);
      element = item;
      if (accepts(condition, host)) into.push(item);
    }
  }

  #operand(path: { readonly from: "element" | "document"; readonly segments: readonly PathSegment[] }, element: Json) {
    const from = path.from === "element" ? element : this.#document;
    this.#charge(3 * path.segments.length);
    if (areSteps(path.segments)) return find(from, path.segments);
    const last = path.segments.at(-1);
    if (last?.kind === "function" || last?.kind === "members") return this.one(from, path.segments);
    const found = this.select(from, path.segments);
    return found.length === 0 ? undefined : found;
  }

  /** The value and all below it, parents first. */
  #pushDescendants(value: Json, into: Json[]): void {
    const pending: Json[] = [value];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      this.#visit(1);
      into.push(next);
      const children = childrenOf(next);
      for (let i = children.length - 1; i >= 0; i--) pending.push(children[i] as Json);
    }
  }

  readonly #matches: FilterHost["matches"] = (expression, text) => {
    const matcher = this.#matchers.get(expression) ?? new Matcher(expression, this.#charge);
    this.#matchers.set(expression, matcher);
    return matcher.matches(text);
  };

  readonly #charge = (steps: number): void => this.#visit(steps / STEPS_PER_VISIT);

  #visit(count: number): void {
    spendOnPaths(this.#scope, count * STEPS_OF_A_VISIT);
  }
}

/** How much a segment asks of each value, found or not. */
function breadthOf(segment: PathSegment): number {
  if (segment.kind === "members") return segment.names.length;
  return segment.kind === "indexes" ? segment.indexes.length : 1;
}

function pushDefined(value: Json | undefined, into: Json[]): void {
  if (value !== undefined) into.push(value);
}

/** An object of those of the members that exist; below `..` only where all of them do. */
function pushMembers(value: Json, names: readonly string[], all: boolean, into: Json[]): void {
  if (!isObject(value)) return;
  const present = names.filter((name) => Object.hasOwn(value, name));
  if (all && present.length < names.length) return;
  into.push(Object.fromEntries(present.map((name) => [name, value[name] as Json])));
}

function pushSlice(
  array: JsonArray,
  slice: { readonly start: number | undefined; readonly end: number | undefined; readonly step: number },
  into: Json[],
): void {
  const end = boundOf(slice.end ?? array.length, array);
  for (let i = boundOf(slice.start ?? 0, array); i < end; i += slice.step) into.push(array[i] as Json);
}

/** Below zero it counts from the end, as in Array's own slice. */
function boundOf(index: number, array: JsonArray): number {
  return index < 0 ? Math.max(0, array.length + index) : Math.min(index, array.length);
}

/** What a function of a path looks at. */
function childrenCount(value: Json | undefined): number {
  if (isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : 1;
}

function childrenOf(value: Json): JsonArray {
  if (isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function applyFunction(name: PathFunction, value: Json | undefined): Json | undefined {
  if (name === "keys") return isObject(value) ? Object.keys(value) : undefined;
  if (name === "length") return lengthOf(value);
  const numbers = isArray(value) ? value.filter((x) => typeof x === "number") : [];
  if (numbers.length === 0) return undefined;
  switch (name) {
    case "min":
      return numbers.reduce((a, b) => Math.min(a, b));
    case "max":
      return numbers.reduce((a, b) => Math.max(a, b));
    case "sum":
      return numbers.reduce((a, b) => a + b, 0);
    case "avg":
      return numbers.reduce((a, b) => a + b, 0) / numbers.length;
  }
}

function lengthOf(value: Json | undefined): number | undefined {
  if (typeof value === "string" || isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : undefined;
}

function bracketed(segment: PathSegment): string {
  switch (segment.kind) {
    case "member":
      return `['${segment.name}']`;
    case "index":
      return `[${segment.index}]`;
    case "members":
      return `[${segment.names.map((x) => `'${x}'`).join(",")}]`;
    case "function":
      return `.${segment.name}()`;
    case "indexes":
    case "wildcard":
    case "slice":
    case "descendant":
    case "filter":
      return "[*]";
  }
}
