/** The end of a Map Run's time: its Standard children go, a chunk at a time, and then its own rows. */
import type { RetireRequest } from "../execution-rpc.ts";
import { childNames, isStandard } from "./loaded-map-run.ts";
import type { MapRunBook } from "./map-run-book.ts";
import type { MapRunStore } from "./map-run-store.ts";

export interface RetirementHost {
  readonly store: MapRunStore;
  /** Deletes what is stored of a Standard child. */
  retireChild(executionArn: string, request: RetireRequest): Promise<void>;
  deleteAll(): Promise<void>;
}

/** Answers whether there is more to delete. */
export async function retireNext(book: MapRunBook, host: RetirementHost): Promise<boolean> {
  const { retiring, ledger } = book.current;
  if (retiring === undefined) return false;
  const { next, closedBefore, archive } = retiring;
  if (!isStandard(book.run) || next >= ledger.chunks) {
    await host.deleteAll();
    book.close();
    return false;
  }
  const names = childNames(book.run.plan.mapRunArn, true);
  const request = { version: 1, closedBefore, archive } as const;
  const outcomes = [...host.store.outcomes(next).values()];
  await Promise.all(
    outcomes.map(({ position, epoch, startedAt }) =>
      host.retireChild(names.arn(names.name(next, position, epoch)), { ...request, startedAt }),
    ),
  );
  book.put({ ...book.current, retiring: { ...retiring, next: next + 1 } });
  return true;
}
