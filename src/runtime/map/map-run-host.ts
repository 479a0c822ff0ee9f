/** What the driver of a Map Run needs of the platform. */
import type { AlarmHost } from "../earliest-alarm.ts";
import { ResultWriterFailure } from "./failures.ts";
import type { LoadedMapRun } from "./loaded-map-run.ts";
import type { FinishedMapRun } from "./map-run-results.ts";
import type { RetirementHost } from "./map-run-retirement.ts";
import type { MapRunMessage, MapRunOutcome, MapRunPlan } from "./map-run-rpc.ts";
import type { StoppingHost } from "./map-run-stopping.ts";
import type { MapRunState, MapRunStore } from "./map-run-store.ts";

export interface MapRunHost extends RetirementHost, StoppingHost, AlarmHost {
  readonly store: MapRunStore;
  /** Keeps the object alive for work nobody awaits. */
  keepAlive(work: Promise<unknown>): void;
  open(plan: MapRunPlan): LoadedMapRun;
  send(messages: readonly MapRunMessage[]): Promise<void>;
  /** Answers false where the execution cannot hear it yet. */
  tellExecution(run: LoadedMapRun, outcome: MapRunOutcome, redriveCount: number): Promise<boolean>;
  /** Whether the execution still waits for this Map Run. */
  isAwaited(run: LoadedMapRun): Promise<boolean>;
  /** Writes the results, or puts the state's output together; undefined: a part of it, the next one is to be asked for. */
  finish(run: LoadedMapRun, state: MapRunState): Promise<FinishedMapRun | undefined>;
  logDefect(message: string, error: unknown): void;
}

/** As `finish`, where a ResultWriter that fails is the Map Run's failure, and a failure that it has already goes first. */
export async function finishedBy(
  host: Pick<MapRunHost, "finish">,
  run: LoadedMapRun,
  state: MapRunState,
): Promise<FinishedMapRun | undefined> {
  const failure = state.ledger.ending?.failure;
  try {
    const finished = await host.finish(run, state);
    return failure === undefined || finished === undefined ? finished : { ...finished, outcome: { failure } };
  } catch (error) {
    if (!(error instanceof ResultWriterFailure)) throw error;
    return { outcome: { failure: failure ?? { error: error.error, cause: error.cause } }, written: 0 };
  }
}
