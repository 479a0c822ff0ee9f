/**
 * HTML by template strings: whatever is put in is text.
 *
 * M1. Markup is only what stands in the source; a value is escaped, unless `html` itself made it.
 */

/** Markup that `html` made. */
export interface Markup {
  readonly markup: string;
}

export function html(parts: TemplateStringsArray, ...values: readonly (string | Markup | readonly Markup[])[]): Markup {
  const written = parts.map((part, i) => part + (i < values.length ? markupOf(values[i] ?? "") : ""));
  return { markup: written.join("") };
}

export const NOTHING: Markup = { markup: "" };

function markupOf(value: string | Markup | readonly Markup[]): string {
  if (typeof value === "string") return escaped(value);
  return "markup" in value ? value.markup : value.map(({ markup }) => markup).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"'`]/gu, (character) => ENTITIES[character] ?? "");
}
