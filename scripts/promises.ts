/** Whether each sentence of the README's promise is, word for word, the title of tests, and each such title a sentence there. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { collectTests } from "./coverage/collected-tests.ts";

const root = resolve(import.meta.dirname, "..");
const [, section = ""] = /^## What is promised$(.*?)^## /msu.exec(readFileSync(`${root}/README.md`, "utf8")) ?? [];
const sentences = Array.from(section.matchAll(/^- (.+)$/gmu), ([, sentence = ""]) => sentence);
const titles = new Set(
  collectTests(root)
    .filter(({ file }) => file.startsWith("promise/"))
    .map(({ title }) => title.split(" > ")[0] ?? ""),
);

const faults = [
  ...(sentences.length === 0 ? ["the README promises nothing"] : []),
  ...sentences.filter((x) => !titles.has(x)).map((x) => `the README promises what test/promise does not show: ${x}`),
  ...[...titles].filter((x) => !sentences.includes(x)).map((x) => `test/promise shows what is not promised: ${x}`),
];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
