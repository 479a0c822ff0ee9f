/**
 * `node test/upgrade/freeze.ts v2` writes what the present version stores of executions in the middle of their lives, for all
 * later versions to read. To be done when the rows change; what is frozen once is never written again.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { DriverWorld } from "../store/driver-world.ts";
import { MemoryStorage } from "../store/memory-storage.ts";
import { STORIES } from "./stories.ts";

/** An execution as it was stored, and how it ended under the version that stored it. */
export interface Frozen {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly alarm?: number;
  readonly rows: readonly (readonly [string, unknown])[];
  readonly end: {
    readonly status: string;
    readonly output?: string;
    readonly error?: string;
    readonly history: readonly string[];
  };
}

async function freeze(version: string): Promise<void> {
  const folder = new URL(`fixtures/${version}/`, import.meta.url);
  if (existsSync(folder)) throw new Error(`${version} is frozen already`);
  const frozen: Frozen[] = [];
  for (const { name, definition, input, steps } of STORIES) {
    const storage = new MemoryStorage();
    const world = new DriverWorld({ storage });
    await world.start(definition, input);
    await world.run(steps);
    const { now, alarm } = world;
    const rows = structuredClone(storage.rows);
    await world.run();
    frozen.push({ name, now, ...(alarm !== undefined && { alarm }), rows, end: await endOf(world) });
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("executions.json", folder), `${JSON.stringify(frozen, undefined, 1)}\n`);
}

/** How an execution ended, and what its history holds. */
export async function endOf(world: DriverWorld): Promise<Frozen["end"]> {
  const { outcome } = (await world.loaded()).execution;
  return {
    status: outcome.status,
    ...(outcome.status === "SUCCEEDED" && { output: outcome.output.text }),
    ...("failure" in outcome && outcome.failure.error !== undefined && { error: outcome.failure.error }),
    history: world.history().map(({ type }) => type),
  };
}

const [, , version] = process.argv;
if (import.meta.main && version !== undefined) await freeze(version);
