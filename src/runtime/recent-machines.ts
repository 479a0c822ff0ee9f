/**
 * State machines as they were read a moment ago, per isolate: what is called often costs no read of the catalogue.
 *
 * R1. An entry is older than MAX_AGE_MS for nobody. AWS promises no more: calls within a few seconds after an update may
 *     still run the former definition. In the isolate that made the change it is seen at once.
 * R2. Values are kept, never promises: a read belongs to the request that began it.
 */
import { findStateMachine, type StateMachineRecord } from "./registry.ts";

export const MAX_AGE_MS = 3_000;
const MAX_ENTRIES = 100;
/** Larger ones are read each time, so that the isolate's memory stays with the executions. */
const MAX_DEFINITION_CHARACTERS = 131_072;

interface Entry {
  readonly machine: StateMachineRecord;
  readonly readAt: number;
}

const known: WeakMap<D1Database, Map<string, Entry>> = new WeakMap();

/** The state machine of that ARN as it is, or as it was up to MAX_AGE_MS ago. @param now epoch milliseconds */
export async function findRecentStateMachine(
  db: D1Database,
  arn: string,
  now: number,
): Promise<StateMachineRecord | undefined> {
  const entries = known.get(db) ?? new Map<string, Entry>();
  known.set(db, entries);
  const entry = entries.get(arn);
  if (entry !== undefined && now - entry.readAt <= MAX_AGE_MS) return entry.machine;
  entries.delete(arn);
  const machine = await findStateMachine(db, arn);
  if (machine === undefined || machine.definition.length > MAX_DEFINITION_CHARACTERS) return machine;
  const oldest = entries.size < MAX_ENTRIES ? undefined : entries.keys().next().value;
  if (oldest !== undefined) entries.delete(oldest);
  entries.set(arn, { machine, readAt: now });
  return machine;
}

/** It was changed or deleted. */
export function forgetStateMachine(db: D1Database, arn: string): void {
  known.get(db)?.delete(arn);
}
