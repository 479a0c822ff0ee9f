/** Finds the place where a text stops being JSON; engines do not tell it reliably. Reads the text once, without a stack. */

/** The offset of the first character that cannot stand there; the text's length where the text only ends too early. */
export function jsonFaultOffset(text: string): number {
  const scanner = new JsonScanner(text);
  scanner.scan();
  return scanner.at;
}

type Expected = "value" | "item or end" | "name" | "name or end" | "colon" | "comma or end";

const SPACE = /[ \t\n\r]*/uy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/uy;
const LITERAL = /true|false|null/uy;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/uy;

class JsonScanner {
  at = 0;
  readonly #text: string;
  /** The brackets still to be closed. */
  readonly #open: ("]" | "}")[] = [];
  #expected: Expected = "value";

  constructor(text: string) {
    this.#text = text;
  }

  /** Goes on to the first fault, or to the end. */
  scan(): void {
    do this.#skip(SPACE);
    while (this.at < this.#text.length && this.#step());
  }

  /** Reads one token; answers whether it may stand there. */
  #step(): boolean {
    const expected = this.#expected;
    const close = this.#open.at(-1);
    if (close !== undefined && expected.endsWith("or end") && this.#take(close)) {
      this.#open.pop();
      return this.#then("comma or end");
    }
    switch (expected) {
      case "comma or end":
        return close !== undefined && this.#take(",") && this.#then(close === "}" ? "name" : "value");
      case "colon":
        return this.#take(":") && this.#then("value");
      case "name":
      case "name or end":
        return this.#string() && this.#then("colon");
      case "value":
      case "item or end":
        return this.#value();
    }
  }

  #value(): boolean {
    if (this.#take("{")) return this.#enter("}", "name or end");
    if (this.#take("[")) return this.#enter("]", "item or end");
    const read = this.#text[this.at] === '"' ? this.#string() : this.#skip(NUMBER) || this.#skip(LITERAL);
    return read && this.#then("comma or end");
  }

  #string(): boolean {
    if (!this.#take('"')) return false;
    do this.#skipPlain();
    while (this.#skip(ESCAPE));
    return this.#take('"');
  }

  /** Goes past the characters of a string that stand for themselves. */
  #skipPlain(): void {
    for (; this.at < this.#text.length; this.at++) {
      const unit = this.#text.charCodeAt(this.at);
      if (unit < 0x20 || unit === 0x22 || unit === 0x5c) return;
    }
  }

  #enter(close: "]" | "}", expected: Expected): boolean {
    this.#open.push(close);
    return this.#then(expected);
  }

  #then(expected: Expected): true {
    this.#expected = expected;
    return true;
  }

  #take(character: string): boolean {
    if (this.#text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  /** Goes past what the pattern matches; answers whether that is anything. */
  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const length = pattern.exec(this.#text)?.[0].length ?? 0;
    this.at += length;
    return length > 0;
  }
}
