/** The items of many objects, one object after the other. */
import type { Json, JsonObject } from "../../asl/json.ts";
import type { FoundRecord, RecordSource } from "./record-source.ts";

/** An object of the data set. */
export interface FlattenedObject {
  /** As the context object names it. */
  readonly source: string;
  readonly items: RecordSource;
}

/** `at`: behind the current object in the list, null at its beginning; `current`: its record; `inner`: the place in it. */
type Position = JsonObject & { readonly at: Json; readonly current?: string; readonly inner?: Json };

const LIST_PAGE = { items: 100, bytes: Infinity };

/** A slice ends after that many objects, also where they are empty: it is one bounded piece of work. */
const MAX_OBJECTS_PER_SLICE = 100;

/** @param objectOf the object that a record of the list names; undefined: none that is read */
export function flatten(list: RecordSource, objectOf: (record: string) => FlattenedObject | undefined): RecordSource {
  /** What follows a position in the list, as far as it has been read. */
  let ahead: { readonly at: string; readonly records: readonly FoundRecord[] } | undefined;
  let open: { readonly current: string; readonly object: FlattenedObject | undefined } | undefined;

  const nextRecord = async (at: Json): Promise<FoundRecord | undefined> => {
    const known = ahead?.at === JSON.stringify(at) ? ahead.records : [];
    const [first, ...rest] = known.length > 0 ? known : (await list.read(at ?? undefined, LIST_PAGE)).records;
    ahead = { at: JSON.stringify(first?.next ?? null), records: rest };
    return first;
  };

  return {
    read: async (position, limit) => {
      let { at, current, inner } = (position ?? { at: null }) as Position;
      const records: FoundRecord[] = [];
      let size = 0;
      for (let objects = 0; objects < MAX_OBJECTS_PER_SLICE; objects++) {
        if (current === undefined) {
          const record = await nextRecord(at);
          if (record === undefined) return { records };
          at = record.next;
          current = record.text;
        }
        if (open?.current !== current) open = { current, object: objectOf(current) };
        const { object } = open;
        if (object !== undefined) {
          const place = { at, current };
          const rest = { items: limit.items - records.length, bytes: limit.bytes - size };
          const page = await object.items.read(inner, rest);
          for (const { next, ...record } of page.records) {
            records.push({ ...record, next: { ...place, inner: next }, source: object.source });
            size += record.text.length;
          }
          if (page.next !== undefined) return { records, next: { ...place, inner: page.next } };
        }
        current = undefined;
        inner = undefined;
        if (records.length >= limit.items || size >= limit.bytes) break;
      }
      return { records, next: { at } };
    },
  };
}
