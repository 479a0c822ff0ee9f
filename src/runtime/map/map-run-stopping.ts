/** How a Map Run stops: what runs is aborted, what has not begun stays pending. */
import { closeAll, parallelOf, waitingIn } from "../../engine/map-run-ledger.ts";
import type { ChunkClaims } from "./chunk-claims.ts";
import { childNames, isStandard } from "./loaded-map-run.ts";
import type { MapRunBook } from "./map-run-book.ts";
import type { ChildOutcome } from "./map-run-rpc.ts";

export interface StoppingHost {
  now(): number;
  /** Stops a Standard child; one that is not there needs no stopping. */
  stopChild(executionArn: string): Promise<void>;
}

/** Calls under way at the same time. */
const AT_THE_SAME_TIME = 20;

/** Stops the children that run, notes that they were aborted, and closes the chunks under way. */
export async function stopChildren(book: MapRunBook, claims: ChunkClaims, host: StoppingHost): Promise<void> {
  const { ledger } = book.current;
  const standard = isStandard(book.run);
  for (const [key, open] of Object.entries(ledger.open)) {
    const chunk = Number(key);
    const begun = standard ? open.started : claims.begun(chunk, waitingIn(open), parallelOf(ledger.limits));
    if (standard) await stopStandard(book, host, chunk, begun);
    const at = host.now();
    const aborted = (position: number): ChildOutcome => {
      return { position, epoch: ledger.epoch, status: "ABORTED", startedAt: at, stoppedAt: at };
    };
    book.note(chunk, begun.map(aborted), []);
  }
  claims.clear();
  book.putLedger(closeAll(book.current.ledger));
}

export async function stopStandard(
  book: MapRunBook,
  host: StoppingHost,
  chunk: number,
  positions: readonly number[],
): Promise<void> {
  const names = childNames(book.run.plan.mapRunArn, true);
  const { epoch } = book.current.ledger;
  for (let from = 0; from < positions.length; from += AT_THE_SAME_TIME) {
    const group = positions.slice(from, from + AT_THE_SAME_TIME);
    await Promise.all(group.map((position) => host.stopChild(names.arn(names.name(chunk, position, epoch)))));
  }
}

/** The outcomes of children that could not be run in any invocation. */
export function hopelessOutcomes(book: MapRunBook, chunk: number, at: number): readonly ChildOutcome[] {
  const { open, epoch } = book.current.ledger;
  const cause = "The child execution could not be run: whatever ran it was lost, again and again.";
  const failure = { status: "FAILED", error: "States.Runtime", cause } as const;
  return (open[chunk] === undefined ? [] : waitingIn(open[chunk])).map((position) => {
    return { position, epoch, ...failure, startedAt: at, stoppedAt: at };
  });
}
