/**
 * Makes a definition that runs of what an article or a template has: `npm run import -- <file> [--type EXPRESS]`, or from the
 * standard input. The definition goes to the standard output, every change and what is still wrong to the standard error.
 * Ends with 1 where it could not be created as it is.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { importDefinition } from "../src/asl/import/import-definition.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    type: { type: "string", default: "STANDARD" },
    region: { type: "string", default: "us-east-1" },
    account: { type: "string", default: "123456789012" },
  },
});
const { type, region, account } = values;
if (positionals.length > 1 || (type !== "STANDARD" && type !== "EXPRESS")) {
  console.error("npm run import -- [file] [--type STANDARD|EXPRESS] [--region us-east-1] [--account 123456789012]");
  process.exit(2);
}

const result = importDefinition(readFileSync(positionals[0] ?? 0, "utf8"), type, { region, accountId: account });
if ("fault" in result) {
  const { message, line, column } = result.fault;
  console.error(`No definition can be read in line ${line}, column ${column}: ${message}`);
  process.exit(1);
}
const { definition, changes, diagnostics, ...configuration } = result;
if (definition !== undefined) console.log(definition);
for (const [field, value] of Object.entries(configuration)) console.error(`${field}: ${JSON.stringify(value)}`);
for (const { code, location, message } of changes) console.error(`${code} ${location}: ${message}`);
const errors = diagnostics.filter(({ severity }) => severity === "ERROR");
for (const { code, location, message } of errors) console.error(`ERROR ${code} ${location ?? "/"}: ${message}`);
process.exitCode = errors.length === 0 ? 0 : 1;
