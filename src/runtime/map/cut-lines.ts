/** Lines of an object: JSON Lines, whose every line is an item. Empty lines are none. */
import { exceedsDepth } from "../../asl/json.ts";
import { type BeginCutting, type Cut, type Cutter, ItemBytes, itemTooDeep, MAX_ITEM_DEPTH } from "./cutter.ts";
import { ItemReaderFailure } from "./failures.ts";
import { compactJson } from "./json-span.ts";

const NEWLINE = 0x0a;

export const cutJsonLines: BeginCutting = (offset) => cutLines(jsonOf, offset);

/** @param itemOf the item that a line is */
export function cutLines(itemOf: (line: string) => string, from: number): Cutter {
  const bytes = new ItemBytes();
  let offset = from;

  function* line(end: number): Iterable<Cut> {
    const text = bytes.take().trim();
    if (text !== "") yield { text: itemOf(text), end };
  }

  return {
    memo: null,
    isDone: false,
    *cut(chunk) {
      let at = 0;
      for (;;) {
        const newline = chunk.indexOf(NEWLINE, at);
        bytes.append(chunk.subarray(at, newline < 0 ? chunk.length : newline));
        if (newline < 0) break;
        at = newline + 1;
        yield* line(offset + at);
      }
      offset += chunk.length;
    },
    *finish() {
      yield* line(offset);
    },
  };
}

function jsonOf(line: string): string {
  if (exceedsDepth(line, MAX_ITEM_DEPTH)) throw itemTooDeep();
  try {
    JSON.parse(line);
    return compactJson(line);
  } catch {
    throw new ItemReaderFailure("Attempting to parse a line of the dataset that is not valid JSON.");
  }
}
