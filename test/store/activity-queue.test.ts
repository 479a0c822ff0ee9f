/** An activity's queue: tasks and workers find each other, whatever goes wrong between them. */
import { describe, expect, test } from "vitest";
import { ActivityQueue, type QueueHost } from "../../src/runtime/activity-queue.ts";
import type { ActivityTask, PollAnswer, PollingWorker, QueuedTask } from "../../src/runtime/activity-rpc.ts";
import type { Answer, StartedTask } from "../../src/runtime/execution-rpc.ts";
import { Dice } from "../engine/simulated-machine.ts";

const task = (n: number): QueuedTask => ({
  version: 1,
  key: `${String(n).padStart(6, "0")}/run#${n}`,
  taskToken: `t${n}`,
});
const REFUSED = { ok: false, error: "TaskTimedOut", message: "gone" } as const;

/** The world around a queue: rows that outlive it, timers that fire when told to, executions that answer. */
class World {
  readonly rows: Map<string, unknown> = new Map();
  writes = 0;
  /** Who took which task, as the executions were told. */
  readonly starts: (readonly [taskToken: string, workerName: string | undefined])[] = [];
  readonly defects: string[] = [];
  refusesDeletions = false;
  onStart: (taskToken: string) => Promise<Answer<StartedTask>> = async (taskToken) => ({
    ok: true,
    value: { input: `"${taskToken}"` },
  });
  queue: ActivityQueue = this.restart();
  #timers: { readonly at: number; readonly work: () => void }[] = [];
  #now = 0;
  #polls = 0;

  /** A new queue on the same rows, as after a crash. */
  restart(): ActivityQueue {
    const keys = (prefix: string): readonly string[] =>
      [...this.rows.keys()].filter((x) => x.startsWith(prefix)).sort();
    const host: QueueHost = {
      storage: {
        kv: {
          get: (key) => this.rows.get(key),
          put: (key, value) => {
            this.writes += 1;
            this.rows.set(key, value);
          },
          delete: (key) => {
            if (this.refusesDeletions) throw new Error("the write was refused");
            return this.rows.delete(key);
          },
          list: ({ prefix, limit }) =>
            keys(prefix)
              .slice(0, limit)
              .map((key) => [key, this.rows.get(key)] as const),
        },
      },
      after: (milliseconds, work) => {
        const timer = { at: this.#now + milliseconds, work };
        this.#timers.push(timer);
        return () => (this.#timers = this.#timers.filter((x) => x !== timer));
      },
      startTask: async (taskToken, workerName) => {
        this.starts.push([taskToken, workerName]);
        return this.onStart(taskToken);
      },
      logDefect: (message) => this.defects.push(message),
    };
    this.queue = new ActivityQueue(host);
    return this.queue;
  }

  /** @returns what the poll answers and what the worker got */
  poll(worker: Partial<PollingWorker> = {}, workerName?: string): Poll {
    return new Poll(this.queue, `poll-${(this.#polls += 1)}`, worker, workerName);
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  async pass(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    const due = this.#timers.filter((x) => x.at <= this.#now);
    this.#timers = this.#timers.filter((x) => x.at > this.#now);
    for (const { work } of due) work();
    await settled();
  }
}

class Poll {
  readonly id: string;
  readonly answer: Promise<PollAnswer>;
  got: ActivityTask | undefined;
  ended: PollAnswer | undefined;

  constructor(queue: ActivityQueue, id: string, worker: Partial<PollingWorker>, workerName: string | undefined) {
    this.id = id;
    const { isThere = async () => true, take = async () => true } = worker;
    const request = { version: 1, pollId: id, seconds: 60, ...(workerName !== undefined && { workerName }) } as const;
    this.answer = queue.poll(request, {
      isThere,
      take: async (given) => {
        const isTaken = await take(given);
        if (isTaken) this.got = given;
        return isTaken;
      },
    });
    void this.answer.then((answer) => (this.ended = answer));
  }
}

/** Lets everything that waits for nothing but promises happen. */
async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

describe("a task and a worker", () => {
  test("meet, whichever of them comes first", async () => {
    const world = new World();
    await world.queue.enqueue(task(1));
    const early = world.poll({}, "Ada");
    expect(await early.answer).toBe("taken");
    expect(early.got).toEqual({ taskToken: "t1", input: '"t1"' });
    const late = world.poll();
    await world.queue.enqueue(task(2));
    expect(await late.answer).toBe("taken");
    expect(world.starts).toEqual([
      ["t1", "Ada"],
      ["t2", undefined],
    ]);
    expect(world.rows.size).toBe(0);
    expect(world.pendingTimers).toBe(0);
  });

  test("tasks are handed out in the order of their keys, workers served in the order in which they came", async () => {
    const world = new World();
    for (const n of [3, 1, 2]) await world.queue.enqueue(task(n));
    const polls = [world.poll(), world.poll(), world.poll()];
    await Promise.all(polls.map((x) => x.answer));
    expect(polls.map((x) => x.got?.taskToken)).toEqual(["t1", "t2", "t3"]);
  });

  test("a poll to which nothing comes ends in its time, and has written nothing", async () => {
    const world = new World();
    const poll = world.poll();
    await world.pass(59_999);
    expect(poll.ended).toBeUndefined();
    await world.pass(1);
    expect(poll.ended).toBe("nothing");
    expect(world.writes).toBe(0);
  });

  test("a task that is put into the queue again is there once", async () => {
    const world = new World();
    await world.queue.enqueue(task(1));
    await world.queue.enqueue(task(1));
    expect(world.writes).toBe(1);
    const polls = [world.poll(), world.poll()];
    await settled();
    expect(polls.map((x) => x.got?.taskToken)).toEqual(["t1", undefined]);
  });

  test("a task that was withdrawn is not handed out", async () => {
    const world = new World();
    for (const n of [1, 2]) await world.queue.enqueue(task(n));
    world.queue.withdraw(task(1).key);
    const poll = world.poll();
    expect(await poll.answer).toBe("taken");
    expect(poll.got?.taskToken).toBe("t2");
  });

  test("the thousand and first poller is turned away", async () => {
    const world = new World();
    for (let i = 0; i < 1000; i++) world.poll();
    expect(await world.poll().answer).toBe("too many pollers");
    await world.pass(60_000);
    const poll = world.poll();
    await settled();
    expect(poll.ended).toBeUndefined();
  });

  test("a queue longer than memory holds is handed out to its end, once each", async () => {
    const world = new World();
    for (let n = 0; n < 2500; n++) await world.queue.enqueue(task(n));
    const got: string[] = [];
    for (let n = 0; n < 2500; n++) {
      const poll = world.poll();
      await poll.answer;
      got.push(poll.got?.taskToken ?? "");
      if (n === 700) for (let more = 2500; more < 2600; more++) await world.queue.enqueue(task(more));
    }
    expect(got).toEqual(Array.from({ length: 2500 }, (_, n) => `t${n}`));
    expect(world.rows.size).toBe(100);
  });
});

describe("a worker that is gone", () => {
  test.each<[string, Partial<PollingWorker>, number]>([
    ["is known to be gone", { isThere: async () => false }, 1],
    ["cannot be asked", { isThere: () => Promise.reject(new Error("context is gone")) }, 1],
    ["is found to be gone when it is to get the task", { take: async () => false }, 2],
    ["breaks while it gets the task", { take: () => Promise.reject(new Error("context is gone")) }, 2],
  ])("leaves the task to the next: it %s", async (_, worker, starts) => {
    const world = new World();
    const [gone, there] = [world.poll(worker), world.poll()];
    await world.queue.enqueue(task(1));
    expect(await there.answer).toBe("taken");
    expect(there.got?.taskToken).toBe("t1");
    expect(await gone.answer).toBe("nothing");
    expect(gone.got).toBeUndefined();
    expect(world.starts).toHaveLength(starts);
    expect(world.rows.size).toBe(0);
  });

  test("leaves the task in the queue where there is no next", async () => {
    const world = new World();
    world.poll({ take: async () => false });
    await world.queue.enqueue(task(1));
    await settled();
    const poll = world.poll();
    expect(await poll.answer).toBe("taken");
  });

  test("that never says whether it is there is given up", async () => {
    const world = new World();
    const silent = world.poll({ isThere: () => new Promise(() => undefined) });
    const there = world.poll();
    void world.queue.enqueue(task(1));
    await world.pass(10_000);
    expect([silent.ended, there.ended]).toEqual(["nothing", "taken"]);
  });

  test("and says so itself, is not asked", async () => {
    const world = new World();
    let asked = 0;
    const poll = world.poll({
      isThere: async () => {
        asked += 1;
        return true;
      },
    });
    world.queue.leave(poll.id);
    world.queue.leave("unknown");
    expect(await poll.answer).toBe("nothing");
    await world.queue.enqueue(task(1));
    expect(asked).toBe(0);
    expect(world.pendingTimers).toBe(0);
  });
});

describe("an execution", () => {
  test("that does not wait any more has its task dropped, and the worker goes on waiting", async () => {
    const world = new World();
    const poll = world.poll();
    world.onStart = async () => REFUSED;
    await world.queue.enqueue(task(1));
    expect([poll.ended, world.rows.size]).toEqual([undefined, 0]);
    world.onStart = async () => ({ ok: true, value: { input: "2" } });
    await world.queue.enqueue(task(2));
    expect(poll.got).toEqual({ taskToken: "t2", input: "2" });
  });

  test("that cannot be reached is asked again, for the same worker", async () => {
    const world = new World();
    const poll = world.poll();
    world.onStart = () => Promise.reject(new Error("reset"));
    void world.queue.enqueue(task(1));
    await settled();
    expect([world.starts.length, poll.ended]).toEqual([1, undefined]);
    world.onStart = async () => ({ ok: true, value: { input: "1" } });
    await world.pass(1000);
    expect(poll.got?.taskToken).toBe("t1");
    expect(world.defects).toHaveLength(1);
  });

  test("that is slow keeps its acknowledgement waiting for a second at most, and the poll beyond its time", async () => {
    const world = new World();
    const poll = world.poll();
    let go: (answer: Answer<StartedTask>) => void = () => undefined;
    world.onStart = () => new Promise((resolve) => (go = resolve));
    let isAcknowledged = false;
    void world.queue.enqueue(task(1)).then(() => (isAcknowledged = true));
    await settled();
    expect(isAcknowledged).toBe(false);
    await world.pass(1000);
    expect(isAcknowledged).toBe(true);
    await world.pass(60_000);
    expect(poll.ended).toBeUndefined();
    go(REFUSED);
    await settled();
    expect(poll.ended).toBe("nothing");
  });
});

test("what was being handed out when the object was lost is handed out again", async () => {
  const world = new World();
  for (const n of [1, 2]) await world.queue.enqueue(task(n));
  world.poll({ take: () => new Promise(() => undefined) });
  await settled();
  world.restart();
  const polls = [world.poll(), world.poll()];
  await Promise.all(polls.map((x) => x.answer));
  expect(polls.map((x) => x.got?.taskToken)).toEqual(["t1", "t2"]);
  expect(world.starts.map(([taskToken]) => taskToken)).toEqual(["t1", "t1", "t2"]);
});

test.each(Array.from({ length: 60 }, (_, i) => i + 1))(
  "whatever fails, each task goes to one worker that is there (seed %i)",
  async (seed) => {
    const dice = new Dice(seed);
    const world = new World();
    const polls: Poll[] = [];
    let count = 0;
    let crashes = 0;
    world.onStart = async (taskToken) => {
      if (dice.chance(0.1)) throw new Error("reset");
      return { ok: true, value: { input: taskToken } };
    };
    for (let turn = 0; turn < 200; turn++) {
      if (dice.chance(0.4)) void world.queue.enqueue(task((count += 1)));
      if (dice.chance(0.1) && count > 0) void world.queue.enqueue(task(dice.between(1, count)));
      if (dice.chance(0.5)) {
        polls.push(world.poll({ isThere: async () => dice.chance(0.8), take: async () => dice.chance(0.8) }));
      }
      if (dice.chance(0.1) && polls.length > 0) world.queue.leave(dice.of(polls).id);
      if (dice.chance(0.5)) await settled();
      if (dice.chance(0.2)) await world.pass(dice.between(0, 20_000));
      if (dice.chance(0.02)) {
        await settled();
        world.restart();
        crashes += 1;
      }
    }
    for (let i = 0; world.rows.size > 0 && i < 2000; i++) {
      polls.push(world.poll());
      await world.pass(1000);
    }
    const taken = polls.map((x) => x.got?.taskToken).filter((x) => x !== undefined);
    // One that is put into the queue again after it was taken is another task to the queue.
    expect(new Set(taken)).toEqual(new Set(Array.from({ length: count }, (_, i) => `t${i + 1}`)));
    expect(world.rows.size).toBe(0);
    expect(crashes).toBeLessThan(20);
  },
);

describe("a row that cannot be deleted", () => {
  test("leaves nobody waiting: whoever has the task has it", async () => {
    const world = new World();
    world.refusesDeletions = true;
    const poll = world.poll();
    void world.queue.enqueue(task(1));
    await settled();
    expect([poll.got?.taskToken, poll.ended]).toEqual(["t1", "taken"]);
    expect(world.defects).toEqual(["a task could not be handed out"]);
  });

  test("and whoever was to have one that is not waited for any more polls again", async () => {
    const world = new World();
    world.refusesDeletions = true;
    world.onStart = async () => REFUSED;
    const poll = world.poll();
    void world.queue.enqueue(task(1));
    await settled();
    expect([poll.got, poll.ended]).toEqual([undefined, "nothing"]);
  });
});
