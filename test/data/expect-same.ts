/** An expression evaluated by us, and by the library alone. */
import jsonata from "jsonata";
import { expect } from "vitest";
import type { Json } from "../../src/asl/json.ts";
import { endOfJsonata } from "../hostile/words.ts";

/** Both give the same value, or fail in the same way. */
export async function expectSame(source: string, input: Json): Promise<void> {
  const bindings = { states: { input } };
  const own = await jsonata(source)
    .evaluate(undefined, bindings)
    .then(
      (value: unknown) => (value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown)),
      (error: unknown) => (error as { code?: string }).code ?? (error as Error).message,
    );
  const { value, cause } = await endOfJsonata(source, input);
  expect([source, value === undefined ? endOf(cause ?? "") : value]).toEqual([source, own]);
}

/** The library's code for what failed, or, where it has none, its words. */
function endOf(cause: string): string | undefined {
  if (cause.includes("returned nothing")) return undefined;
  const [, code, words = cause] = /evaluation\. (?:(\w+): )?(.*)$/su.exec(cause) ?? [];
  return code ?? words;
}
