/** What a driver reads off a snapshot, and what becomes of a snapshot that is not of its machine. */
import { describe, expect, test } from "vitest";
import type { State, StateMachine } from "../../src/asl/types.ts";
import { advance, newExecution } from "../../src/engine/advance.ts";
import type { ExecutionEvent } from "../../src/engine/event.ts";
import { ROOT_BRANCH, type Branch, type BranchId, type Execution } from "../../src/engine/execution.ts";
import { isCut, pendingCalls } from "../../src/engine/places.ts";
import { Turn } from "../../src/engine/turn.ts";
import { entropyOf, factsOf, INVOKE, LAMBDA, machineOf, payloadOf, start, states, type Definition } from "./words.ts";

const task: Definition = { Type: "Task", Resource: LAMBDA, End: true };
const wait: Definition = { Type: "Wait", Seconds: 5, End: true };

describe("the calls that a snapshot waits for", () => {
  const twice = states({ P: { Type: "Parallel", Branches: [states({ A: task }), states({ B: task })], End: true } });

  test("are those of the tasks without an answer", async () => {
    const run = await start(twice);
    await run.succeed("A");
    expect(pendingCalls(run.machine, run.execution).map((x) => x.stateName)).toEqual(["B"]);
  });

  test("leave out those that wait for a callback only", async () => {
    const run = await start(states({ A: { ...task, Resource: `${INVOKE}.waitForTaskToken` } }));
    expect(pendingCalls(run.machine, run.execution)).toHaveLength(1);
    await run.submit("A");
    expect(pendingCalls(run.machine, run.execution)).toEqual([]);
  });

  test("are none once the execution has ended", async () => {
    const run = await start(twice);
    await run.stop();
    expect(run.openTasks).toHaveLength(2);
    expect(pendingCalls(run.machine, run.execution)).toEqual([]);
  });
});

test("a snapshot is cut only where a branch is about to enter a state", async () => {
  const run = await start(states({ A: task }));
  expect(isCut(run.execution)).toBe(false);
  await run.succeed("A");
  expect(isCut(run.execution)).toBe(false);
});

describe("a snapshot that is not of its machine is a defect that is named", () => {
  const inParallel = states({
    P: { Type: "Parallel", Branches: [states({ W: wait }), states({ V: { ...wait, Seconds: 9 } })], End: true },
  });

  /** What the machine's first timer, or its task's answer, comes to when the machine is then the other one. */
  async function outcomeIn(before: Definition, after: Definition): Promise<unknown> {
    const run = await start(before);
    const [taskId] = run.openTasks;
    const timers = run.commands
      .filter((x) => x.type === "SetTimer")
      .map(({ timerId, branchId }) => ({ timerId, branchId: branchId! }));
    const event: ExecutionEvent =
      taskId === undefined ? { type: "TimersFired", timers } : { type: "TaskSucceeded", taskId, output: payloadOf({}) };
    return advance(machineOf(after), run.execution, event, run.now, entropyOf());
  }

  test.each<[string, Definition, Definition, string]>([
    ["a state that is gone", states({ W: wait }), states({ X: wait }), "no state W"],
    ["a task whose state is none", states({ A: task }), states({ A: { Type: "Succeed" } }), "A has no task"],
    ["a container that is none", inParallel, states({ P: { Type: "Succeed" } }), "P has no branches"],
    [
      "a container with fewer branches",
      inParallel,
      states({ P: { Type: "Parallel", Branches: [states({ W: wait })], End: true } }),
      "P has no branch 1",
    ],
  ])("%s", async (_, before, after, defect) => {
    await expect(outcomeIn(before, after)).rejects.toThrow(`Defect: ${defect}`);
  });

  test("a branch whose container has gone on without it", async () => {
    const { machine, execution, now } = await start(inParallel);
    const [root, child] = execution.branches.values();
    const { cursor } = child as Branch;
    if (cursor.kind !== "waiting") throw new Error("no timer");
    const lost: Execution = {
      ...execution,
      branches: execution.branches.set(ROOT_BRANCH, { ...(root as Branch), cursor }),
    };
    const timers = [{ timerId: cursor.timer.id, branchId: (child as Branch).id }];
    const turn = advance(machine, lost, { type: "TimersFired", timers }, now, entropyOf());
    await expect(turn).rejects.toThrow("Defect: branch 1 has no container");
  });

  test("a branch that nobody made", () => {
    const turn = new Turn(newExecution(factsOf("{}")), 0, entropyOf());
    expect(() => turn.branch(7 as BranchId)).toThrow("Defect: no branch 7");
  });
});

describe("a state that is read in the other query language is a defect, and no failure of the state", () => {
  const jsonata = (state: Definition): Definition => ({
    QueryLanguage: "JSONata",
    ...states({ A: state, B: { Type: "Succeed" } }),
  });

  /** The machine, its first state taken for one of the other language. */
  function mistaken(definition: Definition): StateMachine {
    const machine = machineOf(definition);
    const swapped = (state: State): State => ({
      ...state,
      QueryLanguage: state.QueryLanguage === "JSONata" ? "JSONPath" : "JSONata",
    });
    return { ...machine, States: new Map([...machine.States].map(([name, state]) => [name, swapped(state)])) };
  }

  test.each<[string, Definition, string]>([
    [
      "a condition that is an expression",
      jsonata({ Type: "Choice", Choices: [{ Condition: "{% true %}", Next: "B" }] }),
      "a JSONata condition is evaluated as JSONPath",
    ],
    [
      "a variable's value that is an expression",
      jsonata({ Type: "Pass", Assign: { x: "{% 1 %}" }, Next: "B" }),
      "Assign/x is evaluated as JSONPath",
    ],
    [
      "a variable's value that is a path",
      states({ A: { Type: "Pass", Assign: { "x.$": "$.a" }, Next: "B" }, B: { Type: "Succeed" } }),
      "x.$ holds no expression",
    ],
  ])("%s", async (_, definition, defect) => {
    const execution = newExecution(factsOf('{"a":1}'));
    const turn = advance(mistaken(definition), execution, { type: "ExecutionStarted" }, 0, entropyOf());
    await expect(turn).rejects.toThrow(`Defect: ${defect}`);
  });
});
