/** Texts with `*` for any characters, as event patterns have them. */

/** The pieces between the stars; one piece: no star. */
export type Wildcard = readonly string[];

/** What is wrong with it, as a text. `\*` is a star, `\\` a backslash. */
export function parseWildcard(text: string): Wildcard | string {
  const pieces: string[] = [];
  let piece = "";
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === "*") {
      if (text.charAt(i + 1) === "*") return `Consecutive wildcard characters at pos ${i}`;
      pieces.push(piece);
      piece = "";
    } else if (character === "\\") {
      i += 1;
      const escaped = text.charAt(i);
      if (escaped !== "*" && escaped !== "\\") return `Invalid escape character at pos ${i - 1}`;
      piece += escaped;
    } else piece += character;
  }
  return [...pieces, piece];
}

/** Each piece is looked for once, behind the one before: what is found first leaves the most room. */
export function matchesWildcard(pieces: Wildcard, text: string): boolean {
  const [first = "", ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
