/** Where a Map Run's items come from. */
import { isArray, type Json } from "../../asl/json.ts";
import type { Payload } from "../../data/payload.ts";

/** What a slice gives. */
export interface ItemSlice {
  /** JSON texts. */
  readonly items: readonly string[];
  /** Where to go on; absent: that was the end. */
  readonly position?: Json;
}

export interface SliceLimit {
  readonly items: number;
  /** Of the items' texts, roughly. */
  readonly bytes: number;
}

export interface SourceName {
  /** What `$$.Map.Item.Source` says. */
  readonly name: string;
  /** Whether the items are the members of an object, with a Key and a Value each. */
  readonly hasKeys: boolean;
}

export interface ItemSource extends SourceName {
  /** Throws ItemReaderFailure. @param position absent: the beginning */
  read(position: Json | undefined, limit: SliceLimit): Promise<ItemSlice>;
}

/** The items that the state itself has. */
export function stateItems(items: Payload): ItemSource {
  return {
    name: "STATE_DATA",
    hasKeys: !isArray(items.value),
    read: async (position, limit) => {
      const { value } = items;
      const all = isArray(value) ? value : Object.entries(value ?? {}).map(([Key, Value]) => ({ Key, Value }));
      const from = typeof position === "number" ? position : 0;
      const slice = all.slice(from, from + limit.items).map((item) => JSON.stringify(item));
      const next = from + limit.items;
      return next < all.length ? { items: slice, position: next } : { items: slice };
    },
  };
}
