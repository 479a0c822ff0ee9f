/**
 * Bugs to be found: each is one text of the sources replaced by another, when the sources are loaded. A simulation that
 * does not find one of them within 20,000 worlds is too tame.
 *
 * Those marked as having been there were found by the simulation itself.
 */

export interface Mutant {
  /** Below src. */
  readonly file: string;
  /** Occurs there exactly once. */
  readonly find: string;
  readonly replace: string;
  readonly what: string;
}

const DRIVER = "runtime/execution-driver.ts";
const OBJECT = "runtime/execution-object.ts";

export const MUTANTS: readonly Mutant[] = [
  {
    file: OBJECT,
    find: "known ?? (await this.#driver.begin(request))",
    replace: "await this.#driver.begin(request)",
    what: "a start said twice begins twice",
  },
  {
    file: OBJECT,
    find: 'execution.outcome.status === "RUNNING" && execution.facts.input.text === request.input',
    replace: 'execution.outcome.status === "RUNNING"',
    what: "a start with another input is taken for the first",
  },
  {
    file: OBJECT,
    find: 'execution.outcome.status === "RUNNING" && findOpenTask(execution.branches, token.taskId)',
    replace: "findOpenTask(execution.branches, token.taskId)",
    what: "a callback of an execution that was stopped is acknowledged",
  },
  {
    file: "runtime/timers.ts",
    find: "timer.at <= now)",
    replace: "timer.at <= now + 900)",
    what: "timers fire early",
  },
  {
    file: DRIVER,
    find: "      this.#arm(callsPending);\n",
    replace: "",
    what: "a turn is committed without its alarm",
  },
  {
    file: DRIVER,
    find: "      if (!isNothing) this.#commit(loaded, event, result, start);\n",
    replace:
      "      for (const command of result.commands) this.#perform(command);\n      if (!isNothing) this.#commit(loaded, event, result, start);\n",
    what: "what a turn asks for is performed before it is committed",
  },
  {
    file: "engine/visit.ts",
    find: "visit: { ...visit, retries: decision.retries }",
    replace: "visit",
    what: "the count of retries is lost",
  },
  {
    file: "engine/advance.ts",
    find: "else if (turn.isRunning) await receive",
    replace: "else await receive",
    what: "events are taken after the end",
  },
  {
    file: "engine/states/container.ts",
    find: "for (const id of listOf(cursor.children)) {",
    replace: "for (const id of listOf(cursor.children).toReversed()) {",
    what: "results are not in the order of the items",
  },
  {
    file: "engine/turn.ts",
    find: '    this.#outcome = { status: "RUNNING" };\n',
    replace: '    this.#outcome = { status: "RUNNING" };\n    this.#nextEventId += 1;\n',
    what: "a redrive leaves a gap in the ids of the history",
  },
  {
    file: "runtime/execution-index.ts",
    find: "\n  WHERE excluded.version > execution_index.version",
    replace: "",
    what: "the index goes back to an older entry",
  },
  {
    file: DRIVER,
    find: "const result = this.#queue.then(work);",
    replace: "const result = work();",
    what: "two turns of one execution overlap: what was read before an await is not read again",
  },
  {
    file: "engine/advance.ts",
    find: "  if (event.redriveCount !== cursor.redriveCount) return;\n",
    replace: "",
    what: "the end of a Map Run counts although a redrive took it back",
  },
  {
    file: DRIVER,
    find: "async receive(event: ExecutionEvent, at?: number): Promise<void> {\n    await this.fireDue();",
    replace: "async receive(event: ExecutionEvent, at?: number): Promise<void> {",
    what: "an answer after its deadline counts where the alarm is late",
  },
  {
    file: "engine/turn.ts",
    find: "this.at = Math.max(at, execution.lastTurnAt);",
    replace: "this.at = at;",
    what: "time runs backwards",
  },
  {
    file: "runtime/redrive.ts",
    find: "return token === undefined ? tokens :",
    replace: "return tokens.length >= 0 ? tokens :",
    what: "a redrive's client token is forgotten",
  },
  {
    file: "engine/stopped.ts",
    find: "visit: { ...visit, retries: [] }",
    replace: "visit",
    what: "a redrive does not give the retries back",
  },
  {
    file: "engine/map-run-ledger.ts",
    find: "position < chunk.size && !chunk.done.includes(position)",
    replace: "position < chunk.size",
    what: "a child's outcome counts as often as it is heard of",
  },
  {
    file: "runtime/map/chunk-claims.ts",
    find: "const SENT_MS = 60_000;",
    replace: "const SENT_MS = 1e13;",
    what: "a chunk whose message was lost is never sent again",
  },
  {
    file: "runtime/status-notices.ts",
    find: "      await this.#host.publishStatus(entry);\n      this.announcedVersion = entry.version;",
    replace: "      this.announcedVersion = entry.version;\n      await this.#host.publishStatus(entry);",
    what: "a status counts as announced although it could not be sent",
  },
  {
    file: "engine/turn.ts",
    find: "this.#nextTaskNumber = number + 1;",
    replace: "this.#nextTaskNumber = Math.max(number, 2);",
    what: "attempts share a key",
  },
  {
    file: "engine/states/task.ts",
    find: "  if (cursor.started) {\n    extendHeartbeat(turn, branchId, cursor);\n    return;\n  }\n",
    replace: "",
    what: "a task that is handed out again is started again",
  },
  {
    file: OBJECT,
    find: 'if (loaded?.execution.outcome.status !== "RUNNING") return accept(null);',
    replace: "if (loaded === undefined) return accept(null);",
    what: "was there: a child tells a parent that has ended for ever",
  },
  {
    file: DRIVER,
    find: "this.#arm(loaded !== undefined && isAnswerAwaited(loaded));",
    replace: "this.#arm(this.#hasCalls);",
    what: "was there: a call that fails while the alarm's handler runs is never made again",
  },
  {
    file: DRIVER,
    find: "    this.#loaded = undefined;\n    this.#timers = new Timers();\n    this.#notices = new StatusNotices(this.#host);\n  }",
    replace: "    this.#loaded = undefined;\n  }",
    what: "was there: an execution that could not be stored wakes every millisecond",
  },
  {
    file: DRIVER,
    find: "      if (ended && WATCHED.has(command.type)) continue;\n",
    replace: "",
    what: "was there: a task is called of which a full history does not tell",
  },
  {
    file: "runtime/earliest-alarm.ts",
    find: "this.#host.now() + 1, (this.#firing ?? 0) + 1)",
    replace: "this.#host.now() + 1)",
    what: "was there: an alarm that is set while it fires, for the same moment, is lost",
  },
  {
    file: "engine/map-run-ledger.ts",
    find: "    ...ledger,\n    epoch,\n",
    replace: "    ...ledger,\n    epoch: ledger.epoch + 1,\n",
    what: "was there: a Map Run that was redriven twice at once counts one redrive",
  },
  {
    file: "runtime/map/map-run-object.ts",
    find: "return this.#redrive(plan.redriveCount ?? 0);",
    replace: "return accept(null);",
    what: "was there: a Map Run that had its order, which the execution did not know, is not taken up again",
  },
  {
    file: "runtime/map/map-run-driver.ts",
    find: "if (outcome.epoch !== this.#current().ledger.epoch) return;",
    replace: "if (outcome.stoppedAt < this.#current().ledger.epochAt) return;",
    what: "was there: a child whose clock is behind is taken for one of an earlier epoch",
  },
  {
    file: DRIVER,
    find: "      ...this.#children.stored,\n",
    replace: "",
    what: "that a child is to be stopped is lost with its parent's memory",
  },
  {
    file: OBJECT,
    find: "if (!isStarted) await closeDoor(this.ctx.storage, waiter, Date.now());",
    replace: "",
    what: "a child whose start is under way when its parent stops is never stopped",
  },
];
