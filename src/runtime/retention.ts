/**
 * Retention: executions that ended long ago are deleted, and those that have been open for too long are ended. Those that
 * run are woken, in case that nothing else would.
 *
 * T1. Nothing is written for it while an execution lives: the walk goes along the keys of the index.
 * T2. The index proposes, the execution's object decides: it refuses where it runs, was redriven or ended later, and what it
 *     answers corrects the index.
 * T3. Archive, then the object's rows, then the index entry. What a crash leaves is found again by its index entry, as that
 *     goes last; done again, each step changes nothing.
 * T4. What is woken is only looked at, and decides by itself what is due: one that has just begun, or waits as it should,
 *     notices nothing, and writes nothing.
 */
import { MAX_OPEN_MS } from "../engine/quotas.ts";
import { deleteEntries, upsertEntries, type ExecutionIndexEntry } from "./execution-index.ts";
import type { Answer, RetireRequest, Retirement } from "./execution-rpc.ts";
import { Spent, walk, type WalkBounds, type WalkedRow } from "./index-walk.ts";

export interface RetentionHost {
  readonly db: D1Database;
  /** How long an execution is kept after its end; undefined: for ever. */
  readonly retentionMs: number | undefined;
  readonly archive: boolean;
  now(): number;
  retire(executionArn: string, request: RetireRequest): Promise<Answer<Retirement>>;
  logDefect(message: string, error: unknown): void;
}

/** Every five minutes so many are over a million a day. */
export const BOUNDS: WalkBounds = { executions: 5_000, rowsRead: 50_000, queries: 800, milliseconds: 240_000 };

/** Of those that run: each is woken once in five minutes where they are few, and no more than 57,600 times a day in all. */
const WAKING: WalkBounds = { executions: 200, rowsRead: 5_000, queries: 100, milliseconds: 30_000 };
/** What began later needs no help: calls that were lost are made again much sooner. */
const WAKE_AFTER_MS = 600_000;

/** What a walk has done. */
export interface WalkReport {
  readonly deleted: number;
  readonly corrected: number;
  readonly failed: number;
}

type Done = { -readonly [Count in keyof WalkReport]: number };

const AT_THE_SAME_TIME = 20;

/** Never throws for one execution: the others go on, and that one is tried again the next time. */
export async function sweep(host: RetentionHost, bounds: WalkBounds = BOUNDS): Promise<WalkReport> {
  const now = host.now();
  const closedBefore = host.retentionMs === undefined ? -Infinity : now - host.retentionMs;
  const spent = new Spent(bounds, () => host.now());
  const done: Done = { deleted: 0, corrected: 0, failed: 0 };
  await walk(host.db, spent, {
    name: "open",
    scope: "running",
    startedBefore: now - MAX_OPEN_MS,
    visit: (arn, rows) => retireAll(host, spent, done, closedBefore, arn, rows),
  });
  const woken = new Spent(WAKING, () => host.now());
  await walk(host.db, woken, {
    name: "running",
    scope: "running",
    startedBefore: now - WAKE_AFTER_MS,
    visit: (arn, rows) => retireAll(host, woken, done, -Infinity, arn, rows),
  });
  if (host.retentionMs === undefined) return done;
  const isDue = ({ status, stoppedAt }: WalkedRow): boolean =>
    status !== "RUNNING" && stoppedAt !== null && stoppedAt < closedBefore;
  await walk(host.db, spent, {
    name: "closed",
    scope: "all",
    startedBefore: closedBefore,
    visit: (arn, rows) => retireAll(host, spent, done, closedBefore, arn, rows.filter(isDue)),
  });
  return done;
}

async function retireAll(
  host: RetentionHost,
  spent: Spent,
  done: Done,
  closedBefore: number,
  stateMachineArn: string,
  rows: readonly WalkedRow[],
): Promise<void> {
  const gone: WalkedRow[] = [];
  const corrections: ExecutionIndexEntry[] = [];
  const waiting = [...rows];
  const work = async (): Promise<void> => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      spent.executions += 1;
      const { executionArn, startedAt, version } = row;
      try {
        const { archive } = host;
        const answer = await host.retire(executionArn, { version: 1, startedAt, closedBefore, archive });
        if (!answer.ok) throw new Error(`${answer.error}: ${answer.message}`);
        if (answer.value.kind === "gone") gone.push(row);
        else if (answer.value.entry.version > version) corrections.push(answer.value.entry);
      } catch (error) {
        done.failed += 1;
        host.logDefect(`${executionArn} could not be retired`, error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_THE_SAME_TIME }, work));
  await deleteEntries(host.db, stateMachineArn, gone);
  await upsertEntries(host.db, corrections);
  spent.queries += (gone.length === 0 ? 0 : 1) + corrections.length;
  done.deleted += gone.length;
  done.corrected += corrections.length;
}
