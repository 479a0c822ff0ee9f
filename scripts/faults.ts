/** The faults of docs/faults.md and the tests that show them; with --check, says which has none, and lists nothing. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { collectTests } from "./coverage/collected-tests.ts";

/** Faults whose tests are being written. */
const pending: ReadonlySet<string> = new Set<string>();

const root = resolve(import.meta.dirname, "..");
const rows = [...readFileSync(`${root}/docs/faults.md`, "utf8").matchAll(/^\| (F\d\d) \| ([^|]+) \|/gmu)];
const known = new Map(rows.map(([, id = "", fault = ""]) => [id, fault.trim()]));
const shown = new Map<string, string[]>();
for (const { file, title, text } of collectTests(root)) {
  for (const [id] of title.matchAll(/(?<=\[)F\d\d(?=\])/gu)) {
    const isSkipped = /\b(?:test|describe)\.(?:skip|todo)\b/u.test(text);
    if (!isSkipped) shown.set(id, [...(shown.get(id) ?? []), `test/${file}.test.ts: ${title}`]);
  }
}

const faults = [
  ...[...known.keys()]
    .filter((id) => !shown.has(id) && !pending.has(id))
    .map((id) => `no test shows ${id}: its title has to name it as [${id}]`),
  ...[...shown.keys()].filter((id) => !known.has(id)).map((id) => `docs/faults.md does not know ${id}`),
  ...(known.size === rows.length ? [] : ["docs/faults.md has a number twice"]),
];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
if (!process.argv.includes("--check")) {
  for (const [id, fault] of known) {
    console.log(`${id} ${fault}${shown.has(id) ? "" : " (pending)"}`);
    for (const title of shown.get(id) ?? []) console.log(`    ${title}`);
  }
}
