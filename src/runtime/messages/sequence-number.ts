/** Numbers of messages in queues and topics whose names end in `.fifo`. */

/** As they give them: 20 digits that grow with the moment the state was entered. */
export function sequenceNumberOf({
  enteredAt,
  retryCount,
}: {
  readonly enteredAt: number;
  readonly retryCount: number;
}): string {
  return `1${String(enteredAt * 1_000 + (retryCount % 1_000)).padStart(19, "0")}`;
}
