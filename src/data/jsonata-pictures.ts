/**
 * Pictures of dates, as far as it matters how long reading a text by one takes.
 *
 * The library makes a pattern of a picture, for the platform's engine, which backtracks. Where a part of the text may end in
 * several places, because what follows it could belong to it as well, all of them are tried: `[MNn][FNn]` on letters.
 * @see https://docs.jsonata.org/date-time-functions#tomillis
 */

const MARKER = /\[\[|\[(?<marker>[^\]]*)\]|\]\]|[^[]/gu;

interface Part {
  /** What it may consist of; absent: it is of fixed extent. */
  readonly alphabet?: RegExp;
  /** A character that it may begin with. */
  readonly first: string;
}

const LETTERS = { alphabet: /[a-z]/iu, first: "a" };
const WORDS = { alphabet: /[a-z, -]/iu, first: "a" };
const DIGITS = { alphabet: /[0-9]/u, first: "0" };
/** A zone's digits have no fixed width, whatever follows. */
const ZONE = { alphabet: /\d/u, first: "+" };

/** How many ways there are, at the most, to divide a text of that length among the parts; 0 where there is just one. */
export function waysToRead(picture: string, length: number): number {
  const parts = Array.from(picture.matchAll(MARKER), partOf);
  const open = parts.filter(({ alphabet }, i) => {
    const next = parts[i + 1];
    // Of numbers that follow each other the library fixes the widths.
    return (
      next !== undefined &&
      alphabet?.test(next.first) === true &&
      !(alphabet === next.alphabet && alphabet === DIGITS.alphabet)
    );
  });
  return open.length === 0 ? 0 : choices(length, open.length + 1);
}

function partOf(match: RegExpExecArray): Part {
  const marker = match.groups?.["marker"]?.replaceAll(/\s/gu, "");
  if (marker === undefined) return { first: match[0].charAt(0) };
  const [component = ""] = marker;
  if (component === "Z") return ZONE;
  if (component === "z") return { ...ZONE, first: "G" };
  const presentation = marker.charAt(1) === "," ? "" : marker.charAt(1);
  if (/[wW]/u.test(presentation)) return WORDS;
  if (/[a-z]/iu.test(presentation)) return LETTERS;
  return presentation === "" && "FPCE".includes(component) ? LETTERS : DIGITS;
}

/** Ways to choose so many places out of so many. */
function choices(places: number, chosen: number): number {
  let ways = 1;
  for (let i = 0; i < chosen; i++) ways *= (places - i) / (i + 1);
  return Math.max(0, ways);
}
