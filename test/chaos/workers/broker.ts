/**
 * A queue broker in the place of the platform's. What it has taken is on disk and is delivered at least once, as Queues
 * promises; where it is hostile it doubles one message in five and reorders one in five.
 *
 * The queue of chunks is worse than Queues: the Map Runs hold the truth, so it loses one message in five, and the rest is in
 * memory and gone with the process.
 */
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";

interface BrokerEnv {
  readonly BROKER: DurableObjectNamespace<BrokerObject>;
  readonly STEPFLARE: Consumer;
  readonly SEED: number;
  readonly HOSTILE: boolean;
}

/** The tested Worker's queue handler, as the compatibility flag `service_binding_extra_handlers` shows it to a service binding. */
interface Consumer {
  queue(name: string, messages: readonly object[]): Promise<Delivery>;
}

interface Delivery {
  readonly outcome: string;
  readonly ackAll: boolean;
  readonly retryBatch: { readonly retry: boolean };
  readonly explicitAcks: readonly string[];
  readonly retryMessages: readonly { readonly msgId: string; readonly delaySeconds?: number }[];
}

interface Queued {
  readonly id: string;
  readonly sentAt: number;
  readonly body: unknown;
  readonly attempts: number;
  readonly dueAt: number;
}

interface QueueTraits {
  readonly durable: boolean;
  readonly lossy: boolean;
  readonly batch: number;
  /** Batches at the same time. */
  readonly concurrency: number;
}

interface SendOptions {
  readonly delaySeconds?: number;
}

const TRAITS: Readonly<Record<string, QueueTraits>> = {
  "stepflare-status": { durable: true, lossy: false, batch: 100, concurrency: 4 },
  "stepflare-express": { durable: true, lossy: false, batch: 10, concurrency: 10 },
  "stepflare-map": { durable: false, lossy: true, batch: 1, concurrency: 20 },
  "stepflare-events": { durable: true, lossy: false, batch: 10, concurrency: 4 },
};
/** One message in so many, by the word of the task: 20 %. */
const CHANCE = 0.2;
const MOST_LATE_MS = 1_500;
const MAX_DELIVERIES = 1_000;

export class BrokerObject extends DurableObject<BrokerEnv> {
  readonly #traits: QueueTraits;
  readonly #name: string;
  #waiting: Queued[] = [];
  #running = 0;
  #random: number;
  #counts = { sent: 0, lost: 0, doubled: 0, reordered: 0, delivered: 0, failed: 0 };

  constructor(ctx: DurableObjectState, env: BrokerEnv) {
    super(ctx, env);
    this.#name = ctx.id.name ?? "";
    const traits = TRAITS[this.#name];
    if (traits === undefined) throw new Error(`There is no queue ${this.#name}`);
    this.#traits = traits;
    // Another sequence in each life.
    this.#random = (env.SEED ^ Date.now()) >>> 0;
    if (!traits.durable) return;
    for (const [, stored] of ctx.storage.kv.list({ prefix: "message/" })) this.#waiting.push(stored as Queued);
    this.#pump();
  }

  async send(bodies: readonly unknown[], delaySeconds: number): Promise<void> {
    const now = Date.now();
    for (const body of bodies) {
      this.#counts.sent += 1;
      const message = { id: crypto.randomUUID(), sentAt: now, body, attempts: 1, dueAt: now + delaySeconds * 1000 };
      if (this.#traits.durable) this.ctx.storage.kv.put(`message/${message.id}`, message);
      this.#enqueue(message);
    }
    this.#pump();
  }

  /** What became of the messages so far; asked for after each start, it wakes a queue that has some on disk. */
  override async fetch(): Promise<Response> {
    return Response.json({ ...this.#counts, waiting: this.#waiting.length + this.#running });
  }

  #enqueue(message: Queued): void {
    if (this.#traits.lossy && isFirstTry(message.body) && this.#isHit()) {
      this.#counts.lost += 1;
      return;
    }
    if (this.#isHit()) {
      this.#counts.doubled += 1;
      this.#waiting.push({ ...message, dueAt: message.dueAt + this.#draw() * MOST_LATE_MS });
    }
    const isLate = this.#isHit();
    if (isLate) this.#counts.reordered += 1;
    this.#waiting.push(isLate ? { ...message, dueAt: message.dueAt + this.#draw() * MOST_LATE_MS } : message);
  }

  #pump(): void {
    const now = Date.now();
    while (this.#running < this.#traits.concurrency) {
      const due = this.#waiting.filter(({ dueAt }) => dueAt <= now).slice(0, this.#traits.batch);
      if (due.length === 0) break;
      const taken = new Set(due);
      this.#waiting = this.#waiting.filter((message) => !taken.has(message));
      this.#running += 1;
      void this.#deliver(due).finally(() => {
        this.#running -= 1;
        this.#pump();
      });
    }
    const next = Math.min(...this.#waiting.map(({ dueAt }) => dueAt));
    if (next > now && Number.isFinite(next)) setTimeout(() => this.#pump(), next - now);
  }

  async #deliver(batch: readonly Queued[]): Promise<void> {
    const messages = batch.map(({ id, sentAt, body, attempts }) => ({
      id,
      timestamp: new Date(sentAt),
      body,
      attempts,
    }));
    const retried = new Map<string, number>();
    try {
      const result = await this.env.STEPFLARE.queue(this.#name, messages);
      const retryAll = result.outcome !== "ok" || result.retryBatch.retry;
      const acked = new Set(result.explicitAcks);
      for (const { msgId, delaySeconds = 0 } of result.retryMessages) retried.set(msgId, delaySeconds);
      if (retryAll && !result.ackAll) for (const { id } of batch) if (!acked.has(id)) retried.set(id, 1);
    } catch {
      for (const { id } of batch) retried.set(id, 1);
    }
    for (const message of batch) {
      const delaySeconds = retried.get(message.id);
      if (delaySeconds === undefined) {
        this.#counts.delivered += 1;
        if (this.#traits.durable) this.ctx.storage.kv.delete(`message/${message.id}`);
        continue;
      }
      this.#counts.failed += 1;
      const attempts = message.attempts + 1;
      if (attempts > MAX_DELIVERIES) continue;
      const again = { ...message, attempts, dueAt: Date.now() + delaySeconds * 1000 };
      this.#waiting.push(again);
      if (this.#traits.durable) this.ctx.storage.kv.put(`message/${message.id}`, again);
    }
  }

  #isHit(): boolean {
    return this.env.HOSTILE && this.#draw() < CHANCE;
  }

  /** In [0, 1): Mulberry32. */
  #draw(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0;
    let x = this.#random;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296;
  }
}

/** A chunk that is sent again is not lost again: its Map Run waits a minute each time. */
function isFirstTry(body: unknown): boolean {
  return typeof body === "object" && body !== null && "attempt" in body && Number(body.attempt) <= 1;
}

/** What the tested Worker holds as its queue binding. */
abstract class QueueBinding extends WorkerEntrypoint<BrokerEnv> {
  protected abstract readonly queueName: string;

  async send(body: unknown, { delaySeconds = 0 }: SendOptions = {}): Promise<void> {
    await this.env.BROKER.getByName(this.queueName).send([body], delaySeconds);
  }

  async sendBatch(
    messages: readonly { readonly body: unknown }[],
    { delaySeconds = 0 }: SendOptions = {},
  ): Promise<void> {
    const bodies = messages.map(({ body }) => body);
    await this.env.BROKER.getByName(this.queueName).send(bodies, delaySeconds);
  }
}

export class StatusQueue extends QueueBinding {
  protected override readonly queueName = "stepflare-status";
}
export class ExpressQueue extends QueueBinding {
  protected override readonly queueName = "stepflare-express";
}
export class MapQueue extends QueueBinding {
  protected override readonly queueName = "stepflare-map";
}
export class EventsQueue extends QueueBinding {
  protected override readonly queueName = "stepflare-events";
}

const worker: ExportedHandler<BrokerEnv> = { fetch: () => new Response("the broker", { status: 404 }) };
export default worker;
