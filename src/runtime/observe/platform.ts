/** The platform for observers: the Worker's log, requests, a queue, R2, Analytics Engine. */
import type { Env } from "../../env.ts";
import { consoleSink, type LogSink } from "../execution-log.ts";
import { countExpress, type ExpressCount } from "../execution-metrics.ts";
import type { StartRequest } from "../execution-rpc.ts";
import { exportTelemetry, type ExportHost, type Telemetry } from "./export.ts";
import { IsolateBatch, type KeepAlive } from "./isolate-batch.ts";
import { observerOf, type ObserverTargets } from "./observer.ts";
import type { Observe, ObservedTurn } from "./observed-turn.ts";
import type { Observability } from "./settings.ts";

/** Hears the turns of one execution. */
export type ObserveTurn = (request: StartRequest, turn: ObservedTurn) => void;

/** @param keepAlive absent where nobody keeps the invocation alive: then what is sent may be lost with it */
export function turnObserver(env: Env, observability: Observability, keepAlive: KeepAlive | undefined): ObserveTurn {
  let observe: Observe | undefined;
  let isMade = false;
  return (request, turn) => {
    try {
      if (!isMade) {
        observe = observerOf(request, turn.before.facts, targetsOf(env, observability, keepAlive ?? (() => undefined)));
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

const COUNTED_EVERY_MS = 5_000;
const MAX_COUNTS = 5_000;

interface Batches {
  readonly telemetry: IsolateBatch<Telemetry>;
  readonly counts: IsolateBatch<ExpressCount>;
}

/** Of this isolate, for each deployment in it. */
const batches: WeakMap<D1Database, Batches> = new WeakMap();

function batchesOf(db: D1Database): Batches {
  const found = batches.get(db) ?? { telemetry: new IsolateBatch(CLOCK), counts: new IsolateBatch(CLOCK) };
  batches.set(db, found);
  return found;
}

function targetsOf(env: Env, observability: Observability, keepAlive: KeepAlive): ObserverTargets {
  const { METRICS, CATALOGUE } = env;
  const { logSinks, otlp, metricsEndpoint } = observability;
  const { telemetry, counts } = batchesOf(CATALOGUE);
  const send = (items: readonly Telemetry[]): Promise<void> => exportTelemetry(items, observability, exportHost(env));
  const add = (items: readonly Telemetry[], size: number): void =>
    telemetry.add(items, size, { delayMs: DELAY_MS, maxSize: MAX_BATCH, send }, keepAlive);
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
    ...(metricsEndpoint && {
      counts: (count) => {
        const options = {
          delayMs: COUNTED_EVERY_MS,
          maxSize: MAX_COUNTS,
          send: (all: readonly ExpressCount[]) => addCounts(CATALOGUE, all),
        };
        counts.add([count], 1, options, keepAlive);
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

/** What cannot be written is lost: written twice, it would count twice. */
async function addCounts(db: D1Database, counts: readonly ExpressCount[]): Promise<void> {
  try {
    await countExpress(db, counts);
  } catch (error) {
    logDefect("Express executions could not be counted", error);
  }
}

function logDefect(message: string, error: unknown): void {
  console.error(`stepflare: ${message}`, error);
}
