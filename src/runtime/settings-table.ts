/** A setting that is a table: in wrangler.toml a `[vars.NAME]`, elsewhere its JSON text. */

/** Its rows; none where the setting is not given. Undefined: it is not a table. */
export function readTable(given: unknown): Readonly<Record<string, unknown>> | undefined {
  if (given === undefined || given === "") return {};
  const table = typeof given === "string" ? parsed(given) : given;
  const isTable = typeof table === "object" && table !== null && !Array.isArray(table);
  return isTable ? (table as Readonly<Record<string, unknown>>) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
