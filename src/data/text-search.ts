/** Searching a text in another, in time linear in both at the worst. The platform's own search may take their product. */

/** Where the part first begins at or after `from`; -1 where it does not. (Knuth, Morris and Pratt.) */
export function findText(text: string, part: string, from: number = 0): number {
  if (part === "") return from <= text.length ? from : -1;
  // Few characters are searched fastest by the platform, and their product is still linear.
  if (part.length <= SHORT) return text.indexOf(part, from);
  const units = unitsOf(part);
  const borders = bordersOf(units);
  let matched = 0;
  for (let i = from; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    while (matched > 0 && units[matched] !== unit) matched = borders[matched - 1] as number;
    if (units[matched] === unit) matched += 1;
    if (matched === units.length) return i + 1 - matched;
  }
  return -1;
}

const SHORT = 8;

function unitsOf(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
  return units;
}

/** For each beginning of the part: how much of its own end is a beginning again. */
function bordersOf(part: Uint16Array): Int32Array {
  const borders = new Int32Array(part.length);
  let length = 0;
  for (let i = 1; i < part.length; i++) {
    while (length > 0 && part[i] !== part[length]) length = borders[length - 1] as number;
    if (part[i] === part[length]) length += 1;
    borders[i] = length;
  }
  return borders;
}
