/**
 * What a JSONata expression reads from outside itself, found without evaluating it.
 *
 * J1. Only the first step of a path is read from the context item; the later ones, predicates, sort terms and groups are
 *     read from what the step before them gave. A function's body keeps the context of the expression that defines it.
 * J2. A variable that the expression binds itself (`:=`, a parameter, `@$v`, `#$i`) is none of the workflow's.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */

export interface JsonataReferences {
  /** Names read from a context item, which an expression of a state machine has not; `$` is the item itself. */
  readonly contextNames: ReadonlySet<string>;
  /** Whether `$$` occurs. */
  readonly root: boolean;
  /** The members read as `$states.x`. */
  readonly statesMembers: ReadonlySet<string>;
  /** Workflow variables, without the `$`. */
  readonly variables: ReadonlySet<string>;
}

/** The functions of JSONata 2 and those that AWS adds. @see https://docs.jsonata.org/string-functions */
export const JSONATA_FUNCTIONS: ReadonlySet<string> = new Set(
  `abs append assert average base64decode base64encode boolean ceil clone contains count decodeUrl decodeUrlComponent
  distinct each encodeUrl encodeUrlComponent error eval exists filter floor formatBase formatInteger formatNumber fromMillis
  hash join keys length lookup lowercase map match max merge millis min not now number pad parse parseInteger partition
  power random range reduce replace reverse round shuffle sift single sort split spread sqrt string substring
  substringAfter substringBefore sum toMillis trim type uppercase uuid zip`.split(/\s+/u),
);

interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly focus?: string;
  readonly [field: string]: unknown;
}

/** Where a part of the expression stands. */
interface Place {
  /** Whether the context item is that of the whole expression. */
  readonly atTop: boolean;
  readonly bound: ReadonlySet<string>;
}

/** @param ast as the library parsed it */
export function referencesOf(ast: unknown): JsonataReferences {
  const collector = new Collector();
  collector.visit(ast, { atTop: true, bound: new Set() });
  return collector;
}

/** Fields that hold parts evaluated in the same place as the node itself. */
const SAME_PLACE = ["lhs", "rhs", "expression", "expressions", "condition", "then", "else", "procedure", "arguments"];
/** Fields that hold parts evaluated on what the node gives. */
const BELOW = ["predicate", "stages", "expr", "terms", "pattern", "update", "delete"];

class Collector implements JsonataReferences {
  readonly contextNames: Set<string> = new Set();
  readonly statesMembers: Set<string> = new Set();
  readonly variables: Set<string> = new Set();
  root = false;

  visit(part: unknown, place: Place): void {
    if (Array.isArray(part)) for (const item of part) this.visit(item, place);
    else if (typeof part === "object" && part !== null) this.#visitNode(part as Node, place);
  }

  #visitNode(node: Node, place: Place): void {
    switch (node.type) {
      case "path":
        this.#visitPath(node, place);
        break;
      case "variable":
        this.#visitVariable(String(node.value), place);
        break;
      case "name":
        if (place.atTop) this.contextNames.add(String(node.value));
        break;
      case "wildcard":
      case "descendant":
        if (place.atTop) this.contextNames.add(String(node.value));
        break;
      case "block":
        this.#visitBlock(node["expressions"] as readonly Node[], place);
        break;
      case "bind":
        this.#visitBlock([node], place);
        break;
      case "lambda":
        this.#visitLambda(node, place);
        break;
      default:
        for (const field of SAME_PLACE) this.visit(node[field], place);
    }
    this.#visitBelow(node, place);
  }

  #visitBelow(node: Node, place: Place): void {
    const below = { ...place, atTop: false };
    for (const field of BELOW) this.visit(node[field], below);
    this.visit((node["group"] as Node | undefined)?.["lhs"], below);
  }

  #visitPath(node: Node, place: Place): void {
    const steps = node["steps"] as readonly Node[];
    const [first, second] = steps;
    if (first?.type === "variable" && first.value === "states" && second?.type === "name") {
      this.statesMembers.add(String(second.value));
    }
    const bound = new Set(place.bound);
    for (const [i, step] of steps.entries()) {
      // What a step binds is seen by the steps after it, and by the step's own predicates.
      if (step.focus !== undefined) bound.add(step.focus);
      for (const stage of (step["stages"] as readonly Node[] | undefined) ?? []) {
        if (stage.type === "index") bound.add(String(stage.value));
      }
      if (typeof step["index"] === "string") bound.add(step["index"]);
      this.visit(step, { atTop: place.atTop && i === 0, bound });
    }
  }

  #visitVariable(name: string, place: Place): void {
    if (name === "$") this.root = true;
    else if (name === "") {
      if (place.atTop) this.contextNames.add("$");
    } else if (name !== "states" && !place.bound.has(name) && !JSONATA_FUNCTIONS.has(name)) this.variables.add(name);
  }

  #visitBlock(expressions: readonly Node[], place: Place): void {
    const bound = new Set(place.bound);
    for (const expression of expressions) {
      if (expression.type !== "bind") {
        this.visit(expression, { ...place, bound });
        continue;
      }
      const name = String((expression["lhs"] as Node).value);
      const value = expression["rhs"] as Node;
      // A function may call itself; any other value is made before its name exists.
      if (value.type === "lambda") bound.add(name);
      this.visit(value, { ...place, bound: new Set(bound) });
      bound.add(name);
    }
  }

  #visitLambda(node: Node, place: Place): void {
    const parameters = (node["arguments"] as readonly Node[]).map((x) => String(x.value));
    this.visit(node["body"], { ...place, bound: new Set([...place.bound, ...parameters]) });
  }
}
