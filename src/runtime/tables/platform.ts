/** The tables of a deployment, by its bindings. */
import { readConfig, type Env } from "../../env.ts";
import type { TableDirectory } from "./tables.ts";

export function tablesOf(env: Env): TableDirectory {
  return {
    config: readConfig(env),
    db: env.CATALOGUE,
    table: (tableArn) => env.TABLE.getByName(tableArn),
    now: () => Date.now(),
  };
}
