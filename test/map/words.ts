/** The words of the tests of cutters: objects as texts, cut in chunks of any size, and from any item on. */
import type { BeginCutting, Cut } from "../../src/runtime/map/cutter.ts";

const encoder = new TextEncoder();

/** The items of an object that comes in chunks of that size. */
export function itemsOf(begin: BeginCutting, object: string | Uint8Array, chunkBytes = 65_536): readonly string[] {
  return [...cutsOf(begin, object, chunkBytes)].map(({ cut }) => cut.text);
}

/** The items as values. */
export function valuesOf(begin: BeginCutting, object: string, chunkBytes = 65_536): readonly unknown[] {
  return itemsOf(begin, object, chunkBytes).map((text) => JSON.parse(text) as unknown);
}

/** The items, where a new cutter begins behind each of them. */
export function itemsOneByOne(begin: BeginCutting, object: string, chunkBytes: number): readonly string[] {
  const bytes = encoder.encode(object);
  const items: string[] = [];
  let [offset, memo]: [number, Parameters<BeginCutting>[1]] = [0, undefined];
  for (;;) {
    const [first] = cutsOf(() => begin(offset, memo), bytes.subarray(offset), chunkBytes);
    if (first === undefined) return items;
    items.push(first.cut.text);
    [offset, memo] = [first.cut.end, first.memo];
  }
}

function* cutsOf(
  begin: BeginCutting,
  object: string | Uint8Array,
  chunkBytes: number,
): Iterable<{ cut: Cut; memo: Parameters<BeginCutting>[1] }> {
  const bytes = typeof object === "string" ? encoder.encode(object) : object;
  const cutter = begin(0);
  for (let at = 0; at < bytes.length && !cutter.isDone; at += chunkBytes) {
    for (const cut of cutter.cut(bytes.subarray(at, at + chunkBytes))) yield { cut, memo: cutter.memo };
  }
  for (const cut of cutter.finish()) yield { cut, memo: cutter.memo };
}
