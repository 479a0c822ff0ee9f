/** A table of fields, with the query languages in which the parser knows them. */
import type { Claim, Table } from "./claim.ts";
import { languagesOf } from "./parser-fields.ts";

export function fieldTable(title: string, prefix: string, claims: Readonly<Record<string, Claim>>): Table {
  const languages = Object.keys(claims).map((name) => {
    const found = name.endsWith(")") ? [] : languagesOf(prefix, name);
    return [name, found.length === 1 ? String(found[0]) : ""];
  });
  return { title, prefix, what: "field", claims, languages: Object.fromEntries(languages) as Record<string, string> };
}
