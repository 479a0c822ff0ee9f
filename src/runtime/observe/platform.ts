/** The platform for observers: the Worker's log, requests, a queue, R2, Analytics Engine. */
import { readConfig, type Env } from "../../env.ts";
import { consoleSink, type LogSink } from "../execution-log.ts";
import type { StartRequest } from "../execution-rpc.ts";
import { exportTelemetry, type ExportHost, type Telemetry } from "./export.ts";
import { IsolateBatch, type KeepAlive } from "./isolate-batch.ts";
import { observerOf, type ObserverTargets } from "./observer.ts";
import type { Observe, ObservedTurn } from "./observed-turn.ts";
import type { Observability } from "./settings.ts";

/** Hears the turns of one execution. */
export type ObserveTurn = (request: StartRequest, turn: ObservedTurn) => void;

/** @param keepAlive absent where the invocation lives on anyway */
export function turnObserver(env: Env, keepAlive: KeepAlive | undefined): ObserveTurn {
  const { observability } = readConfig(env);
  let observe: Observe | undefined;
  let isMade = false;
  return (request, turn) => {
    try {
      if (!isMade) {
        const { startedAt } = turn.before.facts;
        observe = observerOf(request, startedAt, targetsOf(env, observability, keepAlive ?? (() => undefined)));
      }
      isMade = true;
      observe?.(turn);
    } catch (error) {
      logDefect(`${request.executionArn} could not be observed`, error);
    }
  };
}

const DELAY_MS = 1_000;
/** Characters, or a few hundred for each span. */
const MAX_BATCH = 1_000_000;
const SPAN_SIZE = 800;

const batches: WeakMap<D1Database, IsolateBatch<Telemetry>> = new WeakMap();

function targetsOf(env: Env, observability: Observability, keepAlive: KeepAlive): ObserverTargets {
  const { METRICS, CATALOGUE } = env;
  const { logSinks, otlp } = observability;
  const batch = batches.get(CATALOGUE) ?? new IsolateBatch<Telemetry>(CLOCK);
  batches.set(CATALOGUE, batch);
  const send = (items: readonly Telemetry[]): Promise<void> => exportTelemetry(items, observability, exportHost(env));
  const add = (items: readonly Telemetry[], size: number): void =>
    batch.add(items, size, { delayMs: DELAY_MS, maxSize: MAX_BATCH, send }, keepAlive);
  const isExported = logSinks.some((sink) => sink !== "console");
  const logs: LogSink = {
    write: (entries, from) => {
      if (logSinks.includes("console")) consoleSink.write(entries, from);
      if (!isExported) return;
      const records = entries.map((entry) => ({ log: { entry, ...from } }));
      add(records, JSON.stringify(entries).length);
    },
  };
  return {
    logs,
    ...(otlp !== undefined && {
      spans: (spans) => {
        add(
          spans.map((span) => ({ span })),
          spans.length * SPAN_SIZE,
        );
      },
    }),
    ...(METRICS !== undefined && {
      points: (points) => {
        for (const { indexes, blobs, doubles } of points) {
          METRICS.writeDataPoint({ indexes: [...indexes], blobs: [...blobs], doubles: [...doubles] });
        }
      },
    }),
  };
}

const CLOCK = { now: (): number => Date.now(), sleep: (milliseconds: number) => scheduler.wait(milliseconds) };

function exportHost(env: Env): ExportHost {
  return {
    ...CLOCK,
    fetch: (url, init) => fetch(url, init),
    uuid: () => crypto.randomUUID(),
    queue: env.LOG_QUEUE,
    objects: env.OBJECTS,
    logDefect,
  };
}

function logDefect(message: string, error: unknown): void {
  console.error(`stepflare: ${message}`, error);
}
