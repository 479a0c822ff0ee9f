/**
 * Bounds on what the JSONata expressions of a state may cost, so that none can occupy or exhaust the isolate it shares.
 *
 * M1. Steps: each part evaluated costs some, each variable or field read its length, each built-in call what goes in and
 *     comes out. The sum over a piece of work, such as a state's start, is bounded; so time and newly made memory are.
 * M2. Size: a value shares its parts with others, so that little memory can stand for a huge value. Whatever a variable
 *     holds, or is compared, turned into text or returned, is measured as written out; known parts are not measured again.
 */
import type { ExpressionNode, Frame, Meter } from "../asl/jsonata-expression.ts";
import { CHARACTERS_PER_STEP, MAX_SIZE, spend, type Spender } from "./effort.ts";
import { Extents, type Extent } from "./extents.ts";
import { jsonataError } from "./jsonata-error.ts";
import { isFunctionValue } from "./jsonata-function-value.ts";
import { asValue } from "./jsonata-operators.ts";

const MAX_DEPTH = 500;
/** To evaluate a part of an expression: the library awaits it. */
const STEPS_PER_PART = 24;
/** To call a function, besides. */
const STEPS_PER_CALL = 144;
/** To make a scope: for a call of the expression's own function, or for a block. */
const STEPS_PER_FRAME = 104;
/** To begin a block, besides its scope. */
const STEPS_PER_BLOCK = 40;
/** To make an array of its parts: the library evaluates them at the same time. */
const STEPS_PER_ARRAY = 96;
/** To make an object of its members, which the library does as if it grouped. */
const STEPS_PER_OBJECT = 48;
/** To apply a function partially: the library parses a function for it. */
const STEPS_PER_PARTIAL = 1200;
/** To bind an item and what goes with it. */
const STEPS_PER_BINDING = 108;
/** To look at an object among items, or to copy an item. */
const STEPS_PER_ITEM = 4;
const GROUPED_PER_STEP = 3;
/** References that are copied in the time of a step. */
const COPIED_PER_STEP = 12;
const SORTED_PER_STEP = 3;
/** Evaluations under way, which the platform's collector goes through again and again, in the time of a step. */
const UNDER_WAY_PER_STEP = 100;

export class EvaluationMeter implements Meter {
  readonly #onFirstStep: (frame: Frame) => void;
  readonly #extents = new Extents(
    MAX_DEPTH,
    () => {
      throw jsonataError("D1011", `A value is nested more than ${MAX_DEPTH} levels deep`);
    },
    isFunctionValue,
  );
  readonly #spender: Spender;
  #isUnderWay = false;
  #grouped = 0;
  #groupedItems = 0;
  #sorted = 0;

  /** @param onFirstStep called with the outermost scope, before the expression can have changed it */
  constructor(spender: Spender, onFirstStep: (frame: Frame) => void) {
    this.#spender = spender;
    this.#onFirstStep = onFirstStep;
  }

  step(node: ExpressionNode, input: unknown, frame: Frame): void {
    if (!this.#isUnderWay) {
      this.#isUnderWay = true;
      this.#onFirstStep(frame);
    }
    this.charge(STEPS_PER_PART + frame.base.depth / UNDER_WAY_PER_STEP);
    // A call that a function ends with is made of a thunk, and not seen as a call.
    if (node.type === "function" || node.thunk === true) this.charge(STEPS_PER_CALL);
    if (node.type === "unary" && node.value === "[") this.charge(STEPS_PER_ARRAY);
    if (node.type === "unary" && node.value === "{") this.charge(STEPS_PER_OBJECT);
    if (node.type === "block") this.charge(STEPS_PER_BLOCK);
    if (node.type === "partial") this.charge(STEPS_PER_PARTIAL);
    if (node.isBinding === true) this.charge(STEPS_PER_BINDING);
    if (node.group !== undefined) this.#beginGroups();
    if (node.isGroupKey === true) this.#chargeForGroup(input);
    if (node.isSortTerm === true) this.#sorted = 0;
    if (node.type === "variable") this.chargeForPassing(frame.lookup(String(node.value)));
    else if (node.type === "name") this.#chargeForName(String(node.value), input);
    else if (node.type === "wildcard") this.#chargeForMembers(input);
    else if (node.type === "descendant") this.charge(1.5 * this.measure(input).size);
  }

  /** What was found is copied for each member that is an array. */
  #chargeForMembers(input: unknown): void {
    this.charge(1.25 * this.measure(input).size);
    if (typeof input !== "object" || input === null) return;
    let found = 0;
    for (const member of Object.values(input)) {
      found += Array.isArray(member) ? this.measure(member).items : 1;
      if (Array.isArray(member)) this.charge(found / COPIED_PER_STEP);
    }
  }

  #chargeForName(name: string, input: unknown): void {
    for (const item of Array.isArray(input) ? input : [input]) {
      this.charge(STEPS_PER_ITEM);
      // The library looks into arrays of arrays, as far down as these go.
      if (Array.isArray(item)) this.charge(STEPS_PER_ITEM * this.measure(item).items);
      else if (typeof item === "object" && item !== null && Object.hasOwn(item, name)) {
        this.chargeForPassing((item as Record<string, unknown>)[name]);
      }
    }
  }

  charge(steps: number): void {
    if (spend(this.#spender, steps)) return;
    const { allowed } = this.#spender.effort;
    throw jsonataError("D1012", `The state's expressions took more than ${allowed} steps (the quota EvaluationSteps)`);
  }

  /** Charges for a walk over the whole value. */
  chargeFor(value: unknown): void {
    this.charge(this.measure(value).size);
  }

  /** Charges for handing a value on: a text or an array may be copied, and whether an array is true is asked of all within. */
  chargeForPassing(value: unknown): void {
    if (typeof value === "string") this.charge(Math.ceil(value.length / CHARACTERS_PER_STEP));
    else if (!Array.isArray(value)) this.#chargeForOne(value);
    else this.charge(value.length + this.measure(value).items);
  }

  #chargeForOne(value: unknown): void {
    // What is handed on may be called next.
    isFunctionValue(value);
    this.charge(1);
  }

  #beginGroups(): void {
    this.#grouped = 0;
    this.#groupedItems = 0;
  }

  /** Whatever joins a group has the group copied; an array joins with its items. */
  #chargeForGroup(item: unknown): void {
    this.#grouped += 1;
    if (Array.isArray(item)) this.#groupedItems += item.length;
    this.charge(this.#grouped / GROUPED_PER_STEP + this.#groupedItems / COPIED_PER_STEP);
  }

  /** An item is about to be ordered by `^`: the library's memory grows with the square of their number. */
  countSorted(): void {
    this.#sorted += 1;
    this.charge(this.#sorted / SORTED_PER_STEP);
  }

  enter(): void {
    this.charge(STEPS_PER_FRAME);
  }

  hold(value: unknown): unknown {
    this.measure(value);
    return asValue(value);
  }

  measure(value: unknown): Extent {
    const extent = this.#extents.of(value);
    if (extent.size > MAX_SIZE) throw jsonataError("D2015", `A value grew larger than ${MAX_SIZE} characters`);
    return extent;
  }
}
