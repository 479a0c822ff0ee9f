/**
 * An answer that comes late, and only if somebody still waits for it.
 *
 * L1. Nobody says when a client hangs up: locally the runtime finds out by writing, and only the second write to a closed
 *     connection fails. So white space, which JSON allows before its value, is written now and then, and a few times in
 *     short order before an answer that must not be lost.
 * L2. The first bytes leave when there is something to write or after a moment: until then a refusal is an ordinary error.
 */
import type { Output } from "./aws-json.ts";

/** Whoever waits for the answer. */
export interface Asker {
  /** Whether it is there as far as is known already. */
  isThere(): boolean;
  /** Finds out whether it is still there; takes a moment. */
  listen(): Promise<boolean>;
  /** Gives the answer; false: it could not leave. */
  answer(output: Output): Promise<boolean>;
  /** Settles if the asker goes away. */
  readonly gone: Promise<void>;
}

/** What an operation answers instead of an output: it will, in its own time. */
export class LongPoll {
  readonly run: (asker: Asker) => Promise<void>;

  constructor(run: (asker: Asker) => Promise<void>) {
    this.run = run;
  }

  /** For a caller inside of Stepflare, who is always there. */
  async output(): Promise<Output> {
    let given: Output = {};
    await this.run({
      isThere: () => true,
      listen: async () => true,
      answer: async (output) => {
        given = output;
        return true;
      },
      gone: new Promise(() => undefined),
    });
    return given;
  }
}

/** How long a refusal has before the first bytes leave. */
const HEAD_AFTER_MS = 500;
const BEAT_MS = 1_000;
const PROBES = 5;
const PROBE_EVERY_MS = 10;
/** Where this machine is late, whoever has to find out is late as well, and gets so many times as long. */
const PATIENCE = 2;
const MAX_LATENESS_MS = 500;

const SPACE: Uint8Array = new TextEncoder().encode(" ");

export interface LongPollRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** The answer's body: JSON, which may follow white space. */
  write(output: Output): string;
  /** Aborted where the platform notices that the client is gone. */
  readonly signal: AbortSignal;
  /** Keeps the request alive after its answer has begun. */
  readonly keepAlive: (work: Promise<unknown>) => void;
}

/** Answers over HTTP. Throws what the poll throws before the first bytes have left. */
export async function answerLongPoll(poll: LongPoll, request: LongPollRequest): Promise<Response> {
  const asker = new HttpAsker(request);
  const work = poll.run(asker);
  request.keepAlive(asker.stayUntil(work));
  await Promise.race([asker.began, work, sleep(HEAD_AFTER_MS)]);
  return new Response(asker.body, { status: 200, headers: request.headers });
}

/** A client that gets its answer over a connection that is held open. */
class HttpAsker implements Asker {
  readonly body: ReadableStream<Uint8Array>;
  readonly #request: LongPollRequest;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #began: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #gone: PromiseWithResolvers<void> = Promise.withResolvers();
  #isGone = false;
  #isOver = false;

  constructor(request: LongPollRequest) {
    this.#request = request;
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    this.body = readable;
    this.#writer = writable.getWriter();
    const leave = (): void => {
      this.#isGone = true;
      this.#gone.resolve();
    };
    request.signal.addEventListener("abort", leave, { once: true });
    // A broken stream says so here, whichever write broke it.
    this.#writer.closed.catch(leave);
  }

  /** Settles when there is something to read. */
  get began(): Promise<void> {
    return this.#began.promise;
  }

  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  isThere(): boolean {
    this.#probe();
    return !this.#isGone;
  }

  async listen(): Promise<boolean> {
    for (let i = 0; i < PROBES && !this.#isGone; i++) {
      this.#probe();
      const from = Date.now();
      await sleep(PROBE_EVERY_MS);
      const late = Date.now() - from - PROBE_EVERY_MS;
      if (late > 0) await sleep(Math.min(late * PATIENCE, MAX_LATENESS_MS));
    }
    return !this.#isGone;
  }

  async answer(output: Output): Promise<boolean> {
    if (this.#isGone) return false;
    this.#isOver = true;
    try {
      this.#write(new TextEncoder().encode(this.#request.write(output)));
      await this.#writer.close();
      return true;
    } catch {
      return false;
    }
  }

  /** What is thrown once the answer has begun ends the connection; the client asks again. */
  async stayUntil(work: Promise<void>): Promise<void> {
    void this.#beat();
    try {
      await work;
    } catch (error) {
      await this.#writer.abort(error).catch(() => undefined);
    } finally {
      this.#isOver = true;
    }
  }

  async #beat(): Promise<void> {
    for (;;) {
      await sleep(BEAT_MS);
      if (this.#isOver || this.#isGone) return;
      this.#probe();
    }
  }

  #probe(): void {
    if (!this.#isOver && !this.#isGone) this.#write(SPACE);
  }

  #write(bytes: Uint8Array): void {
    this.#began.resolve();
    // `closed` tells of a failure.
    this.#writer.write(bytes).catch(() => undefined);
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
