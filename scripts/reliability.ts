/**
 * `npm run reliability` writes RELIABILITY.md from the records of what was proved (docs/reliability); with `--check` it only
 * looks whether the page is what the records say, and whether the README states no other figures.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { reliabilityPage, unknownFigures } from "./reliability/page.ts";
import { RECORDS, type ReliabilityRecord } from "./reliability/record.ts";

const PAGE = new URL("../RELIABILITY.md", import.meta.url);
const README = new URL("../README.md", import.meta.url);

function readRecords(): readonly ReliabilityRecord[] {
  if (!existsSync(RECORDS)) return [];
  const files = readdirSync(RECORDS).filter((name) => name.endsWith(".json"));
  return files.toSorted().map((name) => JSON.parse(readFileSync(new URL(name, RECORDS), "utf8")) as ReliabilityRecord);
}

const page = reliabilityPage(readRecords());
if (process.argv.includes("--check")) {
  const written = existsSync(PAGE) ? readFileSync(PAGE, "utf8") : "";
  if (written !== page) {
    console.error("RELIABILITY.md is not what the records say: run npm run reliability");
    process.exitCode = 1;
  }
  const unknown = unknownFigures(readFileSync(README, "utf8"), page);
  if (unknown.length > 0) {
    console.error(`README.md states figures on reliability that RELIABILITY.md does not hold: ${unknown.join(", ")}`);
    process.exitCode = 1;
  }
} else {
  writeFileSync(PAGE, page);
}
