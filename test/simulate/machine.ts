/**
 * Machines made up for a simulation, in a small part of the language that the reference interpreter knows by heart: every
 * input is an object, every path and every expression is one of a few.
 */
import type { Dice } from "../engine/simulated-machine.ts";

export type Definition = Readonly<Record<string, unknown>>;

const ACCOUNT = "us-east-1:123456789012";
export const KID_ARN = `arn:aws:states:${ACCOUNT}:stateMachine:kid`;
export const MAIN_ARN = `arn:aws:states:${ACCOUNT}:stateMachine:main`;
export const ACTIVITY_ARN = `arn:aws:states:${ACCOUNT}:activity:hands`;
export const ROLE_ARN = "arn:aws:iam::123456789012:role/any";
const LAMBDA_ARN = `arn:aws:lambda:${ACCOUNT}:function:work`;

export const ERRORS = ["Boom", "Bang"] as const;

/** Where a long child stays. */
export const LONG_STATE = "K3";

/** What a `sync` task starts. Some take so long that their parents may have given them up long before. */
export const KID: Definition = {
  StartAt: "K1",
  States: {
    K1: { Type: "Task", Resource: LAMBDA_ARN, ResultPath: "$.k", Next: "K2" },
    K2: { Type: "Choice", Choices: [{ Variable: "$.n", NumericEquals: 3, Next: LONG_STATE }], Default: "K4" },
    [LONG_STATE]: { Type: "Wait", Seconds: 3_600, End: true },
    K4: { Type: "Wait", Seconds: 1, End: true },
  },
};

interface Limits {
  readonly isExpress: boolean;
  readonly maxDepth: number;
}

class Maker {
  readonly #dice: Dice;
  readonly #limits: Limits;
  #names = 0;

  constructor(dice: Dice, limits: Limits) {
    this.#dice = dice;
    this.#limits = limits;
  }

  /** A chain of states, each of which may also skip forwards. @param variables that are there for sure */
  machine(depth: number, variables: readonly string[]): Definition {
    const dice = this.#dice;
    const names = Array.from({ length: dice.between(1, depth === 0 ? 4 : 2) }, () => this.#name());
    const known = [...variables];
    const States: Record<string, Definition> = {};
    for (const [i, name] of names.entries()) {
      const later = names.slice(i + 1);
      if (i === 0 && later.length > 0 && dice.chance(0.3)) {
        const variable = `v${name}`;
        States[name] = this.#assigning(variable, later);
        known.push(variable);
      } else States[name] = this.#state(depth, later, known);
    }
    return { StartAt: names[0], States };
  }

  #name(): string {
    this.#names += 1;
    return `S${this.#names}`;
  }

  #assigning(variable: string, [next]: readonly string[]): Definition {
    const onward = { Type: "Pass", Next: next };
    return this.#dice.chance(0.5)
      ? { ...onward, Assign: { [`${variable}.$`]: "$$.Execution.Input.n" } }
      : { ...onward, QueryLanguage: "JSONata", Assign: { [variable]: "{% $states.context.Execution.Input.n %}" } };
  }

  #state(depth: number, later: readonly string[], variables: readonly string[]): Definition {
    const dice = this.#dice;
    const [next] = later;
    const onward = next === undefined ? { End: true } : { Next: next };
    const kinds = ["Task", "Task", "Task", "Pass", "Wait"];
    kinds.push(next === undefined ? dice.of(["Succeed", "Fail"]) : "Choice");
    if (depth < this.#limits.maxDepth) kinds.push("Parallel", "Map", "Map");
    switch (dice.of(kinds)) {
      case "Pass":
        return { Type: "Pass", ...onward, ...this.#pass(variables) };
      case "Wait":
        return { Type: "Wait", Seconds: dice.of([0, 1, 2, 5, 300]), ...onward };
      case "Succeed":
        return { Type: "Succeed" };
      case "Fail":
        return { Type: "Fail", Error: dice.of(ERRORS), Cause: "so" };
      case "Choice":
        return this.#choice(later);
      case "Parallel": {
        const Branches = Array.from({ length: dice.between(1, 3) }, () => this.machine(depth + 1, variables));
        return { Type: "Parallel", Branches, ...onward, ...this.#result("r"), ...this.#recovery(later) };
      }
      case "Map":
        return { ...this.#map(depth, variables), ...onward, ...this.#recovery(later) };
      default:
        return { ...this.#task(variables), ...onward, ...this.#recovery(later) };
    }
  }

  /** Where a result goes, in one of the languages. */
  #result(member: string): Definition {
    return this.#dice.chance(0.6)
      ? { ResultPath: `$.${member}` }
      : { QueryLanguage: "JSONata", Output: `{% $merge([$states.input, {'${member}': $states.result}]) %}` };
  }

  #pass(variables: readonly string[]): Definition {
    const [variable] = variables;
    const choices: Definition[] = [
      {},
      { Result: { a: [1, null] }, ResultPath: "$.a" },
      { Parameters: { "n.$": "$$.Execution.Input.n", "in.$": "$", "at.$": "$$.State.Name" } },
      { QueryLanguage: "JSONata", Output: "{% $merge([$states.input, {'p': 1}]) %}" },
    ];
    if (variable !== undefined) choices.push({ Parameters: { "n.$": `$${variable}`, "in.$": "$" } });
    return this.#dice.of(choices);
  }

  #choice(later: readonly string[]): Definition {
    const dice = this.#dice;
    const Next = dice.of(later);
    if (dice.chance(0.4)) {
      const Condition = dice.of(["{% $exists($states.input.t) %}", "{% $states.context.Execution.Input.n < 2 %}"]);
      return { Type: "Choice", QueryLanguage: "JSONata", Choices: [{ Condition, Next }], Default: later[0] };
    }
    const rule = dice.of<Definition>([
      { Variable: "$.t", IsPresent: true, Next },
      { Variable: "$$.Execution.Input.n", NumericLessThan: 2, Next },
      { Not: { Variable: "$.r", IsPresent: true }, Next },
    ]);
    return { Type: "Choice", Choices: [rule], Default: later[0] };
  }

  #map(depth: number, variables: readonly string[]): Definition {
    const dice = this.#dice;
    const tolerated = dice.chance(0.35) ? { ToleratedFailureCount: dice.between(0, 2) } : {};
    if (!this.#limits.isExpress && depth < 2 && dice.chance(0.25)) return this.#distributed(tolerated);
    const inner = {
      ItemProcessor: this.machine(depth + 1, variables),
      MaxConcurrency: dice.between(0, 3),
      ...tolerated,
    };
    if (dice.chance(0.6)) {
      return {
        Type: "Map",
        ItemsPath: "$$.Execution.Input.items",
        ItemSelector: { "n.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index" },
        ...inner,
        ResultPath: "$.r",
      };
    }
    return {
      Type: "Map",
      QueryLanguage: "JSONata",
      Items: "{% $states.context.Execution.Input.items %}",
      ItemSelector: { n: "{% $states.context.Map.Item.Value %}", i: "{% $states.context.Map.Item.Index %}" },
      ...inner,
      Output: "{% $merge([$states.input, {'r': $states.result}]) %}",
    };
  }

  /** Its children answer by themselves: `pure` gives the same result for the same input, wherever and however often. */
  #distributed(tolerated: Definition): Definition {
    const dice = this.#dice;
    const [first, second] = [this.#name(), this.#name()];
    const States = {
      [first]: { Type: "Task", Resource: LAMBDA_ARN.replace(":work", ":pure"), Next: second },
      [second]: dice.chance(0.3) ? { Type: "Wait", Seconds: 2, End: true } : { Type: "Pass", End: true },
    };
    const ProcessorConfig = { Mode: "DISTRIBUTED", ExecutionType: dice.of(["STANDARD", "EXPRESS"]) };
    return {
      Type: "Map",
      Label: `L${this.#names}`,
      ItemsPath: "$$.Execution.Input.items",
      ItemSelector: { "n.$": "$$.Map.Item.Value" },
      ItemProcessor: { ProcessorConfig, StartAt: first, States },
      MaxConcurrency: dice.between(0, 3),
      ...(dice.chance(0.7) ? { ToleratedFailureCount: dice.between(1, 3) } : tolerated),
      ResultPath: "$.r",
    };
  }

  #task(variables: readonly string[]): Definition {
    const dice = this.#dice;
    const limits = {
      ...(dice.chance(0.5) && { TimeoutSeconds: dice.between(4, 20) }),
      ...(dice.chance(0.3) && { HeartbeatSeconds: dice.between(1, 3) }),
    };
    const kind = this.#limits.isExpress
      ? dice.of(["lambda", "invoke"])
      : dice.of(["lambda", "invoke", "token", "token", "activity", "sync"]);
    const input = variables[0] === undefined ? { "n.$": "$$.Execution.Input.n" } : { "n.$": `$${variables[0]}` };
    switch (kind) {
      case "lambda":
        return { Type: "Task", Resource: LAMBDA_ARN, ...this.#result("t"), ...limits };
      case "activity":
        return dice.chance(0.5)
          ? { Type: "Task", Resource: ACTIVITY_ARN, Parameters: input, ResultPath: "$.t", ...limits }
          : { Type: "Task", Resource: ACTIVITY_ARN, ...this.#result("t"), ...limits };
      case "sync":
        return {
          Type: "Task",
          Resource: "arn:aws:states:::states:startExecution.sync:2",
          Parameters: { StateMachineArn: KID_ARN, Input: { "n.$": "$$.Execution.Input.n" } },
          ResultSelector: { "status.$": "$.Status", "output.$": "$.Output" },
          ResultPath: "$.t",
          ...limits,
        };
      default:
        return this.#invoke(kind === "token", limits, input);
    }
  }

  #invoke(isCallback: boolean, limits: Definition, input: Definition): Definition {
    const pattern = isCallback ? ".waitForTaskToken" : "";
    const task = { Type: "Task", Resource: `arn:aws:states:::lambda:invoke${pattern}`, ...limits };
    if (this.#dice.chance(0.6)) {
      const Payload = isCallback
        ? { ...input, "token.$": "$$.Task.Token" }
        : { ...input, "retries.$": "$$.State.RetryCount" };
      const selected = isCallback ? {} : { ResultSelector: { "p.$": "$.Payload" } };
      return { ...task, Parameters: { FunctionName: "work", Payload }, ...selected, ResultPath: "$.t" };
    }
    const member = isCallback
      ? { token: "{% $states.context.Task.Token %}" }
      : { retries: "{% $states.context.State.RetryCount %}" };
    const Payload = { n: "{% $states.context.Execution.Input.n %}", ...member };
    const result = isCallback ? "$states.result" : "$states.result.Payload";
    const Output = `{% $merge([$states.input, {'t': ${result}}]) %}`;
    return { ...task, QueryLanguage: "JSONata", Arguments: { FunctionName: "work", Payload }, Output };
  }

  #recovery(later: readonly string[]): Definition {
    const dice = this.#dice;
    const named = (): readonly string[] => [dice.of([...ERRORS, "States.Timeout", "States.TaskFailed"])];
    const retrier = (ErrorEquals: readonly string[]): Definition => ({
      ErrorEquals,
      MaxAttempts: dice.between(0, 3),
      IntervalSeconds: dice.between(1, 3),
      BackoffRate: dice.of([1, 2]),
      ...(dice.chance(0.2) && { JitterStrategy: "FULL" }),
      ...(dice.chance(0.2) && { MaxDelaySeconds: 4 }),
    });
    const Retry = dice.chance(0.6) ? [retrier(named()), ...(dice.chance(0.5) ? [retrier(["States.ALL"])] : [])] : [];
    const isCaught = later.length > 0 && dice.chance(0.5);
    const Catch = isCaught ? [{ ErrorEquals: dice.chance(0.5) ? named() : ["States.ALL"], Next: dice.of(later) }] : [];
    return { ...(Retry.length > 0 && { Retry }), ...(Catch.length > 0 && { Catch }) };
  }
}

export interface MadeMachine {
  readonly definition: Definition;
  readonly input: { readonly items: readonly number[]; readonly n: number; readonly text: string };
}

export function makeMachine(dice: Dice, isExpress: boolean): MadeMachine {
  const maker = new Maker(dice, { isExpress, maxDepth: dice.of([1, 2, 2, 3]) });
  const definition = maker.machine(0, []);
  const limited = dice.chance(0.15) ? { TimeoutSeconds: dice.between(10, 60) } : {};
  const items = Array.from({ length: dice.of([0, 1, 2, 3, 3, 6]) }, (_, i) => i);
  return { definition: { ...definition, ...limited }, input: { items, n: dice.between(1, 3), text: "t" } };
}

/** What the function `pure` answers. @throws for a third of what it is asked */
export function pure({ n }: { readonly n: number }): { readonly n: number; readonly twice: number } {
  if (n % 3 === 2) {
    const error = new Error("a third of all");
    error.name = "Boom";
    throw error;
  }
  return { n, twice: 2 * n };
}
