/** What the expressions of one state can see: its input (`$`), the Context Object (`$$`), and the variables (`$name`). */
import type { Json } from "../asl/json.ts";
import type { Entropy } from "./intrinsics.ts";
import type { PathScope } from "./json-path.ts";
import type { Effort } from "./effort.ts";

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

  /** The same surroundings with another `$`. */
  withInput(input: Json): Scope {
    return new Scope(input, this.#source, this.answer);
  }

  /** The same surroundings once the state's work is done. */
  withAnswer(answer: Answer): Scope {
    return new Scope(this.input, this.#source, answer);
  }
}
