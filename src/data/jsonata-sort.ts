/** JSONata's $sort and `^(…)`, in the place of the library's, whose memory grows with the square of the array's length. */
import type { SortTerm } from "../asl/jsonata-replacements.ts";
import { jsonataError } from "./jsonata-error.ts";
import type { EvaluationMeter } from "./jsonata-meter.ts";

/** Whether the first goes after the second. */
type Comparator<Item> = (first: Item, second: Item) => unknown;

/** Comparisons of numbers or short texts in the time of a step. */
const COMPARISONS_PER_STEP = 8;

/** Stable, and in time that is counted: of the default order here, of a comparator by its own steps. */
export function sort(array: unknown, comparator: unknown, meter: EvaluationMeter): unknown {
  if (!Array.isArray(array) || array.length <= 1) return array;
  const items = array as unknown[];
  if (typeof comparator === "function") return mergeSort(items, comparator as Comparator<unknown>);
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
  for (const item of items) keyed.push({ key: await (item.keys[index] as Key)(), item });
  chargeForOrdering(
    keyed.map(({ key }) => key),
    meter,
  );
  const sorted = await mergeSort(keyed, (a, b) => compare(a.key, b.key, term) > 0);
  const result: KeyedItem[] = [];
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    end = start + 1;
    while (end < sorted.length && sorted[end]?.key === sorted[start]?.key) end += 1;
    const equals = sorted.slice(start, end).map(({ item }) => item);
    for (const item of await orderBy(equals, terms, meter, index + 1)) result.push(item);
  }
  return result;
}

interface KeyOf {
  readonly key: unknown;
  readonly item: KeyedItem;
}

/** What has no key goes last, in descending order too. */
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

/** Compares what the library compares, in its order: the same comparison fails. */
async function mergeSort<Item>(items: readonly Item[], isAfter: Comparator<Item>): Promise<readonly Item[]> {
  if (items.length <= 1) return items;
  const middle = Math.floor(items.length / 2);
  const left = (await mergeSort(items.slice(0, middle), isAfter)).values();
  const right = (await mergeSort(items.slice(middle), isAfter)).values();
  const merged: Item[] = [];
  let [first, second] = [left.next(), right.next()];
  while (first.done !== true && second.done !== true) {
    if (await isAfter(first.value, second.value)) {
      merged.push(second.value);
      second = right.next();
    } else {
      merged.push(first.value);
      first = left.next();
    }
  }
  for (; first.done !== true; first = left.next()) merged.push(first.value);
  for (; second.done !== true; second = right.next()) merged.push(second.value);
  return merged;
}
