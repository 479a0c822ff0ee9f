/**
 * What a Map Run knows of its child executions: counts and the chunks under way, not a record per item.
 *
 * L1. Children lie in chunks, numbered as the reader made them; those before `next` are under way or done.
 * L2. A child has one outcome in each epoch: the first that is heard of. Whatever comes later changes nothing.
 * L3. A redrive begins an epoch: every chunk is gone through again, and what succeeded in it is passed over.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-examine-map-run.html
 */
import type { StateFailure } from "../asl/error-names.ts";

export type ChildStatus = "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
export type MapRunStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED";

/** What UpdateMapRun may change. */
export interface MapRunLimits {
  /** 0: no limit of its own. */
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number;
  readonly toleratedFailurePercentage: number;
}

/** Those without an outcome are not counted here: they run, or are pending. */
export interface Counts {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly aborted: number;
}

export interface OpenChunk {
  /** Raised whenever it is sent again; what an earlier sending brings to a worker is refused. */
  readonly attempt: number;
  /** How often it was sent again since something was last heard of its children. */
  readonly fruitless: number;
  /** How many children it has. */
  readonly size: number;
  /** The places of those that have their outcome. */
  readonly done: readonly number[];
  /** The places of Standard children that run by themselves. */
  readonly started: readonly number[];
}

export interface MapRunLedger {
  /** How often it was redriven. */
  readonly epoch: number;
  /** When the epoch began, epoch milliseconds. */
  readonly epochAt: number;
  readonly limits: MapRunLimits;
  /** Whether all items are in chunks. */
  readonly isRead: boolean;
  /** How many chunks there are so far. */
  readonly chunks: number;
  /** The first that has not been opened in this epoch. */
  readonly next: number;
  readonly open: Readonly<Record<string, OpenChunk>>;
  readonly items: Counts;
  readonly executions: Counts;
  /** It will not succeed: no child is begun any more. */
  readonly ending?: MapRunEnding;
}

export interface MapRunEnding {
  readonly status: "FAILED" | "ABORTED";
  readonly failure: StateFailure;
}

/** A child's outcome. */
export interface SettledChild {
  readonly chunk: number;
  /** Its place in the chunk, from 0. */
  readonly position: number;
  readonly status: ChildStatus;
  /** How many items it had. */
  readonly items: number;
}

const NOTHING: Counts = { total: 0, succeeded: 0, failed: 0, timedOut: 0, aborted: 0 };

/** The most children of a chunk. */
export const MAX_CHUNK_CHILDREN = 100;
/** Chunks under way at the same time: each is one message, so this is how many invocations work at a Map Run. */
const MAX_OPEN_CHUNKS = 100;
/** How often a chunk is sent again although nothing is heard of its children. */
const MAX_FRUITLESS = 8;
/** AWS's own limit, and what 0 means. */
const MAX_CONCURRENCY = 10_000;

/** @param epoch above 0 where the execution was redriven before the Map Run had its order */
export function newLedger(limits: MapRunLimits, at: number, epoch: number = 0): MapRunLedger {
  return {
    epoch,
    epochAt: at,
    limits,
    isRead: false,
    chunks: 0,
    next: 0,
    open: {},
    items: NOTHING,
    executions: NOTHING,
  };
}

/** The reader has made a chunk. */
export function addChunk(ledger: MapRunLedger, children: number, items: number): MapRunLedger {
  return {
    ...ledger,
    chunks: ledger.chunks + 1,
    items: { ...ledger.items, total: ledger.items.total + items },
    executions: { ...ledger.executions, total: ledger.executions.total + children },
  };
}

/** How many children run at the same time at most. */
export function concurrencyOf({ maxConcurrency }: MapRunLimits): number {
  return maxConcurrency === 0 ? MAX_CONCURRENCY : Math.min(maxConcurrency, MAX_CONCURRENCY);
}

/** How many children of a chunk an invocation runs at the same time: about a tenth, so that the work spreads. */
export function parallelOf(limits: MapRunLimits): number {
  return Math.min(Math.ceil(concurrencyOf(limits) / 10), MAX_CHUNK_CHILDREN);
}

/** How many chunks are under way at the same time. */
export function windowOf(limits: MapRunLimits): number {
  return Math.min(Math.floor(concurrencyOf(limits) / parallelOf(limits)), MAX_OPEN_CHUNKS);
}

/** Whether another chunk may be opened. */
export function hasRoom({ ending, next, chunks, open, limits }: MapRunLedger): boolean {
  return ending === undefined && next < chunks && Object.keys(open).length < windowOf(limits);
}

/** Opens the next chunk; one whose children all succeeded in an earlier epoch is passed over. */
export function openNext(ledger: MapRunLedger, size: number, succeeded: readonly number[]): MapRunLedger {
  const { next, open } = ledger;
  if (succeeded.length === size) return { ...ledger, next: next + 1 };
  const chunk: OpenChunk = { attempt: 1, fruitless: 0, size, done: succeeded, started: [] };
  return { ...ledger, next: next + 1, open: { ...open, [next]: chunk } };
}

/**
 * The chunk is sent once more: nobody answered for it, or it has children that have not been begun.
 * @param wasLost whoever worked on it may have been lost; else nobody has come for it yet, which is no fault of its children
 */
export function sendAgain(ledger: MapRunLedger, number: number, wasLost: boolean): MapRunLedger {
  const chunk = ledger.open[number];
  if (chunk === undefined) return ledger;
  const fruitless = chunk.fruitless + (wasLost ? 1 : 0);
  return withChunk(ledger, number, { ...chunk, attempt: chunk.attempt + 1, fruitless });
}

/** Whether its children take every invocation down that works on them: it would be sent for ever. */
export function isHopeless({ fruitless }: OpenChunk): boolean {
  return fruitless >= MAX_FRUITLESS;
}

/** Standard children run by themselves now. */
export function noteStarted(ledger: MapRunLedger, number: number, positions: readonly number[]): MapRunLedger {
  const chunk = ledger.open[number];
  if (chunk === undefined) return ledger;
  const added = positions.filter((x) => !chunk.done.includes(x) && !chunk.started.includes(x));
  if (added.length === 0) return ledger;
  return withChunk(ledger, number, { ...chunk, fruitless: 0, started: [...chunk.started, ...added] });
}

/** Whether the child's outcome is still to come. */
export function isAwaited(ledger: MapRunLedger, number: number, position: number): boolean {
  const chunk = ledger.open[number];
  return chunk !== undefined && position < chunk.size && !chunk.done.includes(position);
}

/** Notes the outcome of a child that is awaited. A chunk whose children all have theirs is closed. */
export function settle(ledger: MapRunLedger, child: SettledChild): MapRunLedger {
  const chunk = ledger.open[child.chunk];
  if (chunk === undefined || !isAwaited(ledger, child.chunk, child.position)) return ledger;
  const counted = {
    ...ledger,
    items: counting(ledger.items, child.status, child.items),
    executions: counting(ledger.executions, child.status, 1),
  };
  const done = [...chunk.done, child.position];
  const started = chunk.started.filter((x) => x !== child.position);
  if (done.length < chunk.size) return withChunk(counted, child.chunk, { ...chunk, fruitless: 0, done, started });
  const { [String(child.chunk)]: _, ...open } = counted.open;
  return { ...counted, open };
}

/** The places whose children have neither their outcome nor been begun. */
export function waitingIn(chunk: OpenChunk): readonly number[] {
  const known = new Set([...chunk.done, ...chunk.started]);
  return Array.from({ length: chunk.size }, (_, position) => position).filter((x) => !known.has(x));
}

/** Standard children that run. */
export function startedIn({ open }: MapRunLedger): number {
  return Object.values(open).reduce((sum, { started }) => sum + started.length, 0);
}

export function isFinished({ isRead, next, chunks, open }: MapRunLedger): boolean {
  return isRead && next === chunks && Object.keys(open).length === 0;
}

/** The failure that is due once more items failed than are tolerated. The share is of all items: it counts when they are known. */
export function verdict({ limits, items, isRead }: MapRunLedger): StateFailure | undefined {
  const { toleratedFailureCount, toleratedFailurePercentage } = limits;
  const failed = items.failed + items.timedOut;
  const exceedsShare = isRead && failed * 100 > toleratedFailurePercentage * items.total;
  const isExceeded =
    toleratedFailurePercentage === 0
      ? failed > toleratedFailureCount
      : exceedsShare || (toleratedFailureCount > 0 && failed > toleratedFailureCount);
  if (!isExceeded) return undefined;
  const cause = "The specified tolerated failure threshold was exceeded";
  return { error: "States.ExceedToleratedFailureThreshold", cause };
}

/** Begins no child any more. The first reason stays. */
export function end(ledger: MapRunLedger, ending: MapRunEnding): MapRunLedger {
  return ledger.ending === undefined ? { ...ledger, ending } : ledger;
}

/** Closes the chunks under way; what in them has no outcome is pending. */
export function closeAll(ledger: MapRunLedger): MapRunLedger {
  return { ...ledger, open: {} };
}

/** Takes it up again: what did not succeed is pending. @param epoch the execution's count: redrives that it took back were not heard of */
export function redriveLedger(before: MapRunLedger, epoch: number, at: number): MapRunLedger {
  const { ending: _, ...ledger } = before;
  return {
    ...ledger,
    epoch,
    epochAt: at,
    next: 0,
    open: {},
    items: pending(ledger.items),
    executions: pending(ledger.executions),
  };
}

function pending({ total, succeeded }: Counts): Counts {
  return { ...NOTHING, total, succeeded };
}

function withChunk(ledger: MapRunLedger, number: number, chunk: OpenChunk): MapRunLedger {
  return { ...ledger, open: { ...ledger.open, [number]: chunk } };
}

function counting(counts: Counts, status: ChildStatus, by: number): Counts {
  switch (status) {
    case "SUCCEEDED":
      return { ...counts, succeeded: counts.succeeded + by };
    case "FAILED":
      return { ...counts, failed: counts.failed + by };
    case "TIMED_OUT":
      return { ...counts, timedOut: counts.timedOut + by };
    case "ABORTED":
      return { ...counts, aborted: counts.aborted + by };
  }
}
