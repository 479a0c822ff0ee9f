/** What the paths of one state can see: an input (`$`), the Context Object (`$$`), and the variables (`$name`). */
import type { Json } from "../asl/json.ts";
import type { Entropy } from "./intrinsics.ts";
import type { PathScope } from "./json-path.ts";

export interface ScopeSource {
  /** Made when a `$$` path first asks for it. */
  readonly context: () => Json;
  readonly variable: (name: string) => Json | undefined;
  readonly entropy: Entropy;
}

export class Scope implements PathScope {
  readonly input: Json;
  readonly #source: ScopeSource;
  #context: Json | undefined;

  constructor(input: Json, source: ScopeSource) {
    this.input = input;
    this.#source = source;
  }

  get context(): Json {
    this.#context ??= this.#source.context();
    return this.#context;
  }

  get entropy(): Entropy {
    return this.#source.entropy;
  }

  variable(name: string): Json | undefined {
    return this.#source.variable(name);
  }

  /** The same surroundings with another `$`. */
  withInput(input: Json): Scope {
    return new Scope(input, this.#source);
  }
}
