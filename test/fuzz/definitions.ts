/** Made-up state machines with every field of the language, in both query languages; a few of their values are wild. */
import type { Json, JsonObject } from "../../src/asl/json.ts";
import { ACTIVITY, CALLBACK, INVOKE, LAMBDA } from "../engine/words.ts";
import type { Dice } from "../engine/simulated-machine.ts";
import { choiceRule, intrinsic, jsonata, jsonPath, referencePath, timestamp } from "./expressions.ts";
import { EVIL_KEYS, objectOf, wildValue } from "./values.ts";

type Fields = Record<string, Json>;

const RESOURCES = [
  LAMBDA,
  INVOKE,
  INVOKE,
  CALLBACK,
  ACTIVITY,
  "arn:aws:states:::states:startExecution",
  "arn:aws:states:::states:startExecution.sync:2",
  "arn:aws:states:::aws-sdk:s3:getObject",
  "arn:aws:states:::http:invoke",
  "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
];
const ERRORS = [
  "Boom",
  "States.ALL",
  "States.TaskFailed",
  "States.Timeout",
  "States.Runtime",
  "States.QueryEvaluationError",
  "States.DataLimitExceeded",
  "States.HeartbeatTimeout",
  "States.BranchFailed",
  "States.IntrinsicFailure",
];

export function makeDefinition(dice: Dice): JsonObject {
  const maker = new Maker(dice, dice.chance(0.4));
  const machine = maker.machine(0);
  const TimeoutSeconds = dice.chance(0.2) ? { TimeoutSeconds: maker.wild(dice.between(1, 1000)) } : {};
  const language =
    maker.isJsonata || dice.chance(0.1) ? { QueryLanguage: maker.isJsonata ? "JSONata" : "JSONPath" } : {};
  return {
    ...machine,
    ...TimeoutSeconds,
    ...language,
    ...(dice.chance(0.1) && { Version: "1.0", Comment: "made up" }),
  };
}

class Maker {
  readonly isJsonata: boolean;
  readonly #dice: Dice;
  #names = 0;

  constructor(dice: Dice, isJsonata: boolean) {
    this.#dice = dice;
    this.isJsonata = isJsonata;
  }

  /** Now and then something else. */
  wild(value: Json): Json {
    return this.#dice.chance(0.004) ? wildValue(this.#dice) : value;
  }

  machine(depth: number): Fields {
    const dice = this.#dice;
    const names = Array.from({ length: dice.between(1, depth === 0 ? 4 : 2) }, () => this.#name());
    const states = names.map((name, i) => [name, this.#state(depth, names.slice(i + 1))] as const);
    return { StartAt: this.wild(names[0] ?? ""), States: objectOf(states) };
  }

  #name(): string {
    this.#names += 1;
    return this.#dice.chance(0.06) ? `${this.#dice.of(EVIL_KEYS)}${this.#names}` : `S${this.#names}`;
  }

  #state(depth: number, later: readonly string[]): Json {
    const dice = this.#dice;
    const [next] = later;
    const kinds = [
      "Task",
      "Task",
      "Pass",
      "Pass",
      "Wait",
      next === undefined ? dice.of(["Succeed", "Fail"]) : "Choice",
    ];
    if (depth < 3) kinds.push("Parallel", "Map");
    const Type = dice.of(kinds);
    const onward: Fields = next === undefined ? { End: true } : { Next: this.wild(next) };
    const fields = { Type, ...this.#fieldsOf(Type, depth, later) };
    const isLast = Type === "Succeed" || Type === "Fail" || Type === "Choice";
    return { ...fields, ...(isLast ? {} : onward), ...(Type !== "Fail" && this.#dataFields(Type)) };
  }

  #fieldsOf(Type: string, depth: number, later: readonly string[]): Fields {
    switch (Type) {
      case "Task":
        return { ...this.#task(), ...this.#recovery(later) };
      case "Wait":
        return this.#wait();
      case "Fail":
        return this.#fail();
      case "Choice":
        return { Choices: this.#choices(later), Default: this.wild(later[0] ?? null) };
      case "Parallel": {
        const Branches = Array.from({ length: this.#dice.between(1, 3) }, () => this.machine(depth + 1));
        return { Branches: this.wild(Branches), ...this.#recovery(later) };
      }
      case "Map":
        return { ...this.#map(depth), ...this.#recovery(later) };
      default:
        return {};
    }
  }

  #task(): Fields {
    const dice = this.#dice;
    return {
      Resource: this.wild(dice.of(RESOURCES)),
      ...(dice.chance(0.3) && { TimeoutSeconds: this.#number(1, 99) }),
      ...(dice.chance(0.15) && !this.isJsonata && { HeartbeatSecondsPath: jsonPath(dice) }),
      ...(dice.chance(0.5) && { [this.isJsonata ? "Arguments" : "Parameters"]: this.#template() }),
    };
  }

  /** A number, or in JSONata an expression that gives one, perhaps. */
  #number(from: number, to: number): Json {
    const dice = this.#dice;
    return this.wild(this.isJsonata && dice.chance(0.4) ? this.#expression() : dice.between(from, to));
  }

  #wait(): Fields {
    const dice = this.#dice;
    if (this.isJsonata) {
      const field = dice.of(["Seconds", "Timestamp"]);
      return { [field]: this.wild(dice.chance(0.5) ? this.#expression() : this.#literalWait(field)) };
    }
    const field = dice.of(["Seconds", "Timestamp", "SecondsPath", "TimestampPath"]);
    const path = (): string => dice.of(["$.number", "$.at", jsonPath(dice)]);
    return { [field]: this.wild(field.endsWith("Path") ? path() : this.#literalWait(field)) };
  }

  #literalWait(field: string): Json {
    return field === "Seconds" ? this.#dice.between(0, 100) : timestamp(this.#dice);
  }

  #fail(): Fields {
    const dice = this.#dice;
    const written = (): Json => this.wild(this.isJsonata && dice.chance(0.5) ? this.#expression() : dice.of(ERRORS));
    if (this.isJsonata || dice.chance(0.5)) return { Error: written(), ...(dice.chance(0.5) && { Cause: written() }) };
    return { ErrorPath: dice.chance(0.5) ? jsonPath(dice) : intrinsic(dice), CausePath: "$.text" };
  }

  #choices(later: readonly string[]): Json {
    return Array.from({ length: this.#dice.between(1, 3) }, () => {
      const Next = this.#dice.of(later);
      return this.wild(
        this.isJsonata
          ? { Condition: this.#expression(), Next, ...(this.#dice.chance(0.3) && this.#assign()) }
          : { ...(choiceRule(this.#dice) as JsonObject), Next, ...(this.#dice.chance(0.2) && this.#assign()) },
      );
    });
  }

  #map(depth: number): Fields {
    const dice = this.#dice;
    const processor = this.machine(depth + 1);
    const isDistributed = dice.chance(0.3);
    const config = isDistributed
      ? { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: dice.of(["STANDARD", "EXPRESS"]) } }
      : {};
    const items: Fields = this.isJsonata
      ? { Items: dice.chance(0.5) ? "{% $states.input.items %}" : this.wild(this.#expression()) }
      : { ItemsPath: dice.chance(0.5) ? "$.items" : this.wild(jsonPath(dice)) };
    return {
      ItemProcessor: { ...processor, ...config },
      ...(dice.chance(0.6) && items),
      ...(dice.chance(0.4) && { ItemSelector: this.#template() }),
      ...(dice.chance(0.4) && { MaxConcurrency: this.#number(0, 3) }),
      ...(dice.chance(0.3) && { ToleratedFailureCount: this.#number(0, 3) }),
      ...(dice.chance(0.2) && { ToleratedFailurePercentage: this.#number(0, 100) }),
      ...(isDistributed && this.#distributed()),
    };
  }

  #distributed(): Fields {
    const dice = this.#dice;
    const input = this.isJsonata ? "Arguments" : "Parameters";
    const ItemReader = {
      Resource: dice.of(["arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"]),
      ReaderConfig: this.wild({ InputType: dice.of(["JSON", "JSONL", "PARQUET"]), MaxItems: dice.between(0, 9) }),
      [input]: { Bucket: "b", Key: "k", Prefix: "p" },
    };
    return {
      ...(dice.chance(0.3) && { ItemReader: this.wild(ItemReader) }),
      ...(dice.chance(0.3) && { ItemBatcher: { MaxItemsPerBatch: this.#number(1, 9), BatchInput: this.#template() } }),
      ...(dice.chance(0.3) && {
        ResultWriter: this.wild({ WriterConfig: { Transformation: "FLATTEN", OutputType: "JSONL" } }),
      }),
    };
  }

  #recovery(later: readonly string[]): Fields {
    const dice = this.#dice;
    const Retry = {
      ErrorEquals: [dice.of(ERRORS)],
      ...(dice.chance(0.5) && { MaxAttempts: dice.of([0, 1, 2, 99_999_999]) }),
      ...(dice.chance(0.5) && { IntervalSeconds: dice.between(0, 9) }),
      ...(dice.chance(0.4) && { BackoffRate: dice.of([1, 1.5, 2, 1e308]) }),
      ...(dice.chance(0.3) && { MaxDelaySeconds: dice.between(10, 99) }),
      ...(dice.chance(0.3) && { JitterStrategy: dice.of(["FULL", "NONE"]) }),
    };
    const Catch = {
      ErrorEquals: [dice.of(ERRORS)],
      Next: later[0] ?? null,
      ...(dice.chance(0.5) && (this.isJsonata ? { Output: this.#template() } : { ResultPath: referencePath(dice) })),
      ...(dice.chance(0.2) && this.#assign()),
    };
    return {
      ...(dice.chance(0.3) && { Retry: this.wild([Retry]) }),
      ...(dice.chance(0.4) && later.length > 0 && { Catch: this.wild([Catch]) }),
    };
  }

  /** What nearly every state may have. */
  #dataFields(Type: string): Fields {
    const dice = this.#dice;
    const fields: Fields = Type === "Succeed" || !dice.chance(0.3) ? {} : this.#assign();
    if (this.isJsonata) return { ...fields, ...(dice.chance(0.5) && { Output: this.#template() }) };
    const hasResult = Type === "Task" || Type === "Parallel" || Type === "Map";
    return {
      ...fields,
      ...(dice.chance(0.15) && { InputPath: dice.chance(0.2) ? null : jsonPath(dice) }),
      ...(dice.chance(0.15) && { OutputPath: dice.chance(0.2) ? null : jsonPath(dice) }),
      ...(dice.chance(0.3) && (hasResult || Type === "Pass") && { ResultPath: referencePath(dice) }),
      ...(dice.chance(0.2) && hasResult && { ResultSelector: this.#template() }),
      ...(dice.chance(0.4) && Type === "Pass" && { Parameters: this.#template() }),
      ...(dice.chance(0.2) && Type === "Pass" && { Result: wildValue(dice) }),
    };
  }

  #assign(): Fields {
    const name = this.#dice.of(["v", "w", "é", "constructor", "__proto__", "toString"]);
    return { Assign: objectOf([this.#member(name)]) };
  }

  #template(): Json {
    const dice = this.#dice;
    if (dice.chance(0.1)) return this.isJsonata ? this.#expression() : {};
    const members = Array.from({ length: dice.between(0, 3) }, () =>
      this.#member(dice.chance(0.8) ? dice.of(["k", "FunctionName", "Payload", "x"]) : dice.of(EVIL_KEYS)),
    );
    return this.wild(objectOf(members));
  }

  #member(key: string): readonly [string, Json] {
    const dice = this.#dice;
    if (dice.chance(0.3)) return [key, wildValue(dice)];
    if (this.isJsonata) return [key, this.#expression()];
    return [`${key}.$`, this.wild(dice.chance(0.6) ? jsonPath(dice) : intrinsic(dice))];
  }

  #expression(): string {
    return `{% ${jsonata(this.#dice, 1)} %}`;
  }
}
