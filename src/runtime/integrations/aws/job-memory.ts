/** Jobs of AWS that are under way, in R2: an object for each, while a task waits for it. */
import type { JsonObject } from "../../../asl/json.ts";
import type { JobMemory } from "./job-call.ts";

const FOLDER = "_stepflare/jobs/";

export function jobMemory(objects: Pick<R2Bucket, "get" | "put" | "delete">): JobMemory {
  return {
    read: async (key) => {
      const stored = await objects.get(FOLDER + key);
      return stored === null ? undefined : stored.json<JsonObject>();
    },
    write: async (key, begun) => {
      await objects.put(FOLDER + key, JSON.stringify(begun));
    },
    forget: async (key) => {
      await objects.delete(FOLDER + key);
    },
  };
}
