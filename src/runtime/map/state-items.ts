/** The items that a Map Run has from the state itself, and not through a reader. */
import { isArray, isObject } from "../../asl/json.ts";
import type { Payload } from "../../data/payload.ts";
import { membersOf } from "../../engine/states/map-items.ts";
import type { ItemSource } from "./item-source.ts";

export function stateItems({ value }: Payload): ItemSource {
  const areMembers = isObject(value);
  const all = areMembers ? membersOf(value) : isArray(value) ? value : [];
  return {
    read: async (position, limit) => {
      const from = typeof position === "number" ? position : 0;
      const items = all.slice(from, from + limit.items).map((item) => JSON.stringify(item));
      const next = from + limit.items;
      return {
        items,
        ...(areMembers && { members: items.map(() => true) }),
        ...(next < all.length && { position: next }),
      };
    },
  };
}
