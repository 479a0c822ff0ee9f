/** Ids of messages: whoever sends a message again after a crash sends it under the same id. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** In the form of a UUID; always the same for one key. @param key such as a task's idempotency key */
export function messageIdOf(key: string): string {
  const hex = bytesToHex(sha256(utf8ToBytes(key)));
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

/** As queues and topics whose names end in `.fifo` give them: 20 digits that grow with the moment the state was entered. */
export function sequenceNumberOf({
  enteredAt,
  retryCount,
}: {
  readonly enteredAt: number;
  readonly retryCount: number;
}): string {
  return `1${String(enteredAt * 1_000 + (retryCount % 1_000)).padStart(19, "0")}`;
}
