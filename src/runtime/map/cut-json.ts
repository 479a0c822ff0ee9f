/**
 * The elements of an array in a JSON object of any size, or the members of an object as pairs of `Key` and `Value`; a JSON
 * pointer leads to it.
 * @see https://www.rfc-editor.org/rfc/rfc6901
 */
import type { Json } from "../../asl/json.ts";
import { type BeginCutting, type Cut, type Cutter, ItemBytes } from "./cutter.ts";
import { ItemReaderFailure } from "./failures.ts";
import { compactJson, isSpace, JsonSpan } from "./json-span.ts";

type Container = "array" | "object";
type Expected = "container" | "value" | "value or end" | "name" | "name or end" | "colon" | "comma or end";

/** @param pointer absent or empty: the whole object */
export function cutJson(pointer: string | undefined): BeginCutting {
  const tokens = pointerTokens(pointer ?? "");
  return (offset, memo) => new JsonCutter(tokens, offset, memo as Container | undefined);
}

function pointerTokens(pointer: string): readonly string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw new ItemReaderFailure(`ItemsPointer '${pointer}' is not a JSON pointer.`);
  const tokens = pointer.slice(1).split("/");
  return tokens.map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

class JsonCutter implements Cutter {
  isDone = false;
  readonly #tokens: readonly string[];
  readonly #bytes = new ItemBytes();
  /** The tokens of the pointer that have been followed. */
  #level: number;
  #container: Container;
  #expected: Expected;
  #index = 0;
  /** The name of the member as JSON text. */
  #name = "";
  #span: JsonSpan | undefined;
  #offset: number;

  constructor(tokens: readonly string[], offset: number, container: Container | undefined) {
    this.#tokens = tokens;
    this.#offset = offset;
    this.#level = container === undefined ? 0 : tokens.length;
    this.#container = container ?? "array";
    this.#expected = container === undefined ? "container" : "comma or end";
  }

  get memo(): Json {
    return this.#container;
  }

  *cut(chunk: Uint8Array): Iterable<Cut> {
    for (let at = 0; at < chunk.length && !this.isDone;) {
      if (this.#span !== undefined) {
        at = this.#span.read(chunk, at);
        if (this.#span.isEnded) yield* this.#endSpan(this.#offset + at);
      } else if (isSpace(chunk[at] ?? 0)) at += 1;
      else if (this.#take(String.fromCharCode(chunk[at] ?? 0))) at += 1;
    }
    this.#offset += chunk.length;
  }

  *finish(): Iterable<Cut> {
    if (!this.isDone) throw new ItemReaderFailure(this.#expected === "container" ? NOT_ITERABLE : NOT_JSON);
    yield* [];
  }

  get #isTarget(): boolean {
    return this.#level === this.#tokens.length;
  }

  /** Answers whether the character is done with; otherwise a value or a name begins with it. */
  #take(character: string): boolean {
    const expected = this.#expected;
    if (expected === "container") return this.#enter(character);
    if (expected.endsWith("or end") && character === (this.#container === "array" ? "]" : "}")) return this.#leave();
    switch (expected) {
      case "name":
      case "name or end":
        if (character !== '"') throw new ItemReaderFailure(NOT_JSON);
        this.#span = new JsonSpan(this.#bytes);
        return false;
      case "colon":
        if (character !== ":") throw new ItemReaderFailure(NOT_JSON);
        return this.#then("value");
      case "comma or end":
        if (character !== ",") throw new ItemReaderFailure(NOT_JSON);
        return this.#then(this.#container === "array" ? "value" : "name");
      case "value":
      case "value or end":
        return this.#beginValue(character);
    }
  }

  #enter(character: string): true {
    if (character !== "[" && character !== "{") throw new ItemReaderFailure(this.#isTarget ? NOT_ITERABLE : NOT_THERE);
    this.#container = character === "[" ? "array" : "object";
    this.#index = 0;
    return this.#then(character === "[" ? "value or end" : "name or end");
  }

  #leave(): true {
    if (!this.#isTarget) throw new ItemReaderFailure(NOT_THERE);
    this.isDone = true;
    return true;
  }

  #beginValue(character: string): false {
    if ("]},:".includes(character)) throw new ItemReaderFailure(NOT_JSON);
    const place = this.#container === "array" ? String(this.#index) : undefined;
    if (!this.#isTarget && (place ?? parsed(this.#name)) === this.#tokens[this.#level]) {
      this.#level += 1;
      this.#expected = "container";
    } else this.#span = new JsonSpan(this.#isTarget ? this.#bytes : undefined);
    return false;
  }

  /** A name or a value has ended. */
  *#endSpan(end: number): Iterable<Cut> {
    this.#span = undefined;
    const text = this.#isTarget || this.#expected.startsWith("name") ? this.#bytes.take() : "";
    if (this.#expected.startsWith("name")) {
      parsed(text);
      this.#name = text;
      this.#expected = "colon";
      return;
    }
    this.#index += 1;
    this.#expected = "comma or end";
    if (!this.#isTarget) return;
    parsed(text);
    const item = compactJson(text);
    if (this.#container === "array") yield { text: item, end };
    else yield { text: `{"Key":${this.#name},"Value":${item}}`, end, isMember: true };
  }

  #then(expected: Expected): true {
    this.#expected = expected;
    return true;
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new ItemReaderFailure(NOT_JSON);
  }
}

const NOT_ITERABLE = "Attempting to map over non-iterable node.";
const NOT_JSON = "The dataset is not valid JSON.";
const NOT_THERE = "The ItemsPointer leads to nothing in the dataset.";
