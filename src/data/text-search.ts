/** Searching a text in another, in time linear in both at the worst. The platform's own search may take their product. */

/** Where the part first begins at or after `from`; -1 where it does not. (Knuth, Morris and Pratt.) */
export function findText(text: string, part: string, from: number = 0): number {
  if (part === "") return from <= text.length ? from : -1;
  // Few characters are searched fastest by the platform, and their product is still linear.
  if (part.length <= SHORT) return text.indexOf(part, from);
  const borders = bordersOf(part);
  let matched = 0;
  for (let i = from; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    while (matched > 0 && part.charCodeAt(matched) !== unit) matched = borders[matched - 1] as number;
    if (part.charCodeAt(matched) === unit) matched += 1;
    if (matched === part.length) return i + 1 - matched;
  }
  return -1;
}

const SHORT = 8;

/** For each beginning of the part: how much of its own end is a beginning again. */
function bordersOf(part: string): Uint32Array {
  const borders = new Uint32Array(part.length);
  let length = 0;
  for (let i = 1; i < part.length; i++) {
    while (length > 0 && part.charCodeAt(i) !== part.charCodeAt(length)) length = borders[length - 1] as number;
    if (part.charCodeAt(i) === part.charCodeAt(length)) length += 1;
    borders[i] = length;
  }
  return borders;
}
