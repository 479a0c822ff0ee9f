/**
 * Bounds on what the JSONata expressions of a state may cost, so that none can occupy or exhaust the isolate it shares.
 *
 * M1. Steps: each part evaluated costs one, each variable or field read its length, each built-in call what goes in and
 *     comes out. The sum over a piece of work, such as a state's start, is bounded; so time and newly made memory are.
 * M2. Size: a value shares its parts with others, so that little memory can stand for a huge value. Whatever a variable
 *     holds, or is compared, turned into text or returned, is measured as written out; known parts are not measured again.
 */
import type { ExpressionNode, Frame, Meter } from "../asl/jsonata-expression.ts";

const MAX_STEPS = 2_000_000;
/** Characters of JSON, roughly: several times what a payload may have. */
export const MAX_SIZE = 4_194_304;
const MAX_DEPTH = 500;
const CHARACTERS_PER_STEP = 16;

/** What JSONata throws. */
export function jsonataError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** What a piece of work has spent on its expressions so far. */
export interface Effort {
  steps: number;
}

interface Extent {
  readonly size: number;
  readonly depth: number;
}

export class EvaluationMeter implements Meter {
  readonly #onFirstStep: (frame: Frame) => void;
  readonly #extents = new WeakMap<object, Extent>();
  readonly #effort: Effort;
  #isUnderWay = false;

  /** @param onFirstStep called with the outermost scope, before the expression can have changed it */
  constructor(effort: Effort, onFirstStep: (frame: Frame) => void) {
    this.#effort = effort;
    this.#onFirstStep = onFirstStep;
  }

  step(node: ExpressionNode, input: unknown, frame: Frame): void {
    if (!this.#isUnderWay) {
      this.#isUnderWay = true;
      this.#onFirstStep(frame);
    }
    this.charge(1);
    if (node.type === "variable") this.charge(breadth(frame.lookup(String(node.value))));
    else if (node.type === "name") this.#chargeForName(String(node.value), input);
    else if (node.type === "wildcard" || node.type === "descendant") this.chargeFor(input);
  }

  #chargeForName(name: string, input: unknown): void {
    for (const item of Array.isArray(input) ? input : [input]) {
      this.charge(1);
      if (typeof item === "object" && item !== null && Object.hasOwn(item, name)) {
        this.charge(breadth((item as Record<string, unknown>)[name]));
      }
    }
  }

  charge(steps: number): void {
    this.#effort.steps += steps;
    if (this.#effort.steps > MAX_STEPS) {
      throw jsonataError("D1012", `The state's expressions took more than ${MAX_STEPS} steps`);
    }
  }

  /** Charges for a walk over the whole value. */
  chargeFor(value: unknown): void {
    this.charge(Math.ceil(this.measure(value).size / CHARACTERS_PER_STEP));
  }

  hold(value: unknown): void {
    this.measure(value);
  }

  measure(value: unknown): Extent {
    const extent = this.#extentOf(value, 0);
    if (extent.size > MAX_SIZE) throw jsonataError("D2015", `A value grew larger than ${MAX_SIZE} characters`);
    return extent;
  }

  #extentOf(value: unknown, above: number): Extent {
    if (typeof value === "string") return { size: value.length + 2, depth: 0 };
    if (typeof value !== "object" || value === null || isFunctionValue(value)) return { size: 5, depth: 0 };
    const known = this.#extents.get(value);
    if (known !== undefined && above + known.depth <= MAX_DEPTH) return known;
    if (above > MAX_DEPTH) throw jsonataError("D1011", `A value is nested more than ${MAX_DEPTH} levels deep`);
    let size = 2;
    let depth = 0;
    const add = (member: unknown): void => {
      const extent = this.#extentOf(member, above + 1);
      size += extent.size + 1;
      depth = Math.max(depth, extent.depth);
    };
    if (Array.isArray(value)) value.forEach(add);
    else {
      for (const [key, member] of Object.entries(value)) {
        size += key.length + 3;
        add(member);
      }
    }
    const extent = { size, depth: depth + 1 };
    this.#extents.set(value, extent);
    return extent;
  }
}

export function isFunctionValue(value: unknown): boolean {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null) return false;
  return "_jsonata_function" in value || "_jsonata_lambda" in value;
}

/** What copying a value costs: its own length, whatever its parts hold. */
export function breadth(value: unknown): number {
  if (typeof value === "string") return Math.ceil(value.length / CHARACTERS_PER_STEP);
  return Array.isArray(value) ? value.length : 1;
}
