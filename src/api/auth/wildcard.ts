/** Patterns of policies: `*` stands for any text, `?` for one character. Steps are bounded by text times pattern. */

export function matchesWildcard(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  /** Where the last `*` is, and how far of the text it has taken. */
  let star = -1;
  let taken = 0;
  while (t < text.length) {
    const character = pattern[p];
    if (character === "*") {
      star = p++;
      taken = t;
    } else if (character === "?" || character === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++taken;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/**
 * ARNs are matched part by part, so that a `*` for the account never reaches into the name; the sixth part is the rest.
 * Parts that a pattern leaves out are any, as with AWS.
 */
export function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === "*") return true;
  const patterns = partsOf(pattern);
  const parts = partsOf(arn);
  return parts.every((part, i) => matchesWildcard(patterns[i] ?? "*", part)) && patterns.length <= parts.length;
}

const PARTS = 6;

function partsOf(arn: string): readonly string[] {
  const parts = arn.split(":");
  return parts.length <= PARTS ? parts : [...parts.slice(0, PARTS - 1), parts.slice(PARTS - 1).join(":")];
}
