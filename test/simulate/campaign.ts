/** Many worlds, one after the other. To be imported when the loading is prepared. */
import { createStepflare } from "../../src/stepflare.ts";
import { cryptoIsAtWork, lead, takeGlobals } from "./globals.ts";
import { ACTIVITY_ARN, KID, KID_ARN, ROLE_ARN } from "./machine.ts";
import { ExpressWorld } from "./express-world.ts";
import type { Platform } from "./platform.ts";
import { SimulatedD1 } from "./simulated-d1.ts";
import type { Tally } from "./tally.ts";
import { START_AT, World } from "./world.ts";

const nextMacrotask = setImmediate;
/** Every so many worlds are those of Express executions. */
const EXPRESS_EVERY = 8;
let world: World | undefined;

function current(): World {
  if (world === undefined) throw new Error("no world lives");
  return world;
}

takeGlobals();
const d1 = new SimulatedD1();
const { worker, ExecutionObject, MapRunObject, ActivityObject } = createStepflare({
  functions: {
    work: (input, context) => current().work(input, context),
    pure: (input) => current().pure(input),
  },
});
const classes = {
  EXECUTION: ExecutionObject,
  MAP_RUN: MapRunObject,
  ACTIVITY: ActivityObject,
} as unknown as NonNullable<Platform["classes"]>;
const consume = worker.queue as unknown as (batch: unknown, env: unknown, ctx: unknown) => Promise<unknown>;
d1.query(
  `INSERT INTO state_machine (arn, name, type, definition, role_arn, revision_id, created_at, updated_at, status,
     logging_configuration, tracing_configuration, encryption_configuration)
   VALUES (?1, 'kid', 'STANDARD', ?2, ?3, 'INITIAL', ?4, ?4, 'ACTIVE', '{}', '{}', '{}')`,
  KID_ARN,
  JSON.stringify(KID),
  ROLE_ARN,
  START_AT,
);
d1.query(
  "INSERT INTO activity (arn, name, created_at, encryption_configuration) VALUES (?1, 'hands', ?2, '{}')",
  ACTIVITY_ARN,
  START_AT,
);

/** Undefined: all rules held. */
export async function runSeed(seed: number, tally: Tally, trace?: (line: string) => void): Promise<Error | undefined> {
  if (seed % EXPRESS_EVERY === 0) return runExpressSeed(seed, tally, trace);
  d1.query("DELETE FROM execution_index");
  world = new World({ seed, tally, d1, classes, consume, trace });
  lead(world);
  try {
    await world.live(settle);
    tally.add("steps", world.steps);
    return undefined;
  } catch (error) {
    world.traceObjects();
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    lead(undefined);
  }
}

async function runExpressSeed(
  seed: number,
  tally: Tally,
  trace: ((line: string) => void) | undefined,
): Promise<Error | undefined> {
  const express = new ExpressWorld(seed, tally, d1, trace);
  lead(express);
  try {
    await express.live(settle);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    lead(undefined);
  }
}

/** Until nothing is left to do at once. */
async function settle(): Promise<void> {
  do await new Promise((resolve) => nextMacrotask(resolve));
  while (cryptoIsAtWork());
}
