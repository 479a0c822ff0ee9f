/** What the expressions of one state can see: its input (`$`), the Context Object (`$$`), and the variables (`$name`). */
import type { Json } from "../asl/json.ts";
import type { Entropy } from "./intrinsics.ts";
import type { PathScope } from "./json-path.ts";
import type { Effort } from "./effort.ts";
import type { Payload } from "./payload.ts";

/**
 * The stages of a state's data between its input and its output.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html
 */
export type Stage =
  | "afterInputPath"
  | "afterParameters"
  | "afterArguments"
  | "afterItemsPath"
  | "afterItemSelector"
  | "afterResultSelector"
  | "afterResultPath";

export interface ScopeSource {
  /** Made when a `$$` path first asks for it. */
  readonly context: () => Json;
  readonly variable: (name: string) => Json | undefined;
  /** All of them, those of the scopes around included. */
  readonly variables: () => Readonly<Record<string, Json>>;
  readonly entropy: Entropy;
  /** Epoch milliseconds: what an expression takes for the present. */
  readonly at: number;
  /** Shared by all expressions of a piece of work, and bounded. */
  readonly effort: Effort;
  /** Told of each stage as it is reached; absent where nobody looks. */
  readonly observe?: (stage: Stage, payload: Payload) => void;
}

/** What `$states` holds besides `input` and `context`. */
export interface Answer {
  readonly result?: Json;
  readonly errorOutput?: Json;
}

export class Scope implements PathScope {
  readonly input: Json;
  readonly answer: Answer;
  readonly #source: ScopeSource;
  #context: Json | undefined;

  constructor(input: Json, source: ScopeSource, answer: Answer = {}) {
    this.input = input;
    this.answer = answer;
    this.#source = source;
  }

  get context(): Json {
    this.#context ??= this.#source.context();
    return this.#context;
  }

  get entropy(): Entropy {
    return this.#source.entropy;
  }

  get effort(): Effort {
    return this.#source.effort;
  }

  get at(): number {
    return this.#source.at;
  }

  get variables(): Readonly<Record<string, Json>> {
    return this.#source.variables();
  }

  variable(name: string): Json | undefined {
    return this.#source.variable(name);
  }

  /** Says that the state's data has reached a stage; answers what it is told. */
  reach(stage: Stage, payload: Payload): Payload {
    this.#source.observe?.(stage, payload);
    return payload;
  }

  /** The same surroundings with another `$`. */
  withInput(input: Json): Scope {
    return new Scope(input, this.#source, this.answer);
  }

  /** The same surroundings once the state's work is done. */
  withAnswer(answer: Answer): Scope {
    return new Scope(this.input, this.#source, answer);
  }
}
