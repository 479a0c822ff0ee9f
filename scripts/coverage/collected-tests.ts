/**
 * The tests that Vitest collects, with the text that belongs to each.
 *
 * `vitest list` parses the test files of every project without running them, so titles of tables stand as they are
 * written (`%s`), and the list takes a second or two.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import type { Evidence } from "./claim.ts";

interface Listed {
  /** The titles from the outermost suite on, joined by ` > `. */
  readonly name: string;
  readonly file: string;
  readonly location?: { readonly line: number };
}

export interface CollectedTest extends Evidence {
  /** The top-level block around the test, and everything in the file that is no test: tables, helpers. */
  readonly text: string;
}

export function collectTests(root: string): readonly CollectedTest[] {
  const vitest = `${root}/node_modules/vitest/vitest.mjs`;
  const json = execFileSync(process.execPath, [vitest, "list", "--json"], { cwd: root, encoding: "utf8" });
  const listed = JSON.parse(json.slice(json.indexOf("["))) as readonly Listed[];
  const parts = new Map<string, FileParts>();
  return listed.map(({ name, file, location }) => {
    const known = parts.get(file) ?? partsOf(readFileSync(file, "utf8"));
    parts.set(file, known);
    return { file: nameOf(relative(`${root}/test`, file)), title: name, text: textAround(known, location?.line ?? 1) };
  });
}

const nameOf = (path: string): string => path.replace(/\.test\.ts$/u, "").replaceAll("\\", "/");

interface FileParts {
  /** What is no test. */
  readonly shared: string;
  readonly blocks: readonly { readonly from: number; readonly to: number; readonly text: string }[];
}

/** A block begins where `test` or `describe` stands at the margin, and goes on to where something else does. */
function partsOf(source: string): FileParts {
  const lines = source.split("\n");
  const starts = lines.flatMap((line, i) => (/^[^\s)}\]/*]/u.test(line) ? [i] : []));
  const pieces = starts.map((from, i) => {
    const to = starts[i + 1] ?? lines.length;
    return { from: from + 1, to, text: lines.slice(from, to).join("\n") };
  });
  const isTest = (piece: { readonly text: string }): boolean => /^(?:test|describe)\b/u.test(piece.text);
  const shared = pieces.filter((x) => !isTest(x)).map((x) => x.text);
  return { shared: shared.join("\n"), blocks: pieces.filter(isTest) };
}

function textAround({ shared, blocks }: FileParts, line: number): string {
  const block = blocks.find(({ from, to }) => from <= line && line <= to);
  return `${block?.text ?? ""}\n${shared}`;
}
