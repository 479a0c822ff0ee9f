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

const CLOSED = "closed";

export function closeDoor({ kv }: Pick<KeyValueStorage, "kv">, waiter: Waiter): void {
  if (!isDoorClosed({ kv }, waiter)) kv.put(CLOSED, [...closedTo(kv), keyOf(waiter)]);
}

export function isDoorClosed({ kv }: Pick<KeyValueStorage, "kv">, waiter: Waiter): boolean {
  return closedTo(kv).includes(keyOf(waiter));
}

function closedTo(kv: KeyValueStorage["kv"]): readonly string[] {
  return (kv.get(CLOSED) ?? []) as readonly string[];
}

function keyOf({ executionArn, taskId }: Waiter): string {
  return `${executionArn}#${taskId}`;
}
