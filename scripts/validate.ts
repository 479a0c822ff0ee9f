/**
 * Validates definitions: `npm run validate -- <file or folder>… [--type EXPRESS] [--warnings]`.
 *
 * `${Placeholders}` that a deployment fills in are filled in with something of the kind that their place asks for. Ends
 * with 1 where a definition has an ERROR.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Diagnostic } from "../src/asl/diagnostic.ts";
import { validateDefinition } from "../src/asl/validate.ts";

const PLACEHOLDER = /\$\{(?<name>[\w.:-]+)\}/gu;
const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  partition: "aws",
  region: "us-east-1",
  accountid: "123456789012",
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { type: { type: "string", default: "STANDARD" }, warnings: { type: "boolean", default: false } },
});
const { type } = values;
if (positionals.length === 0 || (type !== "STANDARD" && type !== "EXPRESS")) {
  console.error("npm run validate -- <file or folder>… [--type STANDARD|EXPRESS] [--warnings]");
  process.exit(2);
}

const files = positionals.flatMap(definitionsIn);
let others = 0;
const totals = { ERROR: 0, WARNING: 0 };
for (const file of files) {
  const text = readFileSync(file, "utf8");
  if (!positionals.includes(file) && !/"(?:States|StartAt)"/u.test(text)) {
    others += 1;
    continue;
  }
  const { diagnostics } = validateDefinition(fillIn(text), type);
  for (const { severity } of diagnostics) totals[severity] += 1;
  const shown = diagnostics.filter((x) => values.warnings || x.severity === "ERROR");
  if (shown.length > 0) console.log([file, ...shown.map(line)].join("\n"));
}
const definitions = files.length - others;
if (others > 0) console.log(`${others} files are no definitions`);
console.log(`${definitions} definitions: ${totals.ERROR} errors, ${totals.WARNING} warnings`);
process.exit(totals.ERROR === 0 && definitions > 0 ? 0 : 1);

/** The file itself, or the JSON files in the folder and below it; of those only what speaks of states is a definition. */
function definitionsIn(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:json|asl)$/u.test(name))
    .map((name) => join(path, name))
    .sort();
}

function line({ severity, code, message, location }: Diagnostic): string {
  return `  ${severity} ${code}: ${message}${location === undefined ? "" : ` at ${location}`}`;
}

/** A whole Resource is a function's ARN, a value outside quotes a number; pseudo parameters are what they say. */
function fillIn(text: string): string {
  return text
    .replaceAll(/(?<field>"Resource"\s*:\s*)"\$\{[\w.:-]+\}"/gu, '$1"arn:aws:lambda:us-east-1:123456789012:function:f"')
    .replaceAll(/(?<before>[:,[]\s*)\$\{[\w.:-]+\}(?=\s*[,\]}])/gu, (_, before: string) => `${before}1`)
    .replaceAll(PLACEHOLDER, (_, name: string) => {
      const plain = name.replace(/^(?:AWS)?(?:::)?_?/u, "").toLowerCase();
      return PSEUDO_PARAMETERS[plain] ?? name;
    });
}
