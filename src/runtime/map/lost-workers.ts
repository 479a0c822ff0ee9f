/** Invocations that worked on chunks when the Map Run's object lost its memory: they may live, and go on. */
import { waitingIn } from "../../engine/map-run-ledger.ts";
import type { ChunkClaims } from "./chunk-claims.ts";
import type { MapRunBook } from "./map-run-book.ts";

/** How long after a loss those that live have said so: longer than a heartbeat. */
const EXPECTED_MS = 15_000;

/** Leaves the chunks to them for a while; once in a loss, however often the object is evicted meanwhile. */
export function expectWorkers(book: MapRunBook, claims: ChunkClaims, now: number): void {
  const { ledger, expecting } = book.current;
  const chunks = Object.entries(ledger.open).filter(([, chunk]) => waitingIn(chunk).length > 0);
  if (chunks.length === 0 || (expecting !== undefined && expecting <= now)) return;
  const until = expecting ?? now + EXPECTED_MS;
  claims.expect(
    chunks.map(([key]) => Number(key)),
    until,
  );
  if (expecting === undefined) book.expect(until);
}
