/** An execution as spans: of states, of tasks' attempts, of what a redrive runs once more. */
import { describe, expect, test } from "vitest";
import { answerEvent } from "../../src/runtime/tasks/answer-event.ts";
import { runExpress } from "../../src/runtime/express-run.ts";
import type { ObservedTurn } from "../../src/runtime/observe/observed-turn.ts";
import { failed, type TaskAnswer } from "../../src/runtime/tasks/task-call.ts";
import { requestOf, succeeded, World } from "../express/words.ts";
import { spansOf, type Span } from "../../src/runtime/observe/spans.ts";
import { attemptSpanId, executionSpanId, traceOf } from "../../src/runtime/observe/trace-context.ts";
import { Dice, makeMachine } from "../engine/simulated-machine.ts";
import { ACTIVITY, INVOKE, LAMBDA, machineOf, START, states, type Definition } from "../engine/words.ts";
import { liveThrough, ObservedRun, observedStart, TRACED } from "./words.ts";

const trace = traceOf(TRACED)!;

function spans(run: ObservedRun): readonly Span[] {
  return run.turns.flatMap((turn) => spansOf(turn, TRACED, trace));
}

/** Such as `A < m: left`. */
function lines(run: ObservedRun): readonly string[] {
  const all = spans(run);
  const nameOf = (id: string | undefined): string => all.find(({ spanId }) => spanId === id)?.name ?? "nothing";
  return all.map(({ name, parentSpanId, ending }) => {
    const how = typeof ending === "string" ? ending : `failed ${ending.error ?? ""}`;
    return `${name} < ${nameOf(parentSpanId)}: ${how}`;
  });
}

const task = (more: Definition = {}): Definition => ({ Type: "Task", Resource: LAMBDA, End: true, ...more });

test("a state that is left is a span below the execution's, which ends last", async () => {
  const run = await observedStart(
    states({ A: { Type: "Pass", Next: "B" }, B: { Type: "Wait", Seconds: 7, End: true } }),
  );
  await run.wait(7);
  expect(lines(run)).toEqual(["A < m: left", "B < m: left", "m < nothing: left"]);
  expect(spans(run).map(({ from, to }) => [from - START, to - START])).toEqual([
    [0, 0],
    [0, 7000],
    [0, 7000],
  ]);
  expect(spans(run)[2]).toMatchObject({
    traceId: trace.traceId,
    kind: "server",
    attributes: { "stepflare.execution.status": "SUCCEEDED", "stepflare.execution.redrive_count": 0 },
  });
});

test("each attempt of a task is a span of its own, with its own failure and its own time", async () => {
  const Retry = [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 3, MaxAttempts: 1 }];
  const run = await observedStart(states({ T: task({ Resource: INVOKE, Parameters: {}, Retry }) }));
  const first = run.open("T").taskId;
  run.now += 500;
  await run.fail("T", "Boom", "why");
  await run.wait(3);
  const second = run.open("T").taskId;
  run.now += 100;
  await run.succeed("T");
  const all = spans(run);
  expect(lines(run)).toEqual([
    "lambda:invoke < T: failed Boom",
    "lambda:invoke < T: left",
    "T < m: left",
    "m < nothing: left",
  ]);
  expect(all.slice(0, 2).map(({ from, to }) => [from - START, to - START])).toEqual([
    [0, 500],
    [3500, 3600],
  ]);
  expect(all[0]?.ending).toEqual({ error: "Boom", cause: "why" });
  expect(all.slice(0, 2).map(({ spanId }) => spanId)).toEqual([
    attemptSpanId(TRACED, first),
    attemptSpanId(TRACED, second),
  ]);
  expect(all.map((x) => x.attributes["stepflare.task.retry_count"])).toEqual([0, 1, undefined, undefined]);
});

test("a state that fails for good has its failure, and so has each around it", async () => {
  const inner = states({ Bad: { Type: "Fail", Error: "E", Cause: "C" } });
  const run = await observedStart(
    states({ P: { Type: "Parallel", Branches: [states({ T: task() }), inner], End: true } }),
  );
  expect(lines(run)).toEqual([
    "work < T: stopped",
    "T < P: stopped",
    "Bad < P: failed E",
    "P < m: failed E",
    "m < nothing: failed E",
  ]);
});

test("a failure that is tolerated ends its state alone", async () => {
  const ItemProcessor = states({
    C: { Type: "Choice", Choices: [{ Variable: "$", IsNull: true, Next: "F" }], Default: "S" },
    F: { Type: "Fail", Error: "No" },
    S: { Type: "Succeed" },
  });
  const run = await observedStart(states({ M: { Type: "Map", ItemProcessor, ToleratedFailureCount: 1, End: true } }), [
    null,
    1,
  ]);
  expect(lines(run).toSorted()).toEqual(
    ["C < M: left", "C < M: left", "F < M: failed No", "S < M: left", "M < m: left", "m < nothing: left"].toSorted(),
  );
  expect(
    spans(run)
      .filter((x) => x.name === "C")
      .map((x) => x.attributes["stepflare.branch.index"]),
  ).toEqual([0, 1]);
});

test("what is open when somebody stops the execution is stopped with it", async () => {
  const branches = [
    states({ W: { Type: "Wait", Seconds: 9, End: true } }),
    states({ T: task({ Resource: ACTIVITY }) }),
  ];
  const run = await observedStart(states({ P: { Type: "Parallel", Branches: branches, End: true } }));
  run.now += 10;
  await run.stop({ error: "Enough", cause: "said so" });
  expect(lines(run).toSorted()).toEqual(
    [
      "W < P: stopped",
      "hands < T: stopped",
      "T < P: stopped",
      "P < m: stopped",
      "m < nothing: failed Enough",
    ].toSorted(),
  );
});

describe("a redrive", () => {
  test("is one more span of the execution; what runs again begins anew in it, what succeeded does not", async () => {
    const branches = [states({ T: task() }), states({ U: task() })];
    const run = await observedStart(
      states({ P: { Type: "Parallel", Branches: branches, Next: "Z" }, Z: { Type: "Pass", End: true } }),
    );
    await run.succeed("U");
    await run.fail("T", "Boom");
    const before = spans(run).length;
    run.now += 5000;
    await run.redrive();
    await run.succeed("T");
    const after = spans(run).slice(before);
    expect(after.map((x) => x.name)).toEqual(["work", "T", "P", "Z", "m"]);
    expect(after.map((x) => x.from - START)).toEqual([5000, 5000, 5000, 5000, 5000]);
    expect(after[4]?.spanId).toBe(executionSpanId(TRACED, 1));
    expect(after[1]?.parentSpanId).toBe(after[2]?.spanId);
    expect(after[2]?.parentSpanId).toBe(after[4]?.spanId);
  });
});

test("machines of chance: every entered state and every attempt is one span, within the span that it lies below", async () => {
  let redrives = 0;
  for (let seed = 1; seed <= 400; seed++) {
    const dice = new Dice(seed);
    const { definition, input } = makeMachine(dice);
    const run = new ObservedRun(machineOf(definition), input);
    await run.receive({ type: "ExecutionStarted" });
    await liveThrough(run, dice);
    for (let n = 0; n < 2 && run.status !== "SUCCEEDED"; n++) {
      redrives += 1;
      run.now += 1000;
      await run.redrive();
      await liveThrough(run, dice);
    }
    const all = spans(run);
    const byId = new Map(all.map((span) => [span.spanId, span]));
    expect(byId.size, `seed ${seed}: ids`).toBe(all.length);
    for (const { name, from, to, parentSpanId, kind } of all) {
      expect(from, `seed ${seed}: ${name}`).toBeLessThanOrEqual(to);
      const parent = byId.get(parentSpanId ?? "");
      if (kind === "server") continue;
      if (parent === undefined) throw new Error(`seed ${seed}: ${name} has no parent`);
      expect(parent.from <= from && to <= parent.to, `seed ${seed}: ${name} in ${parent.name}`).toBe(true);
    }
    const entered = run.events.filter((x) => x.type.endsWith("StateEntered")).map((x) => x.id);
    const shown = new Set(all.map((x) => x.attributes["stepflare.state.entered_event_id"]));
    expect([...shown].filter((x) => x !== undefined).toSorted(byNumber), `seed ${seed}: states`).toEqual(entered);
    const scheduled = run.events.filter((x) => x.type.endsWith("Scheduled")).length;
    expect(all.filter((x) => x.kind === "client").length, `seed ${seed}: attempts`).toBe(scheduled);
    const count = (pattern: RegExp): number => run.events.filter((x) => pattern.test(x.type)).length;
    const well = (kind: Span["kind"]): number => all.filter((x) => x.kind === kind && x.ending === "left").length;
    expect(well("internal"), `seed ${seed}: left`).toBe(count(/StateExited$/u));
    expect(well("client"), `seed ${seed}: answered`).toBe(count(/^(?:Task|LambdaFunction|Activity)Succeeded$/u));
    expect(well("server"), `seed ${seed}: succeeded`).toBe(count(/^ExecutionSucceeded$/u));
    const ends = run.events.filter((x) => /^Execution(?:Succeeded|Failed|Aborted|TimedOut)$/u.test(x.type)).length;
    expect(all.filter((x) => x.kind === "server").length, `seed ${seed}: ends`).toBe(ends);
  }
  expect(redrives).toBeGreaterThan(100);
});

test("an Express execution has the spans of a Standard one", async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const made = makeMachine(new Dice(seed));
    const definition = { ...made.definition, TimeoutSeconds: 200 };
    const world = new World();
    world.answer = async (call) => answerOf(call);
    const turns: ObservedTurn[] = [];
    const host = { ...world.host, record: (turn: ObservedTurn) => turns.push(turn) };
    await world.untilSettled(runExpress(host, requestOf(definition, JSON.parse(made.input))));
    const standard = await inOrder(definition, made.input);
    const shape = (heard: readonly ObservedTurn[]): readonly string[] =>
      heard
        .flatMap((turn) => spansOf(turn, TRACED, trace))
        .map(({ spanId, parentSpanId, from, to, ending }) => JSON.stringify([spanId, parentSpanId, from, to, ending]))
        .toSorted();
    expect(shape(turns), `seed ${seed}`).toEqual(shape(standard.turns));
  }
});

/** Always the same for the same attempt. */
function answerOf({ stateName, retryCount }: { readonly stateName: string; readonly retryCount: number }): TaskAnswer {
  const n = stateName.length + stateName.charCodeAt(stateName.length - 1) + retryCount * 7;
  return n % 3 === 0 ? failed("Boom", "It broke.") : succeeded({ items: [n, n + 1], n, text: stateName });
}

/** Tasks are answered in the order in which they were asked for. */
async function inOrder(definition: Definition, input: string): Promise<ObservedRun> {
  const run = await observedStart(definition, JSON.parse(input));
  const asked = new Set<string>();
  while (run.status === "RUNNING") {
    const due = run.dueTimers;
    const call = run.commands.find((x) => x.type === "ScheduleTask" && !asked.has(x.taskId));
    if (due.length > 0) await run.receive({ type: "TimersFired", timers: due });
    else if (call?.type === "ScheduleTask") {
      asked.add(call.taskId);
      await run.receive(answerEvent(call.taskId, answerOf(call)));
    } else await run.wait(((run.nextTimer ?? Number.NaN) - run.now) / 1000);
  }
  return run;
}

const byNumber = (a: unknown, b: unknown): number => Number(a) - Number(b);
