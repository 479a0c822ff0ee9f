/**
 * The whole Worker on a platform in memory: objects with disks and alarms, queues, D1, and a clock that moves by itself.
 *
 * Whatever an object does to the outside, and whatever comes back, passes a seam. At a chosen one the object dies, or the
 * whole runtime with it: what was on disk is there afterwards, what was in memory is not, and whoever waited for an answer
 * gets an error.
 */
import type { SQLInputValue } from "node:sqlite";
import { createStepflare, type Stepflare, type StepflareOptions } from "../../src/stepflare.ts";
import { SqliteD1 } from "../api/sqlite-d1.ts";
import { START } from "../engine/words.ts";
import { newLife, ObjectDisk, type Life, type ObjectStorage } from "./object-storage.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What dies at a seam: the object alone; everything, while the queues keep what they hold; everything, with the queues. */
export type Loss = "object" | "runtime" | "runtime and queues";

export interface PlatformOptions {
  readonly functions: StepflareOptions["functions"];
  /** The seams at which something dies, counted from 1. */
  readonly deaths?: ReadonlySet<number>;
  readonly loss?: Loss;
  readonly settings?: Readonly<Record<string, string>>;
}

type ObjectKind = "EXECUTION" | "ACTIVITY" | "MAP_RUN";
type Rpc = Readonly<Record<string, (...values: readonly unknown[]) => Promise<unknown>>>;

interface Place {
  readonly kind: ObjectKind;
  readonly name: string;
  readonly disk: ObjectDisk;
  instance?: { readonly object: Rpc; readonly storage: ObjectStorage; readonly life: Life } | undefined;
  /** How often in a row its alarm has died. */
  alarmRetries: number;
}

interface Message {
  readonly queue: string;
  readonly body: unknown;
  readonly attempts: number;
  readonly notBefore: number;
}

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const SETTINGS = { ACCOUNT_ID: "123456789012", REGION: "us-east-1", ALLOW_UNAUTHENTICATED: "true" };
/** The platform gives an alarm up that has failed so often. */
const MAX_ALARM_RETRIES = 6;
/** What a statement of D1 may bind. */
const MAX_PARAMETERS = 100;
const NEVER: Promise<never> = new Promise(() => undefined);

export class Platform {
  readonly clock: VirtualClock = new VirtualClock(START);
  readonly db: SqliteD1 = new SqliteD1();
  /** What was passed, by object and kind. */
  readonly seams: string[] = [];
  readonly stepflare: Stepflare;
  readonly places: Map<string, Place> = new Map();
  deaths = 0;
  /** How much later than asked for alarms fire, milliseconds. */
  alarmDelay = 0;
  /** Alarms that the platform has given up. */
  alarmsLost = 0;
  /** Objects that nobody can reach. */
  readonly unreachable: Set<string> = new Set();
  /** How often they were called in vain. */
  callsInVain = 0;
  /** Throws in place of an alarm's handler. */
  breaksAlarm: ((place: string) => boolean) | undefined;
  readonly #options: PlatformOptions;
  #queue: Message[] = [];
  #lives: Set<Life> = new Set();

  constructor(options: PlatformOptions) {
    this.#options = options;
    const functions = Object.fromEntries(
      Object.entries(options.functions).map(([name, handler]): [string, typeof handler] => [
        name,
        async (input, context) => {
          const life = this.places.get(`EXECUTION/${context.executionArn}`)?.instance?.life;
          return this.#cross(life, `function ${name}`, async () => handler(input, context));
        },
      ]),
    );
    this.stepflare = createStepflare({ functions });
    this.clock.install();
  }

  // What clients do.

  /** One request. A platform that dies meanwhile answers 503. */
  async call(operation: string, input: object): Promise<Answer> {
    const life = this.#newLife("client");
    const headers = { "x-amz-target": `AWSStepFunctions.${operation}`, "content-type": "application/x-amz-json-1.0" };
    const request = new Request("http://localhost/", { method: "POST", headers, body: JSON.stringify(input) });
    try {
      return await Promise.race([life.death, this.#fetch(life, request)]);
    } catch {
      return { status: 503, body: {} };
    } finally {
      this.#lives.delete(life);
    }
  }

  /** As an SDK does it: again after a pause, as long as the server is at fault. */
  async send(operation: string, input: object): Promise<Answer> {
    for (;;) {
      const answer = await this.call(operation, input);
      if (answer.status < 500) return answer;
      await this.clock.sleep(100);
    }
  }

  /** The cron trigger. */
  async sweep(): Promise<void> {
    const life = this.#newLife("cron");
    await this.#handler("scheduled")({}, this.#envOf(life), contextOf());
  }

  // How time passes.

  /** Lets the world go on until the work is done. */
  async until<T>(work: Promise<T>, maxSteps = 5_000): Promise<T> {
    const state = { isDone: false };
    const done = work.finally(() => (state.isDone = true));
    done.catch(() => undefined);
    await settled();
    for (let step = 0; !state.isDone; step++) {
      if (step > maxSteps) throw new Error(`not done after ${maxSteps} steps: ${this.seams.slice(-20).join(", ")}`);
      await this.step();
    }
    return done;
  }

  /** Lets so much time pass. */
  async pass(milliseconds: number): Promise<void> {
    await this.until(this.clock.sleep(milliseconds), 100_000);
  }

  async step(): Promise<void> {
    const due = this.#queue.findIndex(({ notBefore }) => notBefore <= this.clock.now);
    const [message] = due < 0 ? [] : this.#queue.splice(due, 1);
    if (message === undefined) this.#letTimePass();
    else void this.#deliver(message);
    await settled();
  }

  /** Whether nothing is on its way: no message, no alarm. */
  get isQuiet(): boolean {
    return this.#queue.length === 0 && [...this.places.values()].every((x) => x.disk.disk.alarmAt === undefined);
  }

  /** Everything loses its memory; what is in queues as well, if that is said. */
  killAll(loss: Exclude<Loss, "object"> = "runtime and queues"): void {
    this.#die(this.#newLife("everything"), loss);
  }

  /** The object loses its memory. */
  kill(name: string): void {
    const instance = this.placeOf(name).instance;
    if (instance !== undefined) this.#die(instance.life, "object");
  }

  /** The platform has forgotten the object's alarm. */
  loseAlarm(name: string): void {
    this.kill(name);
    const { disk } = this.placeOf(name);
    disk.disk = { ...disk.disk, alarmAt: undefined };
  }

  /** What is on its way through that queue is lost. */
  dropMessages(queue: string): void {
    this.#queue = this.#queue.filter((message) => message.queue !== queue);
  }

  /** Rows that objects have written: puts, deletes and alarms. */
  get rowsWritten(): number {
    return [...this.places.values()].reduce((sum, { disk }) => sum + disk.rowsWritten, 0);
  }

  /** What the sweep asks of one execution. */
  async wake(executionArn: string): Promise<void> {
    const request = { version: 1, startedAt: START, closedBefore: -Infinity, archive: false };
    await this.#callObject("EXECUTION", executionArn, "retire", [request]);
  }

  placeOf(name: string): Place {
    const found = [...this.places.values()].find((x) => x.name === name);
    if (found === undefined) throw new Error(`there is no object ${name}`);
    return found;
  }

  #letTimePass(): void {
    const alarms = [...this.places.values()].filter(({ disk }) => disk.disk.alarmAt !== undefined);
    const at = Math.min(
      this.clock.next ?? Infinity,
      ...this.#queue.map(({ notBefore }) => notBefore),
      ...alarms.map(({ disk }) => (disk.disk.alarmAt ?? Infinity) + this.alarmDelay),
    );
    if (at === Infinity) throw new Error("nothing will ever happen");
    this.clock.now = Math.max(this.clock.now, at);
    this.clock.fireDue();
    for (const place of alarms) {
      if ((place.disk.disk.alarmAt ?? Infinity) + this.alarmDelay <= this.clock.now) void this.#fireAlarm(place);
    }
  }

  async #fireAlarm(place: Place): Promise<void> {
    const scheduledTime = place.disk.disk.alarmAt ?? this.clock.now;
    const retryCount = place.alarmRetries;
    const { object, storage, life } = this.#instanceOf(place);
    await storage.deleteAlarm();
    storage.flush();
    try {
      this.#seam(life, "an alarm fires");
      if (this.breaksAlarm?.(place.name) === true) throw new Error("the alarm's handler is broken");
      const run = object["alarm"]?.({ scheduledTime, retryCount, isRetry: retryCount > 0 });
      await (life.isAlive ? Promise.race([run, life.death]) : life.death);
      place.alarmRetries = 0;
      storage.flush();
      this.#seam(life, "an alarm is done");
    } catch {
      if (place.disk.disk.alarmAt !== undefined) {
        // Whoever set another one has begun anew.
        place.alarmRetries = 0;
        return;
      }
      if (retryCount >= MAX_ALARM_RETRIES) {
        this.alarmsLost += 1;
        place.alarmRetries = 0;
        return;
      }
      place.alarmRetries = retryCount + 1;
      const alarmAt = this.clock.now + 2_000 * 2 ** retryCount;
      place.disk.disk = { ...place.disk.disk, alarmAt };
      if (place.instance !== undefined) await place.instance.storage.setAlarm(alarmAt);
    }
  }

  async #deliver(message: Message): Promise<void> {
    const life = this.#newLife(`consumer of ${message.queue}`);
    let isDone = false;
    let isRetried = false;
    const queued = {
      body: structuredClone(message.body),
      attempts: message.attempts,
      ack: () => (isDone = true),
      retry: () => (isRetried = true),
    };
    try {
      const batch = { queue: message.queue, messages: [queued] };
      await Promise.race([this.#handler("queue")(batch, this.#envOf(life), contextOf()), life.death]);
      isDone ||= !isRetried;
    } catch {
      isDone = false;
    }
    this.#lives.delete(life);
    if (isDone || (!life.isAlive && this.#options.loss === "runtime and queues")) return;
    const delayed = { attempts: message.attempts + 1, notBefore: this.clock.now + 1_000 };
    if (message.attempts < 20) this.#queue.push({ ...message, ...delayed });
  }

  // What an object can reach.

  async #fetch(life: Life, request: Request): Promise<Answer> {
    const response = (await this.#handler("fetch")(request, this.#envOf(life), contextOf())) as Response;
    const text = await response.text();
    return { status: response.status, body: JSON.parse(text) as Answer["body"] };
  }

  #handler(name: "fetch" | "queue" | "scheduled"): (...values: readonly unknown[]) => Promise<unknown> {
    const worker = this.stepflare.worker as unknown as Record<string, (...values: readonly unknown[]) => unknown>;
    return async (...values) => worker[name]?.(...values);
  }

  #instanceOf(place: Place): NonNullable<Place["instance"]> {
    if (place.instance !== undefined) return place.instance;
    const life = this.#newLife(place.kind);
    const storage = place.disk.open(life, (what) => this.#seam(life, what));
    const ctx = { id: { name: place.name }, storage, waitUntil: quietly, abort: () => this.#die(life, "object") };
    const { ExecutionObject, ActivityObject, MapRunObject } = this.stepflare;
    const Class = { EXECUTION: ExecutionObject, ACTIVITY: ActivityObject, MAP_RUN: MapRunObject }[place.kind];
    const make = Class as unknown as new (ctx: unknown, env: unknown) => Rpc;
    place.instance = { object: new make(ctx, this.#envOf(life)), storage, life };
    return place.instance;
  }

  #envOf(life: Life): object {
    const namespace = (kind: ObjectKind): object => ({ getByName: (name: string) => this.#stubOf(life, kind, name) });
    const queue = (name: string): object => ({
      send: (body: unknown) => this.#enqueue(life, name, [{ body }]),
      sendBatch: (bodies: readonly { readonly body: unknown }[]) => this.#enqueue(life, name, bodies),
    });
    return {
      ...SETTINGS,
      ...this.#options.settings,
      EXECUTION: namespace("EXECUTION"),
      ACTIVITY: namespace("ACTIVITY"),
      MAP_RUN: namespace("MAP_RUN"),
      CATALOGUE: this.#databaseOf(life),
      STATUS_QUEUE: queue("status"),
      EXPRESS_QUEUE: queue("express"),
      MAP_QUEUE: queue("map"),
      MESSAGES_QUEUE: queue("messages"),
      OBJECTS: {},
    };
  }

  #stubOf(life: Life, kind: ObjectKind, name: string): object {
    const call = async (method: string, values: readonly unknown[]): Promise<unknown> =>
      this.#cross(life, `${kind}.${method}`, () => this.#callObject(kind, name, method, values));
    return new Proxy(
      {},
      {
        // A stub is not a promise.
        get: (_, method) =>
          method === "then" ? undefined : (...values: readonly unknown[]) => call(String(method), values),
      },
    );
  }

  async #callObject(kind: ObjectKind, name: string, method: string, values: readonly unknown[]): Promise<unknown> {
    if (this.unreachable.has(name)) {
      this.callsInVain += 1;
      throw Object.assign(new Error("Network connection lost."), { retryable: true });
    }
    const key = `${kind}/${name}`;
    const place = this.places.get(key) ?? { kind, name, disk: new ObjectDisk(), alarmRetries: 0 };
    this.places.set(key, place);
    const { object, storage, life } = this.#instanceOf(place);
    this.#seam(life, `${method} comes in`);
    const answered = (async (): Promise<unknown> => {
      if (!life.isAlive) return NEVER;
      const answer = await object[method]?.(...values.map(cloned));
      storage.flush();
      this.#seam(life, `${method} is answered`);
      return life.isAlive ? cloned(answer) : NEVER;
    })();
    return Promise.race([answered, life.death]);
  }

  #databaseOf(life: Life): object {
    type Statement = ReturnType<SqliteD1["prepare"]>;
    const bound = (statement: Statement): object => ({
      statement,
      bind: (...values: readonly SQLInputValue[]) => {
        if (values.length > MAX_PARAMETERS) throw new Error("D1_ERROR: too many SQL variables");
        return bound(statement.bind(...values));
      },
      all: () => this.#cross(life, "query", () => statement.all()),
      run: () => this.#cross(life, "query", () => statement.run()),
      first: () => this.#cross(life, "query", () => statement.first()),
    });
    return {
      prepare: (sql: string) => bound(this.db.prepare(sql)),
      batch: (statements: readonly { readonly statement: Statement }[]) =>
        this.#cross(life, "batch", () => this.db.batch(statements.map((x) => x.statement))),
    };
  }

  #enqueue(life: Life, queue: string, bodies: readonly { readonly body: unknown }[]): Promise<void> {
    return this.#cross(life, `send to ${queue}`, async () => {
      for (const { body } of bodies) {
        this.#queue.push({ queue, body: structuredClone(body), attempts: 1, notBefore: this.clock.now });
      }
    });
  }

  /** What leaves a life and what comes back to it. Whoever is dead hears nothing any more. */
  async #cross<T>(life: Life | undefined, what: string, work: () => Promise<T>): Promise<T> {
    // An Express execution's: it has no object.
    if (life === undefined) return work();
    for (const { instance } of this.places.values()) if (instance?.life === life) instance.storage.flush();
    this.#seam(life, `${what} leaves`);
    if (!life.isAlive) return NEVER;
    try {
      return await work();
    } finally {
      this.#seam(life, `${what} comes back`);
      if (!life.isAlive) await NEVER;
    }
  }

  #seam(life: Life, what: string): void {
    if (!life.isAlive || life.name === "client" || life.name === "cron") return;
    this.seams.push(`${life.name}: ${what}`);
    if (this.#options.deaths?.has(this.seams.length) !== true) return;
    this.deaths += 1;
    this.#die(life, this.#options.loss ?? "object");
  }

  #die(life: Life, loss: Loss): void {
    const dying = loss === "object" ? [life] : [...this.#lives];
    if (loss === "runtime and queues") this.#queue = [];
    for (const each of dying) {
      each.kill();
      this.#lives.delete(each);
    }
    for (const place of this.places.values()) {
      if (place.instance?.life.isAlive === false) place.instance = undefined;
    }
  }

  #newLife(name: string): Life {
    const life = newLife(name);
    this.#lives.add(life);
    return life;
  }
}

function contextOf(): object {
  return { waitUntil: quietly, passThroughOnException: () => undefined };
}

function quietly(work: Promise<unknown>): void {
  work.catch(() => undefined);
}

/** As RPC passes it on; what can be called stays where it is. */
function cloned(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return value;
  }
}

/** Everything has happened that needs no time. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
