/**
 * A JSON value together with its text, each made from the other when first asked for.
 *
 * A value that no state rewrites keeps the text it came with, white space and `0.0` included, as on AWS.
 */
import { utf8Size, type Json } from "../asl/json.ts";

/**
 * The usual quota of a task's, a state's or an execution's input or output.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (payload size)
 */
export const MAX_PAYLOAD_BYTES = 262_144;

export class Payload {
  #value: Json | undefined;
  #text: string | undefined;

  private constructor(value: Json | undefined, text: string | undefined) {
    this.#value = value;
    this.#text = text;
  }

  static of(value: Json): Payload {
    return new Payload(value, undefined);
  }

  /** The text must be JSON; it is parsed when the value is first needed. */
  static fromText(text: string): Payload {
    return new Payload(undefined, text);
  }

  /** An array of payloads, each with its own text. */
  static arrayOf(payloads: readonly Payload[]): Payload {
    const text = `[${payloads.map((x) => x.text).join(",")}]`;
    return new Payload(
      payloads.map((x) => x.value),
      text,
    );
  }

  get value(): Json {
    if (this.#value === undefined) this.#value = JSON.parse(this.text) as Json;
    return this.#value;
  }

  get text(): string {
    this.#text ??= JSON.stringify(this.#value);
    return this.#text;
  }

  /** A payload is stored as its text. */
  toJSON(): string {
    return this.text;
  }

  /** Whether the text has more bytes than that. */
  exceeds(maxBytes: number): boolean {
    const { text } = this;
    return text.length > maxBytes || (text.length * 3 > maxBytes && utf8Size(text) > maxBytes);
  }
}

export const EMPTY_OBJECT: Payload = Payload.fromText("{}");
