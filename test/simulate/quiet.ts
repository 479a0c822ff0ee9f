/** What must hold when nothing will ever happen any more. */
import { DOOR_CLOSED_MS } from "../../src/runtime/closed-doors.ts";
import { MAX_HISTORY_EVENTS } from "../../src/engine/quotas.ts";
import { isDeepStrictEqual } from "node:util";
import { Payload } from "../../src/data/payload.ts";
import type { Json } from "../../src/asl/json.ts";
import type { HistoryEvent } from "../../src/engine/history-event.ts";
import { ExecutionStore } from "../../src/runtime/execution-store.ts";
import { childArn } from "../../src/runtime/tasks/awaited-child.ts";
import { parsed, Reference, type End } from "./reference.ts";
import type { ExecutionRecord } from "./record.ts";
import { KID_ARN, LONG_STATE } from "./machine.ts";
import { expectSoundHistory, foldedStatus, TERMINAL } from "./rules.ts";
import type { SimulatedObject } from "./platform.ts";
import type { World } from "./world.ts";

/** @throws naming the rule that is broken */
export function expectQuiet(world: World): void {
  const { tally, platform } = world;
  for (const [arn, record] of world.records) {
    expectSoundHistory(record.events);
    for (const rule of [3, 4, 5, 11]) tally.add(`invariant ${rule}`);
    const status = record.execution?.outcome.status ?? "RUNNING";
    if (foldedStatus(record.events) !== status)
      throw new Error(`11: ${status}, and the history says otherwise: ${arn}`);
    if (status === "RUNNING") throw new Error(`12: all is quiet, and it runs: ${arn}`);
    expectStored(platform.objects.get(`EXECUTION ${arn}`), record, arn);
  }
  const main = world.record;
  if (main === undefined) throw new Error("10: the start was acknowledged, and nothing is there");
  tally.add(`end: ${main.execution?.outcome.status ?? ""}`);
  expectAcknowledged(world, main.events);
  expectIndexed(world);
  expectReference(world, main);
  for (const [arn, record] of world.records) expectNoOrphans(world, arn, record);
  for (const object of platform.objects.values()) if (object.kind === "MAP_RUN") expectMapRunOver(object);
}

/** What is stored is what was committed. */
function expectStored(object: SimulatedObject | undefined, { events, execution }: ExecutionRecord, arn: string): void {
  if (object === undefined) throw new Error(`10: no object of ${arn}`);
  const { rows } = object;
  const kv = {
    get: (key: string): unknown => rows.get(key),
    put: (): void => undefined,
    delete: (): boolean => false,
    list: ({ prefix }: { readonly prefix: string }): Iterable<readonly [string, unknown]> =>
      [...rows].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1)),
  };
  const store = new ExecutionStore({ kv, transactionSync: (work) => work() });
  const stored = store.readSnapshot();
  const found = [...store.historySegments()].flat();
  if (stored?.head.nextEventId !== execution?.nextEventId || stored?.head.outcome.status !== execution?.outcome.status)
    throw new Error(`10: another snapshot is stored than was committed: ${arn}`);
  if (!isDeepStrictEqual(found, JSON.parse(JSON.stringify(events)) as unknown))
    throw new Error(`10: another history is stored than was committed: ${arn}`);
}

/** Whether it was ended because it took its object down each time. */
export function isPoisoned(events: readonly HistoryEvent[] = []): boolean {
  return events.some((x) => String(x.details?.["cause"]).includes(POISONED));
}

const POISONED = "object was lost each time";

function expectAcknowledged({ acknowledged, tally }: World, events: readonly HistoryEvent[]): void {
  const TYPES = {
    start: /^ExecutionStarted$/u,
    stop: /^Execution(?:Aborted|Succeeded|Failed|TimedOut)$/u,
    redrive: /^ExecutionRedriven$/u,
  };
  for (const { what, at } of acknowledged) {
    tally.add("invariant 10");
    if (!events.some((x) => TYPES[what].test(x.type) && x.timestamp === at))
      throw new Error(`10: a ${what} is acknowledged for ${at}, and the history does not tell of it`);
  }
}

interface IndexRow {
  readonly status: string;
  readonly version: number;
  readonly stopped_at: number | null;
  readonly redrive_count: number;
}

function expectIndexed({ platform, record, name, tally }: World): void {
  const found = platform.d1.query("SELECT * FROM execution_index WHERE name = ?1", name) as readonly IndexRow[];
  const [row] = found;
  const { outcome } = record?.execution ?? {};
  tally.add("invariant 14");
  if (row === undefined || found.length !== 1) throw new Error(`14: ${found.length} rows of the index are of it`);
  if (outcome === undefined || outcome.status === "RUNNING") return;
  if (row.status !== outcome.status || row.stopped_at !== outcome.stoppedAt || row.redrive_count !== record?.epoch)
    throw new Error(
      `14: the index says ${JSON.stringify(row)}, and it is ${outcome.status} since ${outcome.stoppedAt}`,
    );
}

function expectReference(world: World, record: ExecutionRecord): void {
  const { made, name, tally, historyEvents } = world;
  const { events, branchOf, parents } = record;
  const { outcome } = record.execution ?? {};
  if (outcome === undefined) return;
  const isFull = events.length >= (historyEvents ?? MAX_HISTORY_EVENTS);
  if (isFull) world.platform.fault("history full");
  const told = {
    definition: made.definition,
    input: { ...made.input } as unknown as Json,
    name,
    events,
    branchOf,
    parents,
    tally,
  };
  // A child that was ended because it took its object down each time is none that the definition speaks of.
  if ([...world.records.values()].some((x) => x !== record && isPoisoned(x.events))) return;
  const end = new Reference(told).run();
  tally.add("invariant 13");
  if (!isFull) expectSameEnd(end, outcome);
}

export function expectSameEnd(end: End, outcome: NonNullable<ExecutionRecord["execution"]>["outcome"]): void {
  const { status } = outcome;
  // What ends an execution from outside leaves its branches where they are.
  if (status === "ABORTED" || status === "TIMED_OUT") return;
  // What takes its object down each time is ended by that, wherever it is.
  if (status === "FAILED" && outcome.failure.cause?.includes(POISONED) === true) return;
  const isSame =
    (status === "SUCCEEDED" && end.kind === "output" && isDeepStrictEqual(end.output, parsed(outcome.output.text))) ||
    (status === "FAILED" && end.kind === "failure" && (outcome.failure.error ?? "") === end.failure.error);
  if (!isSame) throw new Error(`13: it is ${JSON.stringify(outcome)}, and should be ${JSON.stringify(end)}`);
}

/** Longer than a world is unkind and a notice waits to be repeated, shorter than a long child takes. */
const LONG_MS = 1_800_000;

/** A child that nobody waits for any more has not gone on: it was stopped, or ended about then by itself. */
function expectNoOrphans(
  { records, jumps, tally }: World,
  arn: string,
  { attempts, events, moments }: ExecutionRecord,
): void {
  for (const { taskId, scheduledId, closed } of attempts.values()) {
    const name = childArn(Payload.of({ StateMachineArn: KID_ARN }), `${arn}#${taskId}`) ?? "";
    const child = records.get(name);
    const isAnswered = closed !== undefined && closed.type !== "TaskTimedOut";
    if (child === undefined || isAnswered) continue;
    tally.add("invariant 15");
    if (child.events.at(-1)?.type === "ExecutionAborted") tally.add("used: child stopped");
    // One that takes a second may be kept by the same jump of the clock that keeps its parent.
    if (!child.events.some((x) => x.details?.["name"] === LONG_STATE)) continue;
    const given = closed ?? events.find(({ id, type }) => id > scheduledId && TERMINAL.test(type));
    const givenUp = moments[(given?.id ?? 0) - 1] ?? 0;
    const late = (child.moments.at(-1) ?? 0) - givenUp;
    const since = moments[scheduledId - 1] ?? 0;
    const jumpsSince = (until: number): typeof jumps => jumps.filter(({ at }) => at >= since && at <= until);
    // A door that is closed to it opens when the clock says so.
    const begun = child.moments[0] ?? 0;
    if (begun > givenUp && jumpsSince(begun).some(({ by }) => by >= DOOR_CLOSED_MS)) continue;
    const setBack = jumpsSince(Infinity).reduce((sum, { by }) => sum - Math.min(by, 0), 0);
    if (late - setBack > LONG_MS)
      throw new Error(`15: the child of ${taskId} went on for ${late} ms, and nobody waited: ${name}`);
  }
}

/** A Map Run that is over has heard of all its children once, and has told its execution. */
function expectMapRunOver({ name, rows }: SimulatedObject): void {
  const text = rows.get("state");
  if (typeof text !== "string") return;
  const { ledger, ended } = JSON.parse(text) as MapRunRow;
  if (ended === undefined) throw new Error(`12: all is quiet, and the Map Run goes on: ${name}`);
  if (!ended.isTold) throw new Error(`12: the Map Run has not told its end: ${name}`);
  for (const counts of [ledger.items, ledger.executions]) {
    const { total, succeeded, failed, timedOut, aborted } = counts;
    const sum = succeeded + failed + timedOut + aborted;
    if (sum > total || (ended.status === "SUCCEEDED" && sum !== total))
      throw new Error(`F29: the Map Run counts ${JSON.stringify(counts)}: ${name}`);
  }
}

interface MapRunRow {
  readonly ledger: Readonly<Record<"items" | "executions", Readonly<Record<string, number>>>> & {
    readonly items: Counts;
    readonly executions: Counts;
  };
  readonly ended?: { readonly status: string; readonly isTold: boolean };
}

interface Counts {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly aborted: number;
}
