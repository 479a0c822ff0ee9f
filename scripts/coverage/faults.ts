/** What is wrong with the catalogue: claims without tests, tests that are gone, tests that never name the entry. */
import type { Chapter, Claim, Evidence } from "./claim.ts";
import type { CollectedTest } from "./collected-tests.ts";

export function faultsOf(chapters: readonly Chapter[], tests: readonly CollectedTest[]): readonly string[] {
  const tables = chapters.flatMap((x) => x.tables);
  const entries = tables.flatMap(({ prefix, claims }) =>
    Object.entries(claims).map(([name, claim]) => ({ id: prefix + name, name, claim })),
  );
  const seen = new Set<string>();
  return entries.flatMap(({ id, name, claim }) => {
    const isTwice = seen.has(id);
    seen.add(id);
    return [
      ...(isTwice ? [`${id} is claimed twice`] : []),
      ...claimFaults(name, claim, tests).map((x) => `${id}: ${x}`),
    ];
  });
}

function claimFaults(name: string, claim: Claim, tests: readonly CollectedTest[]): readonly string[] {
  const word = claim.word ?? wordOf(name);
  return [
    ...(claim.state !== "not yet" && claim.tests.length === 0 ? [`'${claim.state}' needs a test`] : []),
    ...claim.tests.flatMap((evidence) => evidenceFaults(evidence, word, tests)),
  ];
}

function evidenceFaults(evidence: Evidence, word: string, tests: readonly CollectedTest[]): readonly string[] {
  const { file, title } = evidence;
  const found = tests.filter(
    (test) => test.file === file && (test.title === title || test.title.startsWith(`${title} > `)),
  );
  if (found.length === 0) return [`there is no test '${title}' in test/${file}.test.ts`];
  if (found.some(({ text }) => /\b(?:test|describe)\.(?:skip|todo)\b/u.test(text))) {
    return [`the test '${title}' in test/${file}.test.ts is skipped`];
  }
  if (found.some(({ text }) => names(text, word))) return [];
  return [`the test '${title}' in test/${file}.test.ts does not name '${word}'`];
}

/** The name without what only tells two entries apart, such as ` (JSONata)`. */
const wordOf = (name: string): string => name.replace(/ \(.*\)$/u, "");

/** Whether the word stands in the text by itself, or as an SDK's command: `Seconds` is not named by `SecondsPath`. */
function names(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const end = at + word.length;
    const isWithin = goesOn(text, at) || (goesOn(text, end) && !text.startsWith("Command(", end));
    if (!isWithin) return true;
  }
  return false;
}

/** Whether a word stands on both sides of the place. */
function goesOn(text: string, at: number): boolean {
  return /^[\p{L}\p{N}_]{2}$/u.test(text.slice(Math.max(at - 1, 0), at + 1));
}
