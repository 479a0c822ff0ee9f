/**
 * Starts that are not to begin anything any more: whoever waited for that execution has been stopped, and the start, which
 * was under way, has not come in yet.
 *
 * A door is closed to one task of one execution, in the object that the start would reach; others may start an execution of
 * that name. After an hour nothing is under way any more, and the object is emptied.
 */
import type { Waiter } from "./execution-rpc.ts";
import type { KeyValueStorage } from "./text-rows.ts";

/** How long a start may be under way, milliseconds. */
export const DOOR_CLOSED_MS = 3_600_000;

const DOOR = "door";

interface Door {
  readonly closedTo: readonly string[];
  /** Epoch milliseconds. An alarm may come earlier, and changes nothing then. */
  readonly until: number;
}

/** What doors need of an object's storage. */
type DoorStorage = Pick<KeyValueStorage, "kv"> & Pick<DurableObjectStorage, "setAlarm" | "deleteAll">;

export async function closeDoor(storage: DoorStorage, waiter: Waiter, now: number): Promise<void> {
  const { kv } = storage;
  const others = doorOf(kv).closedTo.filter((key) => key !== keyOf(waiter));
  const until = now + DOOR_CLOSED_MS;
  kv.put(DOOR, { closedTo: [...others, keyOf(waiter)], until } satisfies Door);
  await storage.setAlarm(until);
}

/** Empties an object in which nothing has begun, once its door is needed no more. @param firing what the alarm that fires was set for */
export async function emptyBehindDoor(storage: DoorStorage, now: number, firing: number): Promise<void> {
  const { until } = doorOf(storage.kv);
  // Later than the alarm that fires just now: the platform loses any other.
  if (until > now) await storage.setAlarm(Math.max(until, firing + 1));
  else await storage.deleteAll();
}

export function isDoorClosed({ kv }: Pick<KeyValueStorage, "kv">, waiter: Waiter): boolean {
  return doorOf(kv).closedTo.includes(keyOf(waiter));
}

function doorOf(kv: KeyValueStorage["kv"]): Door {
  return (kv.get(DOOR) ?? { closedTo: [], until: 0 }) as Door;
}

function keyOf({ executionArn, taskId }: Waiter): string {
  return `${executionArn}#${taskId}`;
}
