/**
 * Workers, Durable Objects, queues and D1, simulated: one thread, no time of its own, every delay and every fault drawn.
 *
 * P1. What an object writes within one synchronous run is committed together, alarm and all, or lost together.
 * P2. What it sends meanwhile leaves when that is committed. Of an instance that died nothing leaves any more.
 * P3. A stale instance goes on with what it has in memory, and is refused by its storage.
 * P4. An alarm fires at its moment or late, at times early or twice. It is gone when its handler has ended; a handler that
 *     dies is called again. One that is set, while it fires, for no later moment than its own is lost.
 * P5. A call is performed at most once. Whoever called hears of a failure where the request or the reply was lost.
 */
import type { Dice } from "../engine/simulated-machine.ts";
import { Agenda } from "./agenda.ts";
import { KIND, type Faults } from "./faults.ts";
import type { SimulatedD1 } from "./simulated-d1.ts";
import type { Tally } from "./tally.ts";

export type Kind = "EXECUTION" | "MAP_RUN" | "ACTIVITY";
type Methods = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;
type ObjectClass = new (ctx: unknown, env: unknown) => object;

export interface PlatformOptions {
  readonly dice: Dice;
  readonly tally: Tally;
  readonly d1: SimulatedD1;
  readonly startAt: number;
  readonly trace?: ((line: string) => void) | undefined;
}

/** Someone who runs: an instance of an object, an invocation of the Worker, or the world outside. */
export class Actor {
  readonly name: string;
  readonly object: SimulatedObject | undefined;
  isAlive = true;
  /** Another instance has taken its place, and it does not know. */
  isStale = false;
  instance: Methods | undefined;
  env: unknown;
  readonly openCalls: Set<() => void> = new Set();

  constructor(name: string, object?: SimulatedObject) {
    this.name = name;
    this.object = object;
  }
}

type Undo = () => void;

export class SimulatedObject {
  readonly kind: Kind;
  readonly name: string;
  readonly rows: Map<string, unknown> = new Map();
  /** On the clock, not on the agenda. */
  alarm: number | undefined;
  lateness = 0;
  firing: number | undefined;
  /** It was set, while it fired, for soon after its own moment: where the clock went back, that is late. */
  isPutOff = false;
  /** The handler before died. */
  isRetry = false;
  actor: Actor | undefined;
  undo: Undo[] = [];
  isWriting = false;

  constructor(kind: Kind, name: string) {
    this.kind = kind;
    this.name = name;
  }
}

/** What the world does when an object's writes were decided on. */
export type Settled = (object: SimulatedObject, fate: "kept" | "lost" | "kept and died") => void;

export class Platform {
  readonly agenda: Agenda = new Agenda();
  readonly objects: Map<string, SimulatedObject> = new Map();
  readonly dice: Dice;
  readonly tally: Tally;
  readonly d1: SimulatedD1;
  faults: Faults = KIND;
  at: number;
  /** What the clock is wrong by. */
  skew = 0;
  settled: Settled = () => undefined;
  alarmThrew: (error: unknown) => void = () => undefined;
  classes: Readonly<Record<Kind, ObjectClass>> | undefined;
  /** The rest of an actor's `env`. */
  bindings: (actor: Actor) => object = () => ({});
  readonly workers: Set<Actor> = new Set();
  readonly #trace: ((line: string) => void) | undefined;

  constructor({ dice, tally, d1, startAt, trace }: PlatformOptions) {
    this.dice = dice;
    this.tally = tally;
    this.d1 = d1;
    this.at = startAt;
    this.#trace = trace;
  }

  get clock(): number {
    return this.at + this.skew;
  }

  trace(line: string): void {
    this.#trace?.(`${((this.at % 1e9) / 1000).toFixed(3)} ${line}`);
  }

  get isTraced(): boolean {
    return this.#trace !== undefined;
  }

  fault(what: string): void {
    this.tally.add(`fault: ${what}`);
    this.trace(`!! ${what}`);
  }

  plan(inMs: number, what: string, happen: () => void): void {
    this.agenda.plan(this.at + inMs, what, happen);
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.plan(milliseconds, "sleep", resolve));
  }

  /** What comes next: the agenda, or an alarm. False: nothing ever will. */
  step(): boolean {
    const { next } = this.agenda;
    let first: SimulatedObject | undefined;
    let firstAt = Infinity;
    for (const object of this.objects.values()) {
      if (object.alarm === undefined) continue;
      const at = object.alarm - this.skew + object.lateness;
      if (at < firstAt) [first, firstAt] = [object, at];
    }
    if (first !== undefined && (next === undefined || firstAt < next.at)) {
      this.at = Math.max(this.at, firstAt);
      this.fire(first, "due");
      return true;
    }
    const planned = this.agenda.take();
    if (planned === undefined) return false;
    this.at = Math.max(this.at, planned.at);
    if (this.isTraced && planned.what !== "sleep") this.trace(planned.what);
    planned.happen();
    return true;
  }

  object(kind: Kind, name: string): SimulatedObject {
    const key = `${kind} ${name}`;
    const known = this.objects.get(key);
    if (known !== undefined) return known;
    const object = new SimulatedObject(kind, name);
    this.objects.set(key, object);
    return object;
  }

  /** The object's instance, made anew where there is none. */
  actorOf(object: SimulatedObject): Actor {
    if (object.actor !== undefined) return object.actor;
    const actor = new Actor(object.name, object);
    object.actor = actor;
    const Class = this.classes?.[object.kind];
    if (Class === undefined) throw new Error("no class");
    actor.env = this.envOf(actor);
    actor.instance = new Class(this.#contextOf(actor, object), actor.env) as unknown as Methods;
    return actor;
  }

  envOf(actor: Actor): unknown {
    const namespace = (kind: Kind): object => ({
      getByName: (name: string) => this.stub(actor, kind, name),
    });
    return {
      EXECUTION: namespace("EXECUTION"),
      MAP_RUN: namespace("MAP_RUN"),
      ACTIVITY: namespace("ACTIVITY"),
      CATALOGUE: this.d1.facade(this, actor),
      ...this.bindings(actor),
    };
  }

  /** Calls an object on behalf of that actor. */
  stub(caller: Actor, kind: Kind, name: string): object {
    return new Proxy(
      {},
      {
        get: (_, method) =>
          typeof method === "symbol" || method === "then"
            ? undefined
            : (...args: readonly unknown[]) => this.#call(caller, this.object(kind, name), method, args),
      },
    );
  }

  #call(caller: Actor, object: SimulatedObject, method: string, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void): void => {
        if (caller.isAlive) settle();
      };
      const fail = (why: string): void =>
        this.plan(this.#delay(), `${method} failed`, () => answer(() => reject(new Error(`Network: ${why}`))));
      // It leaves when what was written before is committed.
      queueMicrotask(() => {
        if (!caller.isAlive) return;
        if (this.dice.chance(this.faults.lostRequest)) {
          this.fault("request lost");
          fail(`${method} was lost`);
          return;
        }
        this.plan(this.#delay(), `${method} → ${shortName(object.name)}`, () =>
          this.#perform(object, method, args, (outcome) => {
            if ("error" in outcome) fail(outcome.error);
            else if (this.dice.chance(this.faults.lostReply)) {
              this.fault("reply lost");
              fail(`the reply of ${method} was lost`);
            } else this.plan(this.#delay(), `${method} answered`, () => answer(() => resolve(outcome.value)));
          }),
        );
      });
    });
  }

  #perform(
    object: SimulatedObject,
    method: string,
    args: readonly unknown[],
    end: (outcome: { readonly value: unknown } | { readonly error: string }) => void,
  ): void {
    const actor = this.actorOf(object);
    let isOpen = true;
    const once = (outcome: { readonly value: unknown } | { readonly error: string }): void => {
      if (!isOpen) return;
      isOpen = false;
      actor.openCalls.delete(died);
      end(outcome);
    };
    const died = (): void => once({ error: `${method}: the object died` });
    actor.openCalls.add(died);
    const work = actor.instance?.[method];
    if (work === undefined) throw new Error(`no method ${method}`);
    work.apply(actor.instance, [...args]).then(
      (value) => actor.isAlive && once({ value }),
      (error: unknown) => actor.isAlive && once({ error: String(error) }),
    );
  }

  /** The platform's own delay: short, and not always the same. */
  #delay(): number {
    return this.dice.between(0, 3);
  }

  kill(actor: Actor): void {
    if (!actor.isAlive) return;
    actor.isAlive = false;
    const { object } = actor;
    if (object !== undefined && object.actor === actor) {
      object.actor = undefined;
      this.#retryAlarm(object);
    }
    for (const died of actor.openCalls) died();
  }

  /** Another instance takes its place, while it goes on. */
  leaveBehind(object: SimulatedObject): void {
    if (object.actor === undefined) return;
    object.actor.isStale = true;
    this.#retryAlarm(object);
    object.actor = undefined;
  }

  /** Its handler died with the instance: it is called again, unless it has set another alarm. */
  #retryAlarm(object: SimulatedObject): void {
    if (object.firing !== undefined && object.alarm === undefined) {
      this.#set(object, this.clock + 2_000);
      object.isRetry = true;
    }
    object.firing = undefined;
  }

  /** @param why `twice`: it stays set */
  fire(object: SimulatedObject, why: "due" | "early" | "twice"): void {
    const { alarm } = object;
    if (alarm === undefined || object.firing !== undefined) {
      // One handler at a time.
      if (alarm !== undefined) object.lateness = this.clock + 5 - alarm;
      return;
    }
    if (object.lateness > 5 && why === "due") this.fault("alarm late");
    this.trace(`alarm (${why}) of ${shortName(object.name)}`);
    if (why !== "twice") object.alarm = undefined;
    const actor = this.actorOf(object);
    object.firing = alarm;
    const { isRetry } = object;
    object.isRetry = false;
    const handler = actor.instance?.["alarm"];
    if (handler === undefined) return;
    const end = (): void => {
      if (object.actor === actor) object.firing = undefined;
    };
    handler
      .call(actor.instance, { scheduledTime: alarm, isRetry, retryCount: isRetry ? 1 : 0 })
      .then(end, (error: unknown) => {
        if (!actor.isAlive || actor.isStale) return;
        end();
        // The platform's own retries end after six.
        this.alarmThrew(error);
      });
  }

  #set(object: SimulatedObject, at: number): void {
    object.alarm = at;
    object.lateness = this.dice.chance(this.faults.lateAlarm) ? this.dice.of([50, 5_000, 120_000]) : 0;
  }

  #contextOf(actor: Actor, object: SimulatedObject): object {
    const check = (): void => {
      if (actor.isStale) this.fault("stale instance refused");
      if (!actor.isAlive || actor.isStale) throw new Error("This instance is not the object any more");
    };
    const { rows } = object;
    const write = (undo: Undo): void => {
      object.undo.push(undo);
      if (object.isWriting) return;
      object.isWriting = true;
      queueMicrotask(() => this.#settle(actor, object));
    };
    const mayRefuse = (): void => {
      if (!this.dice.chance(this.faults.refusal)) return;
      this.fault("storage refusal");
      // Of a full one it would be told in other words, and a Map Run would end of it.
      throw new Error("internal error: the write was refused");
    };
    const kv = {
      get: (key: string): unknown => {
        check();
        return rows.get(key);
      },
      put: (key: string, value: unknown): void => {
        check();
        mayRefuse();
        const before = rows.get(key);
        write(() => (before === undefined ? rows.delete(key) : rows.set(key, before)));
        rows.set(key, value);
      },
      delete: (key: string): boolean => {
        check();
        if (!rows.has(key)) return false;
        const before = rows.get(key);
        write(() => rows.set(key, before));
        return rows.delete(key);
      },
      list: ({
        prefix,
        start = "",
        end,
        reverse = false,
        limit,
      }: ListOptions): Iterable<readonly [string, unknown]> => {
        check();
        const keys: string[] = [];
        for (const key of rows.keys()) {
          if (key.startsWith(prefix) && key >= start && (end === undefined || key < end)) keys.push(key);
        }
        keys.sort();
        const ordered = reverse ? keys.toReversed() : keys;
        return ordered.slice(0, limit).map((key) => [key, rows.get(key)] as const);
      },
    };
    return {
      id: { name: object.name },
      waitUntil: (work: Promise<unknown>): void => void work.catch(() => undefined),
      storage: {
        kv,
        transactionSync: <T>(work: () => T): T => {
          check();
          const mark = object.undo.length;
          try {
            return work();
          } catch (error) {
            for (const undo of object.undo.splice(mark).toReversed()) undo();
            throw error;
          }
        },
        getAlarm: async (): Promise<number | null> => {
          check();
          return object.alarm ?? null;
        },
        // Not async: of an instance that is none any more it throws at once.
        setAlarm: (at: number): Promise<void> => {
          check();
          if (object.firing !== undefined && at <= object.firing) {
            this.trace(`alarm lost: set for ${at}, and that of ${object.firing} fires`);
            return Promise.resolve();
          }
          const { alarm, lateness } = object;
          write(() => {
            object.alarm = alarm;
            object.lateness = lateness;
          });
          this.#set(object, at);
          object.isPutOff = object.firing !== undefined && at <= object.firing + 30_000;
          return Promise.resolve();
        },
        deleteAlarm: async (): Promise<void> => {
          check();
          object.alarm = undefined;
        },
        sync: (): Promise<void> => {
          check();
          return new Promise((resolve) => {
            this.plan(this.#delay(), "synced", () => {
              if (actor.isAlive) resolve();
            });
          });
        },
        deleteAll: async (): Promise<void> => {
          check();
          rows.clear();
        },
      },
    };
  }

  /** The end of a synchronous run that wrote something: it is committed, or it is not. */
  #settle(actor: Actor, object: SimulatedObject): void {
    const { undo } = object;
    object.undo = [];
    object.isWriting = false;
    if (undo.length === 0) {
      this.settled(object, "kept");
      return;
    }
    if (this.dice.chance(this.faults.crashBeforeCommit)) {
      this.fault("crash before commit");
      for (const step of undo.toReversed()) step();
      this.settled(object, "lost");
      this.kill(actor);
    } else if (this.dice.chance(this.faults.crashAfterCommit)) {
      this.fault("crash after commit");
      this.settled(object, "kept and died");
      this.kill(actor);
    } else this.settled(object, "kept");
  }
}

interface ListOptions {
  readonly prefix: string;
  readonly start?: string;
  readonly end?: string;
  readonly reverse?: boolean;
  readonly limit?: number;
}

/** The end of an ARN. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf(":") + 1);
}
