/** The items that a Map Run has from the state itself, and not through a reader. */
import { isArray } from "../../asl/json.ts";
import type { Payload } from "../../data/payload.ts";
import type { ItemSource } from "./item-source.ts";

export function stateItems(items: Payload): ItemSource {
  return {
    read: async (position, limit) => {
      const all = isArray(items.value) ? items.value : [];
      const from = typeof position === "number" ? position : 0;
      const slice = all.slice(from, from + limit.items).map((item) => JSON.stringify(item));
      const next = from + limit.items;
      return next < all.length ? { items: slice, position: next } : { items: slice };
    },
  };
}
