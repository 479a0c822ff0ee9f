/** Which chunks of a Map Run go to workers now. */
import {
  concurrencyOf,
  hasRoom,
  isHopeless,
  openNext,
  sendAgain,
  startedIn,
  waitingIn,
  type MapRunLedger,
} from "../../engine/map-run-ledger.ts";
import type { ChunkClaims } from "./chunk-claims.ts";
import { isStandard } from "./loaded-map-run.ts";
import type { MapRunBook } from "./map-run-book.ts";

export interface Sendable {
  /** With the chunks opened, or counted as sent again. */
  readonly ledger: MapRunLedger;
  readonly numbers: readonly number[];
  /** Those that are given up: whatever worked on them was lost, again and again. */
  readonly hopeless: readonly number[];
}

/** What one call of the queue takes. */
const MAX_SENT = 100;

export function chunksToSend(book: MapRunBook, claims: ChunkClaims, now: number): Sendable {
  const unasked = claims.forget(now);
  const opened: number[] = [];
  let { ledger } = book.current;
  while (hasRoom(ledger) && opened.length < MAX_SENT) {
    const number = ledger.next;
    ledger = openNext(ledger, book.sizeOf(number), book.succeededIn(number));
    if (ledger.open[number] !== undefined) opened.push(number);
  }
  const { open } = ledger;
  const idle = forgotten(book, claims, ledger).filter((number) => !opened.includes(number));
  // Standard children run elsewhere; where there is no room for them, nothing is heard for long.
  const isGivenUp = (number: number): boolean =>
    !isStandard(book.run) && !unasked.has(number) && open[number] !== undefined && isHopeless(open[number]);
  const again = idle.filter((number) => !isGivenUp(number));
  for (const number of again) ledger = sendAgain(ledger, number, !unasked.has(number));
  return { ledger, numbers: [...opened, ...again], hopeless: idle.filter(isGivenUp) };
}

/** Open chunks with children to begin that nobody is expected to answer for. */
function forgotten(book: MapRunBook, claims: ChunkClaims, ledger: MapRunLedger): readonly number[] {
  const standard = isStandard(book.run);
  let room = standard ? roomFor(ledger, claims) : Infinity;
  return Object.entries(ledger.open).flatMap(([key, chunk]) => {
    const number = Number(key);
    const waiting = waitingIn(chunk).length;
    if (waiting === 0 || room <= 0 || !claims.isIdle(number)) return [];
    room -= waiting;
    return [number];
  });
}

/** How many more Standard children may be begun. */
export function roomFor(ledger: MapRunLedger, claims: ChunkClaims): number {
  return Math.max(concurrencyOf(ledger.limits) - startedIn(ledger) - claims.granted, 0);
}
