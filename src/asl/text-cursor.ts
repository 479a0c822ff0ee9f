/** A position in a text, moved forward by the parsers of paths and intrinsic calls. */

export class TextCursor {
  readonly text: string;
  #at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get position(): number {
    return this.#at;
  }

  get atEnd(): boolean {
    return this.#at >= this.text.length;
  }

  /** The next character, "" at the end. */
  peek(): string {
    return this.text.charAt(this.#at);
  }

  /** Moves past the token if it comes next. */
  skip(token: string): boolean {
    if (!this.text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  skipSpace(): void {
    while (!this.atEnd && " \t\r\n".includes(this.peek())) this.#at += 1;
  }

  /** Moves past what the sticky pattern matches here. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** A string in single or double quotes; a backslash makes the next character stand for itself. */
  quoted(): string | undefined {
    const quote = this.peek();
    if (quote !== "'" && quote !== '"') return undefined;
    let value = "";
    for (let i = this.#at + 1; i < this.text.length; i++) {
      const c = this.text.charAt(i);
      if (c === quote) {
        this.#at = i + 1;
        return value;
      }
      if (c === "\\") i += 1;
      value += c === "\\" ? this.text.charAt(i) : c;
    }
    return undefined;
  }
}
