/** JSONata's $sort, in the place of the library's, whose memory grows with the square of the array's length. */
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
    const lengths = type === "string" ? (items as string[]).reduce((sum, x) => sum + x.length, 0) : 0;
    meter.charge(Math.ceil(((items.length + lengths / 16) * Math.log2(items.length)) / COMPARISONS_PER_STEP));
    return items.toSorted((a, b) => ((a as string) > (b as string) ? 1 : (a as string) < (b as string) ? -1 : 0));
  }
  throw jsonataError("D3070", "$sort without a comparator sorts numbers or texts only");
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
