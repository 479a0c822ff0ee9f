/** The bugs that `npm run chaos -- --mutants` puts in fit the sources as they are. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MUTANTS } from "../chaos/harness/mutants.ts";

const root = new URL("../../", import.meta.url);
const patches = MUTANTS.flatMap(({ name, patches: list }) => list.map((patch) => ({ name, ...patch })));

test("they are six", () => {
  expect(MUTANTS).toHaveLength(6);
});

test.each(patches)("$name: $file holds what is replaced, once", ({ file, from, to }) => {
  expect(readFileSync(new URL(file, root), "utf8").split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
});
