/**
 * Puts ours in the place of what the library evaluates without a bound, or in more time and memory than it takes.
 *
 * An operator becomes a call of a function that the evaluator binds, by a name that no expression can write.
 */
import { readRegularExpression } from "./regular-expression.ts";

/** Operators, and parts of what they do, and the bound function that stands for each. */
export const OPERATOR_FUNCTIONS: Readonly<Record<string, string>> = {
  "&": "operator &",
  "..": "operator ..",
  "=": "operator =",
  "!=": "operator !=",
  in: "operator in",
  "^": "operator ^",
  "^ item": "operator ^ item",
  "^ binding": "operator ^ binding",
  "[": "operator []",
};
/** What stands for a regular expression: a function that makes a matcher of a `RegularExpression`. */
export const REGEX_FUNCTION = "operator //";

interface AstNode {
  type: string;
  isGroupKey?: boolean;
  isSortTerm?: boolean;
  isBinding?: boolean;
  tuple?: boolean;
  /** Whether it is an array that stays one item of what it is in. */
  consarray?: boolean;
  /** Whether it is what `~>` applies. */
  isApplied?: boolean;
  steps?: AstNode[];
  keepArray?: boolean;
  /** What is done with all that a step gives. */
  stages?: unknown;
  terms?: readonly { readonly descending?: boolean; readonly expression: AstNode }[];
  body?: unknown;
  group?: { readonly lhs?: unknown };
  signature?: { readonly definition?: string };
  value?: unknown;
  lhs?: unknown;
  rhs?: unknown;
  procedure?: unknown;
  arguments?: unknown[];
  expressions?: unknown[];
}

/** Puts ours in the place of operators and regular expressions; answers why one of these is refused. */
export function replaceParts(root: unknown): string | undefined {
  const seen = new Set<object>();
  const open: unknown[] = [root];
  for (let node = open.pop(); open.length > 0 || node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null || seen.has(node)) continue;
    seen.add(node);
    open.push(...Object.values(node));
    if ((node as AstNode).type === "apply") (node as { rhs: AstNode }).rhs.isApplied = true;
    replaceOperator(node as AstNode);
    replaceArray(node as AstNode);
    markGroupKeys(node as AstNode);
    replaceSorting(node as AstNode);
    markBindingSteps(node as AstNode);
    const refusal = replaceRegex(node as AstNode) ?? signatureRefusal(node as AstNode);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function replaceRegex(node: AstNode): string | undefined {
  if (node.type !== "regex" || !(node.value instanceof RegExp)) return undefined;
  const { source, flags } = node.value;
  const expression = readRegularExpression(source, flags);
  if (typeof expression === "string") return `the regular expression /${source}/ is refused: ${expression}`;
  const procedure = reference(REGEX_FUNCTION);
  // In a block: behind `~>` a call would take what stands before it as its argument.
  node.type = "block";
  node.expressions = [{ type: "function", value: "(", procedure, arguments: [{ type: "value", value: expression }] }];
  return undefined;
}

/** `{ key: value }` after a path. */
function markGroupKeys({ group }: AstNode): void {
  for (const [key] of (group?.lhs ?? []) as readonly (readonly [AstNode, unknown])[]) key.isGroupKey = true;
}

/** By what `^(…)` orders, the first that tells two items apart. */
export interface SortTerm {
  readonly isDescending: boolean;
}

/**
 * `list^(term).rest` becomes `(ordered := ^(list.item($, term), plan); ordered.rest)`: each item is put together with its
 * terms, as functions of no parameters, and `^` orders by what these give. The library evaluates the terms of both items
 * for each comparison, and copies the list for each of its items.
 */
function replaceSorting(node: AstNode): void {
  if (node.type !== "path" || node.steps === undefined || !node.steps.some(isSorting)) return;
  if (node.steps.some((step) => step.tuple === true)) {
    guardSorting(node, node.steps);
    return;
  }
  const expressions: AstNode[] = [];
  let steps: AstNode[] = [];
  for (const step of node.steps) {
    if (!isSorting(step)) {
      steps.push(step);
      continue;
    }
    const list = { type: "path", steps: [...steps, keyedItem(step.terms)] };
    const plan: readonly SortTerm[] = step.terms.map(({ descending }) => ({ isDescending: descending === true }));
    const ordered = callOf("^", list, { type: "value", value: plan });
    expressions.push({ type: "bind", value: ":=", lhs: reference(ORDERED), rhs: ordered });
    const { stages } = step;
    steps = [{ ...reference(ORDERED), ...(stages !== undefined && { stages }) }];
  }
  const rest = { ...node, steps };
  delete node.steps;
  delete node.group;
  Object.assign(node, { type: "block", expressions: [...expressions, rest] });
}

/** No name that an expression can write has a blank in it. */
const ORDERED = "the ordered";

function isSorting(step: AstNode): step is AstNode & Required<Pick<AstNode, "terms">> {
  return step.type === "sort";
}

function keyedItem(terms: NonNullable<AstNode["terms"]>): AstNode {
  return callOf(
    "^ item",
    reference(""),
    ...terms.map(({ expression }) => ({ type: "lambda", arguments: [], body: expression })),
  );
}

function reference(name: string): AstNode {
  return { type: "variable", value: name };
}

function callOf(operator: keyof typeof OPERATOR_FUNCTIONS, ...given: unknown[]): AstNode {
  return {
    type: "function",
    value: "(",
    procedure: reference(OPERATOR_FUNCTIONS[operator] as string),
    arguments: given,
  };
}

/** What binds its items the library orders by itself; each goes through a function of ours, which sees how many there are. */
function guardSorting(node: AstNode, steps: readonly AstNode[]): void {
  for (const { terms = [] } of steps) for (const term of terms) term.expression.isSortTerm = true;
  node.steps = steps.flatMap((step) => (isSorting(step) ? [callOf("^ binding", reference("")), step] : [step]));
}

function markBindingSteps({ type, steps = [] }: AstNode): void {
  if (type !== "path" || !steps.some((step) => step.tuple === true)) return;
  for (const step of steps) step.isBinding = true;
}

/** A signature with more parameters that may be missing or repeated than this is matched in exponential time. */
const MAX_VARIABLE_PARAMETERS = 4;

function signatureRefusal({ signature }: AstNode): string | undefined {
  const variable = signature?.definition?.match(/[-?+]/gu)?.length ?? 0;
  return variable > MAX_VARIABLE_PARAMETERS
    ? `a signature with more than ${MAX_VARIABLE_PARAMETERS} of -, ? and +`
    : undefined;
}

/** How an array is made of its parts. */
export interface ArrayPlan {
  /** Of each part whether it is an array written as one, which stays one item. */
  readonly nested: readonly boolean[];
  /** Whether the array itself is to stay one item of what it is in. */
  readonly staysWhole: boolean;
}

/** So many parts the library may put together: what it makes of functions among them can be applied partially. */
const FEW_PARTS = 4;

/** `[…]`: the library copies the array for each of its parts. */
function replaceArray(node: AstNode): void {
  if (node.type !== "unary" || node.value !== "[") return;
  const parts = node.expressions as readonly AstNode[];
  if (parts.length <= FEW_PARTS) return;
  const plan: ArrayPlan = {
    nested: parts.map(({ value }) => value === "["),
    staysWhole: node.consarray === true,
  };
  const procedure = reference(OPERATOR_FUNCTIONS["["] as string);
  // The library knows by the value that it is an array within another one.
  const call = { type: "function", value: "[", procedure, arguments: [{ type: "value", value: plan }, ...parts] };
  delete node.expressions;
  // In a block: behind `~>` a call would take what stands before it as its argument.
  if (node.isApplied === true) Object.assign(node, { type: "block", value: undefined, expressions: [call] });
  else Object.assign(node, call);
}

function replaceOperator(node: AstNode): void {
  if (node.type !== "binary" || typeof node.value !== "string" || !Object.hasOwn(OPERATOR_FUNCTIONS, node.value))
    return;
  node.procedure = reference(OPERATOR_FUNCTIONS[node.value] as string);
  node.arguments = [node.lhs, node.rhs];
  node.type = "function";
  node.value = "(";
  delete node.lhs;
  delete node.rhs;
}
