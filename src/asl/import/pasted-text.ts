/**
 * Reads JSON as it stands in articles and chats: with comments, trailing commas, typographic quotation marks, a code fence or
 * a sentence around it, or without the outermost braces.
 */
import json5 from "json5";
import { jsonFault, type JsonFault } from "../json-syntax.ts";
import type { Json } from "../json.ts";
import type { Note } from "./change.ts";

export type PastedText = { readonly value: Json } | { readonly fault: JsonFault };

const MAX_DEPTH = 200;
const TOO_DEEP: JsonFault = { message: `The text nests deeper than ${MAX_DEPTH} levels`, line: 1, column: 1 };

/** The fault is that of the text as it was given. */
export function readPastedText(text: string, note: Note): PastedText {
  const fault = jsonFault(text);
  if (fault === undefined) return checked(JSON.parse(text) as Json);
  for (const [candidate, what] of candidates(text)) {
    const read = parseLeniently(candidate);
    if (read === undefined) continue;
    note("TEXT_TIDIED", "/", `Line ${fault.line}, column ${fault.column} is not JSON. ${what}`);
    return checked(read.value);
  }
  return { fault };
}

/** The text, cut and mended in more and more daring ways. */
function candidates(text: string): readonly (readonly [candidate: string, what: string])[] {
  const fenced = /```[\w-]*\n(?<code>[\s\S]*?)```/u.exec(text)?.groups?.["code"];
  const inner = fenced ?? text;
  const straight = inner
    .replaceAll(/[\u201c\u201d\u201e\u00ab\u00bb]/gu, '"')
    .replaceAll(/[\u2018\u2019]/gu, "'")
    .replaceAll(/[\u00a0\u200b\ufeff]/gu, " ");
  const object = straight.slice(straight.indexOf("{"), straight.lastIndexOf("}") + 1);
  const lenient = "Comments, trailing commas and other quotation marks are let pass.";
  return [
    [inner, `${fenced === undefined ? "" : "The code block was taken out of the text. "}${lenient}`],
    [straight, `Typographic characters were replaced. ${lenient}`],
    [`{${straight}\n}`, `Braces were put around it. ${lenient}`],
    [object, `What is before the first brace and behind the last was left out. ${lenient}`],
  ];
}

/** undefined: not even JSON5, or nothing in it. */
function parseLeniently(text: string): { readonly value: Json } | undefined {
  try {
    const value = json5.parse<Json>(text);
    return typeof value === "object" && value !== null && Object.keys(value).length > 0 ? { value } : undefined;
  } catch {
    // The next candidate's turn; the fault that is reported is that of the whole text.
    return undefined;
  }
}

/** What is read further is read by recursion. */
function checked(value: Json): PastedText {
  const open: { readonly value: Json; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (item.depth > MAX_DEPTH) return { fault: TOO_DEEP };
    if (typeof item.value !== "object" || item.value === null) continue;
    for (const child of Object.values(item.value)) open.push({ value: child, depth: item.depth + 1 });
  }
  return { value };
}
