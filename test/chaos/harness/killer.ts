/** Kills the runtime at moments of chance, and says what was under way when it died. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ChaosClient } from "./client.ts";
import type { ChaosFunctions } from "./functions.ts";
import type { Random } from "./random.ts";
import type { Runtime } from "./runtime.ts";

/** What has to be under way in at least one kill of a run, or the run shows nothing. */
export const MOMENTS = ["start", "task", "callback", "map", "alarm"] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Killer {
  /** So many executions have been started. */
  progress(started: number): void;
  /** Something of that kind is sent at this moment: some kills wait for it. */
  sending(kind: "start" | "callback"): void;
  /** How many kills hit something of that kind. */
  readonly hits: ReadonlyMap<Moment, number>;
  readonly kills: number;
  readonly bootMs: readonly number[];
  /** Settles when the last kill is done. */
  settled(): Promise<void>;
}

export interface KillerHost {
  readonly runtime: Runtime;
  readonly client: ChaosClient;
  readonly functions: () => ChaosFunctions;
  readonly random: Random;
  /** Executions whose timers run. */
  waiting(): number;
  /** The bundle of the life after that kill, counted from 1. */
  next(kill: number): string;
  /** The server is up again. */
  up(): Promise<void>;
}

const MOST_RANDOM_MS = 700;
/** How long a kill waits for what it is meant to hit. */
const PATIENCE_MS = 2_000;

export function killer(host: KillerHost, kills: number, executions: number): Killer {
  const { runtime, client, random } = host;
  const hits = new Map<Moment, number>();
  const bootMs: number[] = [];
  const state = { planned: 0, done: 0, awaited: undefined as { kind: string; now: () => void } | undefined };
  let running: Promise<void> = Promise.resolve();

  const sent = (kind: "start" | "callback"): Promise<void> =>
    new Promise((settle) => {
      const now = (): void => {
        state.awaited = undefined;
        settle();
      };
      state.awaited = { kind, now };
      setTimeout(now, PATIENCE_MS);
    });

  const note = (): void => {
    const sending = (operation: string): number => client.inFlight.get(operation) ?? 0;
    const { inFlight } = host.functions();
    const calls = [...inFlight.values()].reduce((sum, x) => sum + x, 0);
    const counts: Record<Moment, number> = {
      start: sending("StartExecution"),
      task: calls,
      callback: sending("SendTaskSuccess"),
      map: inFlight.get("Item") ?? 0,
      alarm: host.waiting(),
    };
    for (const moment of MOMENTS) if (counts[moment] > 0) hits.set(moment, (hits.get(moment) ?? 0) + 1);
  };

  const killOnce = async (): Promise<void> => {
    const way = random.below(3);
    if (way === 0) await sleep(random.below(MOST_RANDOM_MS));
    else {
      await sent(way === 1 ? "start" : "callback");
      // Before it arrives, while it is worked on, just after it was answered.
      await sleep(random.below(6));
    }
    note();
    await runtime.kill();
    state.done += 1;
    await runtime.start(host.next(state.done));
    bootMs.push(runtime.bootMs);
    await host.up();
  };

  return {
    hits,
    bootMs,
    get kills() {
      return state.done;
    },
    progress: (started) => {
      while (state.planned < kills && started >= ((state.planned + 1) * executions) / (kills + 1)) {
        state.planned += 1;
        running = running.then(killOnce);
      }
    },
    sending: (kind) => {
      if (state.awaited?.kind === kind) state.awaited.now();
    },
    settled: () => running,
  };
}
