/**
 * Drives one Standard execution: load, advance, commit, then perform what the engine asked for.
 *
 * E1. One turn at a time; a turn is committed before anything it asked for is performed.
 * E2. What is under way is read off the snapshot's cursors: after a restart the same timers are armed and the same calls
 *     made again, with the same idempotency key.
 * E3. Timers that are due go first, whatever woke the object: a callback after its deadline finds the task timed out.
 * E4. The alarm is moved only to an earlier moment. One that comes too early finds nothing due and is set anew. Whatever
 *     wakes an object whose alarm was lost sets another one.
 * E5. A turn that takes the object down each time is not tried for ever (poison-breaker).
 */
import type { StateMachine } from "../asl/types.ts";
import { advance, type TurnResult } from "../engine/advance.ts";
import { endByDefect } from "../engine/defect.ts";
import type { Command, CommandHandlers, RedriveMapRun, StartMapRun } from "../engine/command.ts";
import type { ExecutionEvent } from "../engine/event.ts";
import type { Execution } from "../engine/execution.ts";
import { factsText, parseFacts, restoreExecution } from "../engine/snapshot.ts";
import { isCut, pendingCalls, stopDemands } from "../engine/places.ts";
import type { TurnEntropy } from "../engine/turn.ts";
import { abandonedIn, AbandonedChildren, childrenAbandonedBy } from "./abandoned-children.ts";
import { AnsweredTasks, type AnsweredTask } from "./answered-tasks.ts";
import { atOnce } from "./at-once.ts";
import type { ExecutionIndexEntry } from "./execution-index.ts";
import type { StartRequest, Usage, Watcher } from "./execution-rpc.ts";
import type { DriverHost, DriverState } from "./driver-host.ts";
import { EarliestAlarm } from "./earliest-alarm.ts";
import { findRedrive, rememberRedrive, type RedriveToken } from "./redrive.ts";
import { PoisonBreaker } from "./poison-breaker.ts";
import { isAnswerAwaited, isExpired, newlyLoaded, ofEpoch, type LoadedExecution } from "./loaded-execution.ts";
import { machineOf } from "./machine-cache.ts";
import { MapRunDemands } from "./map/map-run-demands.ts";
import { StatusNotices } from "./status-notices.ts";
import { TaskCalls } from "./tasks/task-calls.ts";
import { Timers } from "./timers.ts";

/** Commands whose answers the watchdog looks after. */
const WATCHED: ReadonlySet<Command["type"]> = new Set(["ScheduleTask", "ContinueTurn", "StartMapRun", "RedriveMapRun"]);

const NO_USAGE: Usage = { rowsWritten: 0, objectRequests: 0, queueMessages: 0, alarmsSet: 0, turns: 0, transitions: 0 };

export class ExecutionDriver {
  readonly #host: DriverHost;
  #loaded: LoadedExecution | undefined;
  #timers: Timers = new Timers();
  readonly #calls: TaskCalls;
  #notices: StatusNotices;
  readonly #demands: MapRunDemands;
  readonly #children: AbandonedChildren;
  #usage: Usage = NO_USAGE;
  /** Rows the store had written when `#usage` was last complete. */
  #rowsCounted = 0;
  readonly #alarm: EarliestAlarm;
  #breaker: PoisonBreaker;
  #redriveTokens: readonly RedriveToken[] = [];
  /** The answers that its tasks were given. */
  readonly answered: AnsweredTasks = new AnsweredTasks();
  #queue: Promise<unknown> = Promise.resolve();

  readonly #handlers: CommandHandlers = {
    ScheduleTask: (command) => {
      if (this.#loaded !== undefined) this.#calls.make(command, this.#loaded);
    },
    AbandonTask: ({ taskId }) => this.#calls.abandon(taskId),
    SetTimer: () => undefined,
    CancelTimer: () => undefined,
    ContinueTurn: () => this.#continue(),
    StartMapRun: (command) => this.#ask(command),
    RedriveMapRun: (command) => this.#ask(command),
    StopMapRun: (command) => this.#demands.stop(command),
    PublishStatus: () => {
      if (this.#loaded !== undefined) this.#host.keepAlive(this.#notices.announce(this.#loaded));
    },
  };

  constructor(host: DriverHost) {
    this.#host = host;
    this.#notices = new StatusNotices(host);
    this.#alarm = new EarliestAlarm(host, () => this.#countAlarm());
    this.#breaker = new PoisonBreaker(host);
    const receive = (event: ExecutionEvent): Promise<void> => this.exclusive(() => this.receive(event));
    this.#calls = new TaskCalls(host, receive);
    this.#demands = new MapRunDemands(host, receive);
    this.#children = new AbandonedChildren(host, (strike) => this.exclusive(() => this.#restate(strike)));
  }

  get usage(): Usage {
    return this.#usage;
  }

  countRequest(): void {
    this.#usage = { ...this.#usage, objectRequests: this.#usage.objectRequests + 1 };
  }

  /** Runs work alone: no turn of another event can come between its steps. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /**
   * The execution as it is now; undefined: it was never started. Takes up again what a lost instance left under way.
   * @param wokenByAlarm then there is none, and another one is set in the end
   */
  async load(wokenByAlarm = false): Promise<LoadedExecution | undefined> {
    if (this.#loaded !== undefined) return this.#loaded;
    const start = this.#host.store.readStart();
    const stored = this.#host.store.readSnapshot();
    if (start === undefined || stored === undefined) return undefined;
    const { request, facts } = JSON.parse(start) as { request: StartRequest; facts: string };
    const driver = stored.driver as DriverState;
    const execution = restoreExecution(parseFacts(facts), stored.head, stored.branches);
    await this.#alarm.load();
    this.#notices.version = driver.statusVersion;
    this.#notices.announcedVersion = driver.announcedVersion;
    this.#redriveTokens = driver.redriveTokens ?? [];
    this.answered.load(driver.answeredTasks);
    this.#children.load(driver.abandonedChildren);
    this.#usage = { ...driver.usage, objectRequests: driver.usage.objectRequests + this.#usage.objectRequests };
    this.#timers = execution.outcome.status === "RUNNING" ? Timers.of(execution) : new Timers();
    const loaded = ofEpoch({ request, machine: machineOf(request), execution }, driver.mapRunEpoch);
    this.#loaded = loaded;
    // One whose alarm was lost; where nothing has to be waited for, none is set.
    if (!wokenByAlarm && !this.#alarm.isSet && execution.outcome.status === "RUNNING")
      this.#orUnload(() => this.#arm(isAnswerAwaited(loaded)));
    this.#breaker.load(driver.settledNote ?? 0);
    for (const { taskId } of pendingCalls(loaded.machine, execution)) this.#breaker.suspectTask(taskId);
    this.#resumeCalls(loaded);
    this.#children.tell(execution.facts.executionArn);
    if (isCut(execution)) {
      this.#breaker.suspect("TurnContinued");
      this.#continue();
    }
    return loaded;
  }

  /** Another task waits for this execution's end, too. To be called within `exclusive`. */
  addWatcher(watcher: Watcher): void {
    this.#host.store.addWatcher(watcher);
    if (this.#loaded !== undefined) this.#host.keepAlive(this.#notices.tellWatchers(this.#loaded));
  }

  /** Begins an execution. To be called within `exclusive`, after `load` found none. */
  async begin(request: StartRequest): Promise<LoadedExecution> {
    const loaded = newlyLoaded(request, this.#host.region, this.#host.now());
    const { facts } = loaded.execution;
    const start = JSON.stringify({ request: { ...request, input: "" }, facts: factsText(facts) });
    await this.#turn(loaded, { type: "ExecutionStarted" }, undefined, start);
    return this.#loaded ?? loaded;
  }

  /** Whether nothing is under way any more, and all have been told that it has ended. */
  isSettled({ execution }: LoadedExecution): boolean {
    return execution.outcome.status !== "RUNNING" && !this.#alarm.isSet;
  }

  /** The execution as the index is to show it. */
  entryOf(loaded: LoadedExecution): ExecutionIndexEntry {
    return this.#notices.entryOf(loaded);
  }

  /** Its rows are deleted: another execution may begin under the same name. To be called within `exclusive`. */
  forget(): void {
    this.#loaded = undefined;
    this.#timers = new Timers();
    this.#notices = new StatusNotices(this.#host);
    this.#breaker = new PoisonBreaker(this.#host);
    this.#usage = NO_USAGE;
    this.#alarm.clear();
    this.#redriveTokens = [];
    this.answered.load();
    this.#children.load();
  }

  /** Tells the execution what happened. To be called within `exclusive`. */
  async receive(event: ExecutionEvent, at?: number): Promise<void> {
    await this.fireDue();
    const loaded = await this.load();
    if (loaded !== undefined) await this.#turn(loaded, event, at);
  }

  /** A call that brought that event, by its task or its type, was lost. To be called within `exclusive`. */
  suspect(key: string): void {
    if (this.#loaded?.execution.outcome.status === "RUNNING") this.#orUnload(() => this.#breaker.suspectLost(key));
  }

  /** When the redrive began that this token already asked for. */
  repeatedRedrive(clientToken: string | undefined): number | undefined {
    return findRedrive(this.#redriveTokens, clientToken, this.#host.now())?.at;
  }

  /** Takes the execution up again; answers when. To be called within `exclusive`, of one that can be redriven. */
  async redrive(clientToken: string | undefined): Promise<number> {
    const before = this.#redriveTokens;
    // The token is stored with the turn: both are of the same moment.
    const at = Math.max(this.#host.now(), this.#loaded?.execution.lastTurnAt ?? 0);
    this.#redriveTokens = rememberRedrive(before, clientToken, at);
    try {
      await this.receive({ type: "ExecutionRedriven" }, at);
    } catch (error) {
      this.#redriveTokens = before;
      throw error;
    }
    return this.#loaded?.execution.redrive?.at ?? at;
  }

  /** A redrive of its Map Run takes it up. To be called within `exclusive`, of one that runs or can be redriven. */
  async takeUp(epoch: number): Promise<void> {
    const loaded = await this.load();
    if (loaded === undefined) return;
    const belongs = (): void => void (this.#loaded = ofEpoch(loaded, epoch));
    if (loaded.execution.outcome.status === "RUNNING") {
      await this.#restate(belongs);
      return;
    }
    belongs();
    await this.redrive(undefined);
  }

  /** Gives an open task its answer. To be called within `exclusive`, at once after `fireDue`: what is due meanwhile comes later. */
  async answer(event: ExecutionEvent, answer: AnsweredTask): Promise<void> {
    const loaded = await this.load();
    if (loaded !== undefined) await this.answered.remember(answer, () => this.#turn(loaded, event));
  }

  /** Fires the timers that are due; ends what has been open for too long. To be called within `exclusive`. */
  async fireDue(): Promise<void> {
    const loaded = await this.load();
    const now = this.#host.now();
    if (loaded !== undefined && isExpired(loaded.execution, now)) {
      await this.#turn(loaded, { type: "ExecutionExpired" });
      return;
    }
    const timers = this.#timers.takeDue(now);
    if (loaded !== undefined && timers.length > 0) await this.#turn(loaded, { type: "TimersFired", timers });
  }

  /** The alarm fired. @param scheduledAt the moment it was set for @param isRetry whether the run before this one died */
  async onAlarm(scheduledAt: number, isRetry: boolean): Promise<void> {
    this.#alarm.fired(scheduledAt);
    try {
      await this.exclusive(async () => {
        const loaded = await this.load(true);
        if (isRetry) this.#breaker.suspect("TimersFired");
        if (loaded !== undefined) this.#resumeCalls(loaded);
        await this.fireDue();
      });
      if (this.#loaded !== undefined) await this.#notices.check(this.#loaded);
      if (this.#loaded !== undefined) await this.#children.check(this.#loaded.execution.facts.executionArn);
      // An answer that the storage refused meanwhile has unloaded it, and with it what there is to wait for.
      const loaded = await this.exclusive(() => this.load(true));
      this.#arm(loaded !== undefined && isAnswerAwaited(loaded));
    } finally {
      this.#alarm.handled();
    }
  }

  async #turn(
    loaded: LoadedExecution,
    event: ExecutionEvent,
    // That for which the timers were fired: the breaker may take its time.
    at: number = this.#host.now(),
    start?: string,
  ): Promise<void> {
    const { machine, execution } = loaded;
    const entropy = this.#host.entropy(execution.facts.executionArn);
    const isPoison = await this.#isPoison(execution, event);
    const result = await (isPoison
      ? this.#endPoisoned(execution, event, entropy)
      : this.#advance(machine, execution, event, entropy, at));
    const isNothing = result.history.length === 0 && result.changed.size === 0;
    try {
      if (!isNothing) this.#commit(loaded, event, result, start);
    } finally {
      this.#breaker.leave(!isNothing);
    }
    if (isNothing) return;
    const ended = result.execution.outcome.status !== "RUNNING";
    const idle = abandonedIn(result.commands);
    for (const command of result.commands) {
      // What has ended asks for no work: its history may be full, and not tell of what was asked for.
      if (ended && WATCHED.has(command.type)) continue;
      if (command.type !== "ScheduleTask" || !idle.has(command.taskId)) this.#perform(command);
    }
    this.#children.tell(execution.facts.executionArn);
    if (ended) {
      this.#calls.abandonAll();
      for (const demand of stopDemands(result.execution)) this.#demands.stop(demand);
    }
    if (ended || result.commands.some((x) => x.type === "AbandonTask")) this.#calls.withdraw(loaded, result.execution);
    this.#host.observe(loaded.request, { machine, before: execution, result });
  }

  /** Whether the event takes the object down each time; one that has ended takes no event anyway. */
  async #isPoison({ outcome }: Execution, event: ExecutionEvent): Promise<boolean> {
    if (outcome.status !== "RUNNING") return false;
    // Where it could not be noted, the timers of the event are not in memory any more.
    return (await this.#orUnload(() => this.#breaker.enter(event))) === false;
  }

  /** Memory is ahead of the rows: the next access reads what is stored. There may be nothing. */
  #forgetMemory(): void {
    this.#loaded = undefined;
    this.#timers = new Timers();
    this.#notices = new StatusNotices(this.#host);
  }

  async #advance(
    machine: StateMachine,
    execution: Execution,
    event: ExecutionEvent,
    entropy: TurnEntropy,
    at: number,
  ): Promise<TurnResult> {
    try {
      return await atOnce(advance(machine, execution, event, at, entropy));
    } catch (error) {
      // Left as it is, the same event would come again and fail again, with a call to the outside each time.
      this.#host.logDefect(`${execution.facts.executionArn} cannot take ${event.type}`, error);
      return endByDefect(execution, at, entropy, error instanceof Error ? error.message : String(error));
    }
  }

  #endPoisoned(execution: Execution, { type }: ExecutionEvent, entropy: TurnEntropy): TurnResult {
    const message = `its object was lost each time that it worked on ${type}`;
    this.#host.logDefect(`${execution.facts.executionArn} is ended`, new Error(message));
    return endByDefect(execution, this.#host.now(), entropy, message);
  }

  /** Stores the turn and arms the alarm, all in one synchronous run: the platform commits both or neither. */
  #commit(loaded: LoadedExecution, event: ExecutionEvent, result: TurnResult, start: string | undefined): void {
    const { execution, commands } = result;
    const ended = execution.outcome.status !== "RUNNING";
    for (const command of commands) this.#timers.apply(command);
    if (ended) this.#timers = new Timers();
    const isPublished = commands.some((x) => x.type === "PublishStatus");
    if (isPublished) this.#notices.changed(ended, loaded.request);
    this.#usage = {
      ...this.#usage,
      queueMessages: this.#usage.queueMessages + (isPublished ? 1 : 0),
      turns: this.#usage.turns + 1,
      transitions: this.#usage.transitions + result.transitions,
    };
    const callsPending = !ended && (this.#hasCalls || commands.some(({ type }) => WATCHED.has(type)));
    this.#orUnload(() => {
      this.#children.add(childrenAbandonedBy(loaded, event, result));
      this.#arm(callsPending);
      this.#host.store.commit(result, () => this.#driverState(), start);
    });
    this.#loaded = { ...loaded, execution };
  }

  /** Stores what the driver keeps beside the snapshot, after a change of that. */
  async #restate(change: () => void): Promise<void> {
    const loaded = await this.load();
    if (loaded === undefined) return;
    this.#orUnload(() => {
      change();
      const nothing = { execution: loaded.execution, history: [], changed: new Set<never>() };
      this.#host.store.commit(nothing, () => this.#driverState());
    });
  }

  /** Where the storage refuses, memory is ahead of the rows: forgets it, the next access reads what is stored, if anything is. */
  #orUnload<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#forgetMemory();
      throw error;
    }
  }

  #driverState(): DriverState {
    const { rowsWritten } = this.#host.store;
    this.#usage = { ...this.#usage, rowsWritten: this.#usage.rowsWritten + rowsWritten - this.#rowsCounted };
    this.#rowsCounted = rowsWritten;
    const { version: statusVersion, announcedVersion } = this.#notices;
    const redriveTokens = this.#redriveTokens;
    const settledNote = this.#breaker.committed;
    const mapRunEpoch = this.#loaded?.request.mapRun?.epoch ?? 0;
    return {
      statusVersion,
      announcedVersion,
      usage: this.#usage,
      ...this.answered.stored,
      ...this.#children.stored,
      ...(settledNote > 0 && { settledNote }),
      ...(mapRunEpoch > 0 && { mapRunEpoch }),
      ...(redriveTokens.length > 0 && { redriveTokens }),
    };
  }

  /** Sets the alarm for whatever is due first, unless it is set for an earlier moment. */
  #arm(callsPending: boolean): void {
    const watchdog = callsPending ? this.#host.now() + this.#host.watchdogSeconds * 1000 : undefined;
    this.#alarm.arm(this.#timers.next(), watchdog, this.#notices.checkAt, this.#children.checkAt);
  }

  #countAlarm(): void {
    this.#usage = { ...this.#usage, alarmsSet: this.#usage.alarmsSet + 1, rowsWritten: this.#usage.rowsWritten + 1 };
  }

  get #hasCalls(): boolean {
    return this.#calls.isOpen || this.#demands.isOpen;
  }

  #ask(demand: StartMapRun | RedriveMapRun): void {
    if (this.#loaded !== undefined) this.#demands.ask(demand, this.#loaded);
  }

  #perform<T extends Command["type"]>(command: Extract<Command, { type: T }>): void {
    (this.#handlers[command.type] as (command: Command) => void)(command);
  }

  /** Goes on with a turn that was cut; other events, a stop for one, may come between its parts. */
  #continue(): void {
    // Without the pause the parts would follow each other as microtasks, and no request would be heard before the last.
    const more = this.#host.sleep(1).then(() => this.exclusive(() => this.receive({ type: "TurnContinued" })));
    this.#host.keepAlive(more.catch((error: unknown) => this.#host.logDefect("a turn could not be continued", error)));
  }

  /** Takes up what the snapshot waits for and this instance has not under way. */
  #resumeCalls(loaded: LoadedExecution): void {
    this.#calls.resume(loaded);
    this.#demands.resume(loaded);
  }
}
