/** Real AWS, by a deployment's settings. */
import { readConfig, type Env } from "../../../env.ts";
import { outboundOf } from "../../outbound/platform.ts";
import type { RoleMemory } from "./assumed-role.ts";
import { onAws, type Elsewhere } from "./elsewhere.ts";
import { jobMemory } from "./job-memory.ts";

/** Of this isolate. */
const roles: RoleMemory = new Map();

/** Reads the settings only when something leaves, or might. */
export function elsewhereOf(env: Env): Elsewhere {
  const elsewhere = onAws({
    settings: () => readConfig(env).aws,
    send: outboundOf(env).send,
    memory: jobMemory(env.OBJECTS),
    roles,
    now: () => Date.now(),
    pause: async (milliseconds, signal) => {
      try {
        await scheduler.wait(milliseconds, { signal });
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  });
  return (env.AWS_SERVICES ?? "") === "" ? { ...elsewhere, takesOver: () => false } : elsewhere;
}
