/** JSONata's $sort and `^(…)`, in the place of the library's, whose memory grows with the square of the array's length. */
import type { SortTerm } from "../asl/jsonata-replacements.ts";
import { jsonataError } from "./jsonata-error.ts";
import type { EvaluationMeter } from "./jsonata-meter.ts";

/** Whether the first goes after the second. */
type Comparator = (first: unknown, second: unknown) => unknown;

/** Comparisons of numbers or short texts in the time of a step. */
const COMPARISONS_PER_STEP = 8;

/** Stable, and in time that is counted: of the default order here, of a comparator by its own steps. */
export function sort(array: unknown, comparator: unknown, meter: EvaluationMeter): unknown {
  if (!Array.isArray(array) || array.length <= 1) return array;
  const items = array as unknown[];
  if (typeof comparator === "function") return mergeSort(items, comparator as Comparator);
  for (const type of ["number", "string"]) {
    if (!items.every((x) => typeof x === type)) continue;
    chargeForOrdering(items, meter);
    return items.toSorted((a, b) => ((a as string) > (b as string) ? 1 : (a as string) < (b as string) ? -1 : 0));
  }
  throw jsonataError("D3070", "$sort without a comparator sorts numbers or texts only");
}

function chargeForOrdering(keys: readonly unknown[], meter: EvaluationMeter): void {
  const lengths = keys.reduce<number>((sum, x) => sum + (typeof x === "string" ? x.length : 0), 0);
  meter.charge(Math.ceil(((keys.length + lengths / 16) * Math.log2(keys.length)) / COMPARISONS_PER_STEP));
}

/** What an item is ordered by; evaluates a term. */
export type Key = () => Promise<unknown>;

export class KeyedItem {
  readonly item: unknown;
  readonly keys: readonly Key[];

  constructor(item: unknown, keys: readonly Key[]) {
    this.item = item;
    this.keys = keys;
  }
}

/** Stable. A term is evaluated for the items that those before it do not tell apart. */
export async function orderBy(
  items: readonly KeyedItem[],
  terms: readonly SortTerm[],
  meter: EvaluationMeter,
  index = 0,
): Promise<readonly KeyedItem[]> {
  const term = terms[index];
  if (term === undefined || items.length <= 1) return items;
  const keyed: KeyOf[] = [];
  for (const [place, item] of items.entries()) keyed.push({ key: await (item.keys[index] as Key)(), place, item });
  chargeForOrdering(
    keyed.map(({ key }) => key),
    meter,
  );
  keyed.sort((a, b) => (a.place < b.place ? compare(a.key, b.key, term) : -compare(b.key, a.key, term)));
  const result: KeyedItem[] = [];
  for (let start = 0, end = 0; start < keyed.length; start = end) {
    for (end = start + 1; end < keyed.length && keyed[end]?.key === keyed[start]?.key;) end += 1;
    const equals = keyed.slice(start, end).map(({ item }) => item);
    for (const item of await orderBy(equals, terms, meter, index + 1)) result.push(item);
  }
  return result;
}

interface KeyOf {
  readonly key: unknown;
  readonly place: number;
  readonly item: KeyedItem;
}

/** What has no key goes last, in descending order too. Errors name the one that stands first in the list first. */
function compare(a: unknown, b: unknown, { isDescending }: SortTerm): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  for (const value of [a, b]) {
    // The library words its own errors, from these members.
    if (typeof value !== "string" && typeof value !== "number") throw sortError("T2008", { value });
  }
  if (typeof a !== typeof b) throw sortError("T2007", { value: a, value2: b });
  if (a === b) return 0;
  return (a as string) < (b as string) === isDescending ? 1 : -1;
}

function sortError(code: string, members: object): Error {
  return Object.assign(new Error(code), { code, ...members });
}

async function mergeSort(items: readonly unknown[], isAfter: Comparator): Promise<unknown[]> {
  let sorted = [...items];
  for (let width = 1; width < sorted.length; width *= 2) {
    const merged: unknown[] = [];
    for (let start = 0; start < sorted.length; start += 2 * width) {
      let left = start;
      const middle = Math.min(start + width, sorted.length);
      let right = middle;
      const end = Math.min(start + 2 * width, sorted.length);
      while (left < middle && right < end) {
        const isSwapped = await isAfter(sorted[left], sorted[right]);
        merged.push(sorted[isSwapped ? right++ : left++]);
      }
      while (left < middle) merged.push(sorted[left++]);
      while (right < end) merged.push(sorted[right++]);
    }
    sorted = merged;
  }
  return sorted;
}
