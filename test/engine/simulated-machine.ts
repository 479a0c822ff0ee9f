/** Machines made up from a seed: all eight types of states, nested up to three levels, small and always valid. */
import { ACTIVITY, CALLBACK, INVOKE, LAMBDA, type Definition } from "./words.ts";

/** A small generator of pseudo-random numbers (mulberry32): the same seed tells the same story. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** In [0, 1). */
  roll(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** An integer from the first number to the second, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.roll() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.roll() < probability;
  }

  of<T>(choices: readonly T[]): T {
    const choice = choices[this.between(0, choices.length - 1)];
    if (choice === undefined) throw new Error("nothing to choose from");
    return choice;
  }

  shuffle<T>(items: readonly T[]): readonly T[] {
    return items
      .map((item) => [this.roll(), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  }
}

export const ERRORS = ["Boom", "Bang", "States.TaskFailed"] as const;
const INPUT = { items: [1, 2, 3], n: 2, text: "t" };
const RESOURCES = [LAMBDA, INVOKE, CALLBACK, ACTIVITY, "arn:aws:states:::states:startExecution.sync:2"];

class MachineMaker {
  readonly #dice: Dice;
  #names = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** A chain of states, each of which may also skip forward; every one can be reached. */
  machine(depth: number): Definition {
    const names = Array.from({ length: this.#dice.between(1, depth === 0 ? 4 : 2) }, () => this.#name());
    const all = names.map((name, i) => [name, this.#state(depth, names.slice(i + 1))] as const);
    return { StartAt: names[0], States: Object.fromEntries(all) };
  }

  #name(): string {
    this.#names += 1;
    return `S${this.#names}`;
  }

  #state(depth: number, later: readonly string[]): Definition {
    const dice = this.#dice;
    const [next] = later;
    const onward = next === undefined ? { End: true } : { Next: next };
    const kinds = ["Task", "Task", "Pass", "Wait", next === undefined ? dice.of(["Succeed", "Fail"]) : "Choice"];
    if (depth < 3) kinds.push("Parallel", "Map");
    switch (dice.of(kinds)) {
      case "Pass":
        return { Type: "Pass", ...onward, ...this.#pass() };
      case "Wait":
        return { Type: "Wait", Seconds: dice.between(0, 5), ...onward };
      case "Succeed":
        return { Type: "Succeed" };
      case "Fail":
        return { Type: "Fail", Error: dice.of(ERRORS) };
      case "Choice":
        return { Type: "Choice", Choices: [this.#rule(later)], Default: next };
      case "Parallel": {
        const Branches = Array.from({ length: dice.between(1, 3) }, () => this.machine(depth + 1));
        return { Type: "Parallel", Branches, ResultPath: "$.r", ...onward, ...this.#recovery(later) };
      }
      case "Map":
        return { ...this.#map(depth), ...onward, ...this.#recovery(later) };
      default:
        return { ...this.#task(), ...onward, ...this.#recovery(later) };
    }
  }

  #pass(): Definition {
    const name = `v${this.#names}_${this.#dice.between(1, 1e9)}`;
    return this.#dice.of<Definition>([
      {},
      { Result: { a: [1.5, null] }, ResultPath: "$.a" },
      { Parameters: { "n.$": "States.MathRandom(0, 9)", "id.$": "States.UUID()", items: [] } },
      { Assign: { [name]: { "x.$": "$" } } },
      ...(this.#dice.chance(0.2) ? [{ InputPath: "$.no.such.thing" }] : []),
    ]);
  }

  #rule(later: readonly string[]): Definition {
    const Next = this.#dice.of(later);
    return this.#dice.of<Definition>([
      { Variable: "$.r", IsPresent: true, Next },
      { Variable: "$$.Execution.Input.n", NumericLessThan: this.#dice.between(0, 4), Next },
      { Not: { Variable: "$$.State.Name", StringMatches: "S*1" }, Next },
      { Variable: "$.items", IsNull: false, Next },
    ]);
  }

  #map(depth: number): Definition {
    const dice = this.#dice;
    return {
      Type: "Map",
      ItemsPath: "$$.Execution.Input.items",
      ItemSelector: { "n.$": "$$.Map.Item.Value", "from.$": "$$.State.Name" },
      ItemProcessor: this.machine(depth + 1),
      MaxConcurrency: dice.between(0, 3),
      ResultPath: "$.r",
      ...(dice.chance(0.3) && { ToleratedFailureCount: dice.between(0, 2) }),
    };
  }

  #task(): Definition {
    const dice = this.#dice;
    const timeout = dice.chance(0.4) ? { TimeoutSeconds: dice.between(5, 20) } : {};
    const heartbeat = dice.chance(0.3) ? { HeartbeatSeconds: dice.between(1, 4) } : {};
    const parameters = dice.chance(0.5) ? { Parameters: { "in.$": "$", "run.$": "$$.Execution.Name" } } : {};
    return { Type: "Task", Resource: dice.of(RESOURCES), ResultPath: "$.t", ...timeout, ...heartbeat, ...parameters };
  }

  #recovery(later: readonly string[]): Definition {
    const dice = this.#dice;
    const error = (): readonly string[] => [dice.of([...ERRORS, "States.Timeout", "States.ALL"])];
    const retry = { ErrorEquals: error(), MaxAttempts: dice.between(0, 2), IntervalSeconds: dice.between(1, 3) };
    const Catch = dice.chance(0.5)
      ? [{ ErrorEquals: error(), Next: later[0], ResultPath: dice.of(["$.e", "$.n.e"]) }]
      : [];
    return {
      ...(dice.chance(0.5) && { Retry: [{ ...retry, JitterStrategy: dice.of(["FULL", "NONE"]) }] }),
      ...(later.length > 0 && { Catch }),
    };
  }
}

export function makeMachine(dice: Dice): { readonly definition: Definition; readonly input: string } {
  const definition = new MachineMaker(dice).machine(0);
  const limited = dice.chance(0.2) ? { TimeoutSeconds: dice.between(10, 60) } : {};
  return { definition: { ...definition, ...limited }, input: JSON.stringify(INPUT) };
}
