/**
 * An answer that comes late, and only if somebody still waits for it.
 *
 * L1. Nobody says when a client hangs up: locally the runtime finds out when it writes. So white space, which JSON allows
 *     before its value, is written now and then, and twice when a task is about to be given.
 * L2. The first bytes leave when there is something to write or after a moment: until then a refusal is an ordinary error.
 */
import type { Output } from "./aws-json.ts";
import { ANSWER_HEADERS } from "./aws-json.ts";

/** Whoever waits for the answer. */
export interface Asker {
  isThere(): Promise<boolean>;
  /** Gives the answer; false: it could not leave. */
  answer(output: Output): Promise<boolean>;
  /** Settles if the asker goes away unanswered. */
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
      isThere: async () => true,
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
const BEAT_MS = 2_000;
/** A write to a closed connection is answered by its end, and the next one finds that out. */
const PROBES = 3;
const PROBE_EVERY_MS = 6;

const SPACE: Uint8Array = new TextEncoder().encode(" ");

export interface LongPollRequest {
  readonly id: string;
  /** Aborted where the platform notices that the client is gone. */
  readonly signal: AbortSignal;
  /** Keeps the request alive after its answer has begun. */
  readonly keepAlive: (work: Promise<unknown>) => void;
}

/** Answers over HTTP. Throws what the poll throws before the first bytes have left. */
export async function answerLongPoll(poll: LongPoll, { id, signal, keepAlive }: LongPollRequest): Promise<Response> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  let isGone = false;
  let isOver = false;
  const head = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const leave = (): void => {
    isGone = true;
    gone.resolve();
  };
  signal.addEventListener("abort", leave, { once: true });
  // A broken stream says so here, whichever write broke it.
  writer.closed.catch(leave);
  const write = (bytes: Uint8Array): Promise<void> => {
    head.resolve();
    return writer.write(bytes);
  };
  const probe = (): void => {
    write(SPACE).catch(leave);
  };

  const asker: Asker = {
    gone: gone.promise,
    isThere: async () => {
      for (let i = 0; i < PROBES && !isGone; i++) {
        probe();
        await sleep(PROBE_EVERY_MS);
      }
      return !isGone;
    },
    answer: async (output) => {
      if (isGone) return false;
      try {
        void write(new TextEncoder().encode(JSON.stringify(output)));
        await writer.close();
        return true;
      } catch {
        return false;
      }
    },
  };
  const work = poll.run(asker).finally(() => (isOver = true));
  void beat();
  // What is thrown after the head ends the connection; the client asks again.
  keepAlive(work.catch((error: unknown) => writer.abort(error).catch(() => undefined)));
  await Promise.race([head.promise, work, sleep(HEAD_AFTER_MS)]);
  return new Response(readable, { status: 200, headers: { ...ANSWER_HEADERS, "x-amzn-requestid": id } });

  async function beat(): Promise<void> {
    for (;;) {
      await sleep(BEAT_MS);
      if (isOver || isGone) return;
      probe();
    }
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
