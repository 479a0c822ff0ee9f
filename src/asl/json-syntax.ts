/** Says where a text stops being JSON, in the words of the parser that AWS uses (Jackson). */
import type { Diagnostic } from "./diagnostic.ts";
import { jsonFaultOffset } from "./json-scanner.ts";

/** undefined where the text is JSON; otherwise the diagnostic of a definition that is not. */
export function jsonSyntaxFault(text: string): Diagnostic | undefined {
  if (text.trim() === "") {
    return { severity: "ERROR", code: "SCHEMA_VALIDATION_FAILED", message: "Definition must be a valid JSON object" };
  }
  const reason = jsonFault(text);
  if (reason === undefined) return undefined;
  const location = `[Source: (String)${JSON.stringify(shorten(text))}; line: ${reason.line}, column: ${reason.column}]`;
  const message = `${reason.message}\n at ${location}`;
  return { severity: "ERROR", code: "INVALID_JSON_DESCRIPTION", message, location };
}

export interface JsonFault {
  /** Such as `Unrecognized token 'not': was expecting (JSON String, Number, …)`. */
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

const EXPECTED = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/** Where and why the text is not JSON; undefined where it is. */
export function jsonFault(text: string): JsonFault | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return describeFault(text, jsonFaultOffset(text));
  }
}

function describeFault(text: string, offset: number): JsonFault {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  const column = offset - before.lastIndexOf("\n");
  if (offset >= text.length) return { message: "Unexpected end-of-input", line, column };
  const start = wordStart(text, offset);
  const word = /^[\p{L}\p{N}_$]+/u.exec(text.slice(start))?.[0];
  if (word !== undefined && /^\D/u.test(word)) {
    return {
      message: `Unrecognized token '${word}': ${EXPECTED}`,
      line,
      column: column - (offset - start) + word.length,
    };
  }
  const character = text.charAt(offset);
  const expectsName = /[{,]\s*$/u.test(before) && insideObject(before);
  const expected = expectsName
    ? "was expecting double-quote to start field name"
    : "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
  return {
    message: `Unexpected character ('${character}' (code ${character.charCodeAt(0)})): ${expected}`,
    line,
    column,
  };
}

/** The start of the run of letters that the position stands in. */
function wordStart(text: string, offset: number): number {
  let start = offset;
  while (start > 0 && /[\p{L}\p{N}_$]/u.test(text.charAt(start - 1))) start -= 1;
  return start;
}

function insideObject(before: string): boolean {
  let depth = 0;
  for (let i = before.length - 1; ; i--) {
    const c = before.charAt(i);
    if (c === "}" || c === "]") depth += 1;
    // Before the start of the text there is no character, which every text includes.
    else if ("{[".includes(c)) {
      if (depth === 0) return c === "{";
      depth -= 1;
    }
  }
}

function shorten(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)}[truncated ${text.length - 500} chars]` : text;
}
