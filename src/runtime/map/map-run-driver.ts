/**
 * Drives one Map Run: reads items into chunks, sends the chunks to workers, notes the outcomes, and tells the execution.
 *
 * W1. The rows are the truth: a message is a hint, and a chunk that nobody answers for is sent again.
 * W2. What is heard of is stored before it is answered; between two awaits nothing else can change the state.
 * W3. Phases follow each other and each can be repeated: running, stopping, writing, ended, told. A crash repeats the last.
 * W4. One pump at a time; whoever changes the state starts it, and it goes on until there is nothing to do.
 */
import { EvaluationError } from "../../data/evaluation-error.ts";
import {
  isFinished,
  newLedger,
  parallelOf,
  redriveLedger,
  verdict,
  waitingIn,
  type MapRunLimits,
} from "../../engine/map-run-ledger.ts";
import { readNext, type ReadChunks } from "./map-run-reading.ts";
import type {
  ChildOutcome,
  ChunkGrant,
  ChunkReport,
  MapRunPlan,
  MapRunRetireRequest,
  MapRunUsage,
  TakeRequest,
} from "./map-run-rpc.ts";
import { finishedBy, type MapRunHost } from "./map-run-host.ts";
import { retireNext } from "./map-run-retirement.ts";
import { hopelessOutcomes, stopChildren, stopStandard } from "./map-run-stopping.ts";
import { chunksToSend, roomFor } from "./map-run-sending.ts";
import { MapRunBook } from "./map-run-book.ts";
import type { MapRunState } from "./map-run-store.ts";
import { ItemReaderFailure, OBJECT_FULL } from "./failures.ts";
import { isStandard, limitsOf, type LoadedMapRun } from "./loaded-map-run.ts";
import { pauseAfter } from "../backoff.ts";
import { isStorageFull } from "../outage.ts";
import { EarliestAlarm } from "../earliest-alarm.ts";
import { ChunkClaims } from "./chunk-claims.ts";
import { expectWorkers } from "./lost-workers.ts";
import { NO_MAP_RUN_USAGE } from "./map-run-usage.ts";

/** Chunks that are read before there is room for them. */
const READ_AHEAD = 20;
/** How often the execution is asked whether it still waits. */
const ASK_EVERY_MS = 120_000;
/** While something is on its way. */
const RETRY_MS = 5_000;

export class MapRunDriver {
  readonly #host: MapRunHost;
  /** Calls under way that stop children which were begun while all was being stopped. */
  #stops = 0;
  readonly #claims: ChunkClaims;
  readonly #book: MapRunBook;
  #pumping: Promise<void> | undefined;
  #again = false;
  readonly #alarm: EarliestAlarm;
  /** Undefined: at the next alarm. An instance that an alarm woke does not know when the one before it asked. */
  #askAt: number | undefined;
  #retryAt: number | undefined;
  /** The results go on at an alarm, which may compute for as long as a request. */
  #goOnAt: number | undefined;

  constructor(host: MapRunHost) {
    this.#host = host;
    this.#claims = new ChunkClaims();
    this.#book = new MapRunBook(host.store);
    this.#alarm = new EarliestAlarm(host, () => this.#book.meter.countAlarm());
  }

  /** What is known of the Map Run; undefined: there is none. */
  get known(): { readonly state: MapRunState; readonly run: LoadedMapRun } | undefined {
    return this.#book.isOpen ? { state: this.#book.current, run: this.#book.run } : undefined;
  }

  /** What was spent so far. */
  get usage(): MapRunUsage {
    return this.#book.meter.usage;
  }

  countRequest(): void {
    this.#book.meter.countRequest();
  }

  /** Takes up what a lost instance left under way. */
  async load(): Promise<boolean> {
    if (this.#book.isOpen) return true;
    const plan = this.#host.store.readPlan();
    const state = this.#host.store.readState();
    if (plan === undefined || state === undefined) return false;
    await this.#alarm.load();
    // Whoever asked at the same time has opened it.
    if (this.#book.isOpen) return true;
    this.#book.open(this.#host.open(plan), state);
    expectWorkers(this.#book, this.#claims, this.#host.now());
    void this.#pump();
    return true;
  }

  /** To be called after `load` found none. */
  begin(plan: MapRunPlan): void {
    const { store } = this.#host;
    const run = this.#host.open(plan);
    const now = this.#host.now();
    const state: MapRunState = {
      ledger: newLedger(limitsOf(run), now, plan.redriveCount),
      startedAt: now,
      itemsRead: 0,
      rest: [],
      reports: 0,
      resultsWritten: 0,
      usage: NO_MAP_RUN_USAGE,
    };
    this.#askAt = now + ASK_EVERY_MS;
    this.#book.open(run, state);
    // Outside of the transaction: a beginning that cannot be stored takes its rows back, and not the alarm.
    this.#alarm.arm(now + RETRY_MS);
    this.#book.commit(() => {
      store.putPlan(plan);
      this.#book.put(state);
    });
    void this.#pump();
  }

  /** Answers whether it could be taken up again, or already was. */
  redrive(redriveCount: number): boolean {
    const state = this.#current();
    if (state.ledger.epoch >= redriveCount) return true;
    // A child that is still being stopped would be taken for one that the redrive has begun, and was aborted.
    if (state.ended === undefined || this.#stops > 0) return false;
    const { ended: _, ...rest } = state;
    this.#claims.clear();
    const now = this.#host.now();
    // With the row: whoever asked hears that it goes on.
    this.#alarm.arm(now + RETRY_MS);
    this.#book.put({ ...rest, ledger: redriveLedger(state.ledger, redriveCount, now) });
    void this.#pump();
    return true;
  }

  stop(redriveCount: number): void {
    if (redriveCount < this.#current().ledger.epoch) return;
    this.#book.end({ status: "ABORTED", failure: { error: "States.Aborted", cause: "The Map Run was stopped." } });
    void this.#pump();
  }

  /** Answers whether it has ended, and goes. */
  retire(request: MapRunRetireRequest): boolean {
    const state = this.#current();
    if (state.ended === undefined) return false;
    if (state.retiring === undefined) this.#book.put({ ...state, retiring: { ...request, next: 0 } });
    void this.#pump();
    return true;
  }

  update(limits: Partial<MapRunLimits>): void {
    const state = this.#current();
    this.#book.putLedger({ ...state.ledger, limits: { ...state.ledger.limits, ...limits } });
    void this.#pump();
  }

  take({ chunk, attempt, claim, knowsPlan }: TakeRequest): ChunkGrant | null {
    const { ledger } = this.#current();
    const run = this.#loaded();
    const open = ledger.open[chunk];
    const now = this.#host.now();
    if (ledger.ending !== undefined || open?.attempt !== attempt || !this.#claims.isFree(chunk, claim, now))
      return null;
    const waiting = waitingIn(open);
    const positions = isStandard(run) ? waiting.slice(0, roomFor(ledger, this.#claims)) : waiting;
    if (positions.length === 0) {
      this.#claims.release(chunk);
      return null;
    }
    this.#claims.claim(chunk, claim, isStandard(run) ? positions.length : 0, now);
    this.#alarm.arm(this.#claims.next());
    return {
      ...(!knowsPlan && { plan: run.plan }),
      epoch: ledger.epoch,
      chunk: this.#host.store.chunkText(chunk),
      sourceName: run.sourceName,
      positions,
      parallel: parallelOf(ledger.limits),
    };
  }

  progress(chunk: number, claim: string): boolean {
    const { ledger } = this.#current();
    if (ledger.ending !== undefined || ledger.open[chunk] === undefined) return false;
    return this.#claims.renew(chunk, claim, this.#host.now());
  }

  /** Notes outcomes; answers whether whoever brings them should go on. */
  report(report: ChunkReport): boolean {
    const { ledger } = this.#current();
    if (report.epoch !== ledger.epoch) return false;
    const isMine = this.#claims.renew(report.chunk, report.claim, this.#host.now());
    if (isMine && report.isLast) this.#claims.release(report.chunk);
    this.#note(report.chunk, report.outcomes, report.started);
    // Begun while all was being stopped.
    if (ledger.ending !== undefined) this.#stopLate(report.chunk, report.started);
    if (report.failure !== undefined) this.#book.end({ status: "FAILED", failure: report.failure });
    void this.#pump();
    return isMine && this.#current().ledger.ending === undefined;
  }

  #stopLate(chunk: number, positions: readonly number[]): void {
    this.#stops += 1;
    const stopping = stopStandard(this.#book, this.#host, chunk, positions).finally(() => (this.#stops -= 1));
    this.#host.keepAlive(stopping);
  }

  /** Notes the outcome of a Standard child, unless a redrive took that end back. */
  childEnded(chunk: number, outcome: ChildOutcome): void {
    if (outcome.epoch !== this.#current().ledger.epoch) return;
    this.#note(chunk, [outcome], []);
    void this.#pump();
  }

  /** The alarm fired. @param scheduledAt the moment it was set for */
  async onAlarm(scheduledAt: number): Promise<void> {
    this.#alarm.fired(scheduledAt);
    try {
      if (!(await this.load())) return;
      await this.#askExecution();
      await this.#pump();
      // What the storage refused meanwhile is not in memory any more, and with it what there is to wait for.
      if (await this.load()) this.#armNext();
    } finally {
      this.#alarm.handled();
    }
  }

  /** Goes on until there is nothing to do. */
  #pump(): Promise<void> {
    this.#again = true;
    this.#pumping ??= this.#runPump().finally(() => {
      this.#pumping = undefined;
      // What was asked for since it came to rest.
      if (this.#again) void this.#pump();
    });
    this.#host.keepAlive(this.#pumping);
    return this.#pumping;
  }

  async #runPump(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false;
        while (this.#book.isOpen && (await this.#step()));
      }
      this.#retryAt = undefined;
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#armNext();
    }
  }

  /** Says when it is tried again. What has no room any more is ended: it would fail for ever. */
  #failed(error: unknown): void {
    const now = this.#host.now();
    this.#host.logDefect(`${this.#loaded().plan.mapRunArn} could not go on`, error);
    this.#retryAt = now + RETRY_MS;
    if (isStorageFull(error)) this.#endFull();
    else if (this.#book.isOpen) {
      const { ended, failingSince } = this.#current();
      this.#retryAt = now + pauseAfter(now - (failingSince ?? ended?.stoppedAt ?? now));
      if (ended === undefined) this.#book.failing(now);
    }
  }

  #endFull(): void {
    this.#book.reopen();
    this.#host.store.makeRoom();
    this.#book.end({ status: "FAILED", failure: OBJECT_FULL });
  }

  /** Answers whether there may be more to do. */
  async #step(): Promise<boolean> {
    const { ledger, ended, retiring } = this.#current();
    if (retiring !== undefined) return retireNext(this.#book, this.#host);
    if (ended !== undefined) return this.#tell(ended.isTold);
    if (ledger.ending !== undefined) {
      await stopChildren(this.#book, this.#claims, this.#host);
      return this.#finish();
    }
    const failure = verdict(ledger);
    if (failure !== undefined) {
      this.#book.end({ status: "FAILED", failure });
      return true;
    }
    if (isFinished(ledger)) return this.#finish();
    if (!ledger.isRead && ledger.chunks - ledger.next < READ_AHEAD) {
      await this.#read();
      return true;
    }
    return this.#send();
  }

  async #read(): Promise<void> {
    const run = this.#loaded();
    const before = this.#current();
    let read: ReadChunks;
    try {
      read = await readNext(run, before, this.#host.now());
    } catch (error) {
      if (!(error instanceof ItemReaderFailure) && !(error instanceof EvaluationError)) throw error;
      this.#book.end({ status: "FAILED", failure: { error: error.error, cause: error.cause } });
      return;
    }
    const { ledger } = this.#current();
    if (ledger.ending === undefined && ledger.epoch === before.ledger.epoch) this.#book.addChunks(read);
  }

  /** Sends the chunks for which there is room, and those that nobody answers for. */
  async #send(): Promise<boolean> {
    const now = this.#host.now();
    const { ledger, numbers, hopeless } = chunksToSend(this.#book, this.#claims, now);
    this.#book.meter.countMessages(numbers.length);
    if (ledger !== this.#current().ledger) this.#book.putLedger(ledger);
    for (const number of hopeless) this.#note(number, hopelessOutcomes(this.#book, number, now), []);
    if (numbers.length === 0) return hopeless.length > 0;
    for (const number of numbers) this.#claims.sent(number, now);
    this.#alarm.arm(this.#claims.next());
    const { mapRunArn } = this.#loaded().plan;
    const attemptOf = (chunk: number): number => ledger.open[chunk]?.attempt ?? 1;
    await this.#host.send(numbers.map((chunk) => ({ version: 1, mapRunArn, chunk, attempt: attemptOf(chunk) })));
    return true;
  }

  async #finish(): Promise<boolean> {
    const before = this.#current();
    this.#claims.clear();
    const finished = await finishedBy(this.#host, this.#loaded(), before);
    this.#goOnAt = finished === undefined ? this.#host.now() + 1 : undefined;
    if (finished === undefined) return false;
    const { outcome, written } = finished;
    const state = this.#current();
    // Stopped meanwhile.
    if (state.ledger.ending !== before.ledger.ending) return true;
    const status = state.ledger.ending?.status ?? ("failure" in outcome ? "FAILED" : "SUCCEEDED");
    const { store } = this.#host;
    this.#book.commit(() => {
      store.deleteWriting();
      store.putOutcome(outcome);
      this.#book.put({
        ...state,
        resultsWritten: written,
        ended: { status, stoppedAt: this.#host.now(), isTold: false },
      });
    });
    return true;
  }

  async #tell(isTold: boolean): Promise<boolean> {
    const outcome = this.#host.store.readOutcome();
    const { ledger } = this.#current();
    if (isTold || outcome === undefined) return false;
    if (!(await this.#host.tellExecution(this.#loaded(), outcome, ledger.epoch))) {
      throw new Error("the execution could not hear of the end");
    }
    const state = this.#current();
    if (state.ended !== undefined) this.#book.put({ ...state, ended: { ...state.ended, isTold: true } });
    return false;
  }

  /** An execution that ended in whatever way does not wait any more. */
  async #askExecution(): Promise<void> {
    if (this.#host.now() < (this.#askAt ?? 0) || this.#current().ended !== undefined) return;
    this.#askAt = this.#host.now() + ASK_EVERY_MS;
    const { epoch } = this.#current().ledger;
    const isAwaited = await this.#host.isAwaited(this.#loaded());
    // One that was redriven meanwhile is awaited again; what could not be stored meanwhile is not in memory any more.
    if (!isAwaited && this.#book.isOpen) this.stop(epoch);
  }

  #armNext(): void {
    if (!this.#book.isOpen) {
      this.#alarm.arm(this.#retryAt);
      return;
    }
    const { ended, retiring } = this.#current();
    if (ended?.isTold === true && retiring === undefined) return;
    const asked = ended === undefined ? (this.#askAt ?? this.#host.now() + ASK_EVERY_MS) : undefined;
    this.#alarm.arm(this.#claims.next(), this.#retryAt, this.#goOnAt, asked);
  }

  #note(chunk: number, outcomes: readonly ChildOutcome[], started: readonly number[]): void {
    try {
      this.#book.note(chunk, outcomes, started);
    } catch (error) {
      if (!isStorageFull(error)) throw error;
      this.#endFull();
    }
    if (this.#current().ledger.open[chunk] === undefined) this.#claims.release(chunk);
  }

  #current(): MapRunState {
    return this.#book.current;
  }

  #loaded(): LoadedMapRun {
    return this.#book.run;
  }
}
