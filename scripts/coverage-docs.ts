/** Writes docs/coverage.md of the catalogue; with --check, says what is wrong with either and writes nothing. */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { chapters } from "./coverage/catalogue.ts";
import { collectTests } from "./coverage/collected-tests.ts";
import { faultsOf } from "./coverage/faults.ts";
import { fieldFaults } from "./coverage/parser-fields.ts";
import { pageOf } from "./coverage/page.ts";

const root = resolve(import.meta.dirname, "..");
const path = `${root}/docs/coverage.md`;
const isCheck = process.argv.includes("--check");

const page = pageOf(chapters);
const faults = [...fieldFaults(chapters), ...faultsOf(chapters, collectTests(root))];
if (isCheck && readFileSync(path, "utf8") !== page) {
  faults.push("docs/coverage.md is not what the catalogue says: run npm run coverage:docs");
}
if (!isCheck) writeFileSync(path, page);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
