/**
 * What an execution asks of its Map Runs: to begin, to go on after a redrive, to stop.
 *
 * The first two are read off the snapshot, and asked again until the Map Run has taken them. A stop is said once: a Map Run
 * asks from time to time whether it is still waited for.
 */
import type { RedriveMapRun, StartMapRun, StopMapRun } from "../../engine/command.ts";
import type { ExecutionEvent } from "../../engine/event.ts";
import { pendingDemands } from "../../engine/places.ts";
import { factsText } from "../../engine/snapshot.ts";
import type { Answer } from "../execution-rpc.ts";
import { inheritedOf } from "../inherited.ts";
import type { LoadedExecution } from "../loaded-execution.ts";
import { traceHeaderOfState } from "../observe/trace-context.ts";
import type { MapRunPlan, MapRunRpc } from "./map-run-rpc.ts";

export interface DemandsHost {
  mapRun(mapRunArn: string): Pick<MapRunRpc, "start" | "redrive" | "stop">;
  keepAlive(work: Promise<unknown>): void;
  sleep(milliseconds: number): Promise<void>;
  logDefect(message: string, error: unknown): void;
}

type Demand = StartMapRun | RedriveMapRun;

export class MapRunDemands {
  readonly #host: DemandsHost;
  readonly #receive: (event: ExecutionEvent) => Promise<void>;
  /** By the Map Run and how often it was redriven. */
  readonly #underWay: Set<string> = new Set();

  /** @param receive tells the execution what happened */
  constructor(host: DemandsHost, receive: (event: ExecutionEvent) => Promise<void>) {
    this.#host = host;
    this.#receive = receive;
  }

  /** Whether something asked for has not been taken yet. */
  get isOpen(): boolean {
    return this.#underWay.size > 0;
  }

  /** Asks for what the snapshot asks for and this instance has not under way. */
  resume(loaded: LoadedExecution): void {
    for (const demand of pendingDemands(loaded.execution)) this.ask(demand, loaded);
  }

  ask(demand: Demand, loaded: LoadedExecution): void {
    const { mapRunArn, redriveCount } = demand;
    const key = `${mapRunArn} ${redriveCount}`;
    if (this.#underWay.has(key)) return;
    this.#underWay.add(key);
    const asked = this.#ask(demand, loaded)
      .then((isTaken) => (isTaken ? this.#receive({ type: "MapRunAccepted", mapRunArn, redriveCount }) : undefined))
      // The watchdog asks again.
      .catch((error: unknown) => this.#host.logDefect(`${mapRunArn} could not be asked`, error))
      .finally(() => this.#underWay.delete(key));
    this.#host.keepAlive(asked);
  }

  stop({ mapRunArn, redriveCount }: StopMapRun): void {
    const stopped = this.#host
      .mapRun(mapRunArn)
      .stop(redriveCount)
      .catch((error: unknown) => this.#host.logDefect(`${mapRunArn} could not be stopped`, error));
    this.#host.keepAlive(stopped);
  }

  /** A Map Run that is still stopping is given a moment. */
  async #ask(demand: Demand, loaded: LoadedExecution): Promise<boolean> {
    const mapRun = this.#host.mapRun(demand.mapRunArn);
    for (let pause = 20; pause < 5_000; pause *= 2) {
      const answer: Answer<null> =
        demand.type === "StartMapRun"
          ? await mapRun.start(planOf(demand, loaded))
          : await mapRun.redrive(demand.redriveCount);
      if (answer.ok) return true;
      await this.#host.sleep(pause);
    }
    return false;
  }
}

function planOf(demand: StartMapRun, { request, execution }: LoadedExecution): MapRunPlan {
  const { mapRunArn, stateName, enteredAt, enteredEventId, retryCount, redriveCount, order } = demand;
  const { loggingConfiguration, tracingConfiguration } = request;
  const traced = { ...request, startedAt: execution.facts.startedAt };
  return {
    version: 1,
    mapRunArn,
    facts: factsText(execution.facts),
    ...(execution.redrive !== undefined && { redrive: execution.redrive }),
    definition: request.definition,
    revisionId: request.revisionId,
    definitionUpdatedAt: request.definitionUpdatedAt,
    ...traceHeaderOfState(traced, execution.redrive?.count ?? 0, enteredEventId),
    ...inheritedOf(request),
    ...(loggingConfiguration !== undefined && { loggingConfiguration }),
    ...(tracingConfiguration !== undefined && { tracingConfiguration }),
    stateName,
    enteredAt,
    retryCount,
    ...(redriveCount > 0 && { redriveCount }),
    order: JSON.stringify(order),
  };
}
