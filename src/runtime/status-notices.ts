/**
 * Who is told of an execution's status, until they know: the index, and tasks of other executions that wait for its end; of
 * a Map Run's child, the Map Run instead of the index.
 *
 * N1. No row is written for it. What a notice says is read off the execution. An alarm soon after each change finds the
 *     object still in memory and knowing that the notice was taken; where that knowledge was lost, the index is asked.
 * N2. The status' version is counted, and the index takes an entry only forwards: 1 while it runs, 2 when it has
 *     ended, and on by the same steps after a redrive: odd while it runs, also where nobody was told of it.
 * N3. Who is out of reach is told again after pauses that double, up to ten minutes.
 */
import type { StateFailure } from "../asl/error-names.ts";
import { utf8Size } from "../asl/json.ts";
import { failureDetails } from "../engine/turn.ts";
import { pauseAfter } from "./backoff.ts";
import type { ExecutionIndexEntry, ExecutionIndexKey } from "./execution-index.ts";
import type { MapRunPlace, StartRequest, Watcher } from "./execution-rpc.ts";
import type { ExecutionStore } from "./execution-store.ts";
import type { LoadedExecution } from "./loaded-execution.ts";
import { parentOf } from "./parent-link.ts";
import { redactorOf } from "./redaction.ts";
import { fieldValues, searchFieldsOf } from "./search-fields.ts";

export interface NoticesHost {
  readonly store: ExecutionStore;
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  publishStatus(entry: ExecutionIndexEntry): Promise<void>;
  indexedVersion(key: ExecutionIndexKey): Promise<number | undefined>;
  /** Answers false where the watcher is not ready to hear it. */
  tellWatcher(watcher: Watcher, child: LoadedExecution): Promise<boolean>;
  tellMapRun(place: MapRunPlace, child: LoadedExecution): Promise<boolean>;
  logDefect(message: string, error: unknown): void;
}

const MAX_ERROR_CHARACTERS = 256;
const MAX_CAUSE_CHARACTERS = 32_768;
/** A message may have 128 KB, and is billed by 64 KB. */
const MAX_CAUSE_BYTES = 48_000;
/** A control character in JSON. */
const MOST_BYTES_OF_ONE = 6;

/** How long a notice may take. Shorter than an idle object stays in memory (10 s): the check then costs next to nothing. */
const CHECK_AFTER_MS = 5_000;
/** As long as somebody may just be about to be ready to hear it. */
const IMPATIENT_FOR_MS = 60_000;

export class StatusNotices {
  /** The version of the status as it is. */
  version: number = 0;
  /** The version that the queue has taken or the index is known to show; stored with the next commit. */
  announcedVersion: number | undefined;
  readonly #host: NoticesHost;
  readonly #told: Set<string> = new Set();
  #checkAt: number | undefined;
  #wasBrief = false;

  constructor(host: NoticesHost) {
    this.#host = host;
  }

  /** When to look whether all know; undefined: nothing is open. */
  get checkAt(): number | undefined {
    return this.#checkAt;
  }

  /** The execution began or ended, or both in one turn. */
  changed(ended: boolean, { mapRun }: StartRequest): void {
    this.#wasBrief = ended && this.version % 2 === 0;
    this.version += this.#wasBrief ? 2 : 1;
    // A Map Run begins its children itself.
    if (ended || mapRun === undefined) this.#checkAt = this.#host.now() + CHECK_AFTER_MS;
  }

  async announce(loaded: LoadedExecution): Promise<void> {
    const { mapRun } = loaded.request;
    if (mapRun === undefined) await Promise.all([this.#publish(this.entryOf(loaded)), this.tellWatchers(loaded)]);
    else await this.#announceTo(mapRun, loaded);
  }

  async #announceTo(mapRun: MapRunPlace, loaded: LoadedExecution): Promise<void> {
    const { version } = this;
    if (
      loaded.execution.outcome.status === "RUNNING" ||
      (await this.#tell(loaded, () => this.#host.tellMapRun(mapRun, loaded)))
    )
      this.announcedVersion = version;
  }

  /** Gives the notices again that have not arrived in time. */
  async check(loaded: LoadedExecution): Promise<void> {
    const { version } = this;
    if (this.announcedVersion !== this.version) {
      if (this.#checkAt !== undefined && this.#checkAt > this.#host.now()) return;
      const entry = this.entryOf(loaded);
      const { mapRun } = loaded.request;
      if (mapRun !== undefined) await this.#announceTo(mapRun, loaded);
      else if (await this.#isIndexed(entry)) this.announcedVersion = entry.version;
      else await this.#publish(entry);
    }
    // It was redriven, or ended, meanwhile: that is told by itself.
    if (this.version !== version) return;
    this.#checkAt = this.announcedVersion === this.version ? undefined : this.#nextCheck(loaded);
    await this.tellWatchers(loaded);
  }

  /** Tells who waits for this execution that it has ended. */
  async tellWatchers(loaded: LoadedExecution): Promise<void> {
    if (loaded.execution.outcome.status === "RUNNING") return;
    const first = loaded.request.watcher === undefined ? [] : [loaded.request.watcher];
    for (const watcher of [...first, ...this.#host.store.readWatchers()]) {
      const key = `${watcher.executionArn}#${watcher.taskId}`;
      if (this.#told.has(key)) continue;
      if (await this.#tell(loaded, () => this.#host.tellWatcher(watcher, loaded))) this.#told.add(key);
      else this.#checkAt = this.#nextCheck(loaded);
    }
  }

  /** A child that ends at once may be earlier than its parent's record of the start: a few short waits bridge that. */
  async #tell(loaded: LoadedExecution, tell: () => Promise<boolean>): Promise<boolean> {
    for (let pause = 10; ; pause *= 2) {
      try {
        if (await tell()) return true;
      } catch (error) {
        this.#host.logDefect("a watcher could not be told", error);
      }
      if (pause >= 1_000 || this.#age(loaded) > IMPATIENT_FOR_MS) return false;
      await this.#host.sleep(pause);
    }
  }

  #nextCheck(loaded: LoadedExecution): number {
    return this.#host.now() + pauseAfter(this.#age(loaded));
  }

  /** How long its status has been what it is, milliseconds. */
  #age({ execution }: LoadedExecution): number {
    const { outcome, lastTurnAt } = execution;
    return this.#host.now() - (outcome.status === "RUNNING" ? lastTurnAt : outcome.stoppedAt);
  }

  async #publish(entry: ExecutionIndexEntry): Promise<void> {
    try {
      await this.#host.publishStatus(entry);
      this.announcedVersion = entry.version;
    } catch (error) {
      // The alarm for `check` is set: it will be sent again.
      this.#host.logDefect("a status could not be sent to the index", error);
    }
  }

  async #isIndexed(entry: ExecutionIndexEntry): Promise<boolean> {
    try {
      const version = await this.#host.indexedVersion(entry);
      return version !== undefined && version >= entry.version;
    } catch (error) {
      this.#host.logDefect("the index could not be read", error);
      return false;
    }
  }

  /** The execution as the index is to show it. */
  entryOf({ request, execution }: LoadedExecution): ExecutionIndexEntry {
    const parentArn = parentOf(request, execution.facts.input);
    const { facts, outcome } = execution;
    const output = outcome.status === "SUCCEEDED" ? outcome.output : undefined;
    return {
      stateMachineArn: facts.stateMachineArn,
      startedAt: facts.startedAt,
      name: facts.executionName,
      executionArn: facts.executionArn,
      status: outcome.status,
      version: this.version,
      redriveCount: execution.redrive?.count ?? 0,
      ...(execution.redrive !== undefined && { redrivenAt: execution.redrive.at }),
      ...(outcome.status !== "RUNNING" && { stoppedAt: outcome.stoppedAt }),
      ...(this.#wasBrief && { wasBrief: true }),
      ...("failure" in outcome && { failure: shortFailure(shownFailure(outcome.failure, request.redactedPaths)) }),
      ...(parentArn !== undefined && { parentArn }),
      ...(request.stateMachineVersionArn !== undefined && { stateMachineVersionArn: request.stateMachineVersionArn }),
      ...(request.stateMachineAliasArn !== undefined && { stateMachineAliasArn: request.stateMachineAliasArn }),
      ...(request.searchFields !== undefined && {
        fields: fieldValues(searchFieldsOf(request.searchFields), facts.input, output),
      }),
    };
  }
}

/** The index and subscribers are told a cause without what is hidden. */
function shownFailure(failure: StateFailure, redactedPaths: string | undefined): StateFailure {
  const { cause } = failure;
  const redactor = cause === undefined ? undefined : redactorOf(redactedPaths);
  return cause === undefined || redactor === undefined ? failure : { ...failure, cause: redactor.cause(cause) };
}

/** What of a failure fits a message beside the rest: as much as AWS allows, less where JSON makes more of it. */
export function shortFailure(failure: StateFailure): StateFailure {
  const { error, cause } = failureDetails(failure);
  return {
    ...(error !== undefined && { error: error.slice(0, MAX_ERROR_CHARACTERS) }),
    ...(cause !== undefined && { cause: shortCause(cause) }),
  };
}

function shortCause(cause: string): string {
  const text = cause.slice(0, MAX_CAUSE_CHARACTERS);
  return utf8Size(JSON.stringify(text)) <= MAX_CAUSE_BYTES ? text : text.slice(0, MAX_CAUSE_BYTES / MOST_BYTES_OF_ONE);
}
