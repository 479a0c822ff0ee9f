/**
 * The interpreter: an event comes in, the next snapshot, the new history and the commands go out.
 *
 * A1. Pure: time and randomness come with the event; nothing is performed here.
 * A2. Every branch runs until it waits or ends. A worklist, no recursion: a loop of Choice states cannot grow the stack.
 *     A turn whose history has grown large is cut: what is ready goes on in a turn of its own.
 * A3. An event whose id no cursor holds changes nothing.
 */
import type { StateFailure } from "../asl/error-names.ts";
import type { MapState, State, StateMachine } from "../asl/types.ts";
import { attempt, recover } from "./attempt.ts";
import { BranchTable } from "./branch-table.ts";
import type { DueTimer, ExecutionEvent } from "./event.ts";
import {
  ROOT_BRANCH,
  type Branch,
  type BranchId,
  type ChildBranch,
  type Execution,
  type ExecutionFacts,
  type Visit,
} from "./execution.ts";
import { branchOfTask, containerOf, findMapRun, findOpenTask, isChild, stateOf, taskStateOf } from "./places.ts";
import type { PromiseOrValue } from "./promise-or-value.ts";
import { redrive } from "./redrive.ts";
import { settleChild, startMap, startParallel } from "./states/container.ts";
import { acceptMapRun, endMapRun, startMapRun } from "./states/distributed-map.ts";
import { leaveWait, runChoice, runFail, runPass, runSucceed, runWait } from "./states/simple.ts";
import {
  extendHeartbeat,
  failTask,
  leaveTask,
  scheduleTask,
  startTask,
  submitTask,
  succeedTask,
  timeOutTask,
} from "./states/task.ts";
import { isSettled, stopped } from "./stopped.ts";
import { failureDetails, Turn, type BranchResult, type TurnEntropy, type TurnResult, type Work } from "./turn.ts";
import { enterState, NOT_TRUNCATED } from "./visit.ts";

export type { TurnResult };

/** The snapshot of an execution that has not begun. */
export function newExecution(facts: ExecutionFacts): Execution {
  return {
    facts,
    outcome: { status: "RUNNING" },
    nextEventId: 1,
    nextBranchId: 1,
    nextTimerId: 1,
    nextTaskNumber: 1,
    lastTurnAt: facts.startedAt,
    branches: BranchTable.empty<Branch>(),
  };
}

/**
 * One turn. Asynchronous only because an expression may be; it settles in microtasks alone.
 * @param at epoch milliseconds; a moment before the last turn counts as that of the last turn
 */
export async function advance(
  machine: StateMachine,
  execution: Execution,
  event: ExecutionEvent,
  at: number,
  entropy: TurnEntropy,
): Promise<TurnResult> {
  const turn = new Turn(execution, at, entropy);
  if (event.type === "ExecutionRedriven") await redrive(turn, machine);
  else if (turn.isRunning) await receive(turn, machine, event);
  let isCut = false;
  for (let work = turn.takeWork(); work !== undefined && turn.isRunning; work = turn.takeWork()) {
    // The branch stays ready: the next turn lets it enter its state.
    if (turn.isLong && work.kind === "enter") isCut = true;
    else {
      const done = perform(turn, machine, work);
      if (done instanceof Promise) await done;
    }
    if (turn.isFull && turn.isRunning) failFull(turn);
  }
  if (isCut && turn.isRunning) turn.commands.push({ type: "ContinueTurn" });
  if (turn.isFull && turn.isRunning) failFull(turn);
  return turn.result();
}

function failFull(turn: Turn): void {
  const cause = `The execution reached the maximum number of history events (${turn.lastEventId}).`;
  turn.fail({ error: "States.Runtime", cause }, turn.lastEventId - 1);
}

type RunningEvent = Exclude<ExecutionEvent, { type: "ExecutionRedriven" }>;

async function receive(turn: Turn, machine: StateMachine, event: RunningEvent): Promise<void> {
  switch (event.type) {
    case "ExecutionStarted":
      start(turn, machine);
      return;
    case "TimersFired":
      for (const timer of event.timers) if (turn.isRunning) await fire(turn, machine, timer);
      return;
    case "TurnContinued":
      for (const { id, cursor } of turn.before.branches.values()) if (cursor.kind === "ready") turn.enter(id, cursor);
      return;
    case "ExecutionStopped":
      recordEnd(turn, "Aborted", event.failure);
      turn.end({ status: "ABORTED", stoppedAt: turn.at, failure: event.failure });
      return;
    case "ExecutionExpired":
      timeOut(turn);
      return;
    case "TaskStarted":
    case "TaskSubmitted":
    case "TaskSucceeded":
    case "TaskFailed":
    case "TaskHeartbeatReceived":
      await receiveForTask(turn, machine, event);
      return;
    case "MapRunAccepted":
    case "MapRunEnded":
      await receiveForMapRun(turn, machine, event);
  }
}

function start(turn: Turn, machine: StateMachine): void {
  if (turn.before.nextEventId !== 1) return;
  const { input, roleArn } = turn.before.facts;
  const details = { input: input.text, inputDetails: NOT_TRUNCATED, roleArn };
  const startedId = turn.record("ExecutionStarted", 0, ["executionStartedEventDetails", details]);
  if (machine.TimeoutSeconds !== undefined) turn.setTimeout(turn.at + machine.TimeoutSeconds * 1000);
  turn.publishStatus();
  const cursor = { kind: "ready", stateName: machine.StartAt, input } as const;
  turn.setBranch({ id: ROOT_BRANCH, lastEventId: startedId, variables: {}, cursor });
  turn.moveTo(ROOT_BRANCH, machine.StartAt, input);
}

function timeOut(turn: Turn): void {
  const failure = { error: "States.Timeout" };
  recordEnd(turn, "TimedOut", failure);
  turn.end({ status: "TIMED_OUT", stoppedAt: turn.at, failure });
}

async function fire(turn: Turn, machine: StateMachine, timer: DueTimer): Promise<void> {
  if (timer.branchId === undefined) {
    if (turn.timeout?.id === timer.timerId) timeOut(turn);
    return;
  }
  const branch = turn.find(timer.branchId);
  if (branch === undefined) return;
  const { cursor } = branch;
  if (!("timer" in cursor) && cursor.kind !== "task") return;
  const state = stateFor(turn, machine, branch, cursor.visit.stateName);
  if (cursor.kind === "waiting" && cursor.timer.id === timer.timerId && state.Type === "Wait") {
    await attempt(turn, branch.id, state, cursor.visit, () => leaveWait(turn, branch.id, state, cursor.visit));
  } else if (cursor.kind === "retrying" && cursor.timer.id === timer.timerId) {
    await run(turn, branch.id, state, cursor.visit);
  } else if (cursor.kind === "task" && state.Type === "Task" && cursor.closed === undefined) {
    if (cursor.timeout?.id === timer.timerId || cursor.heartbeat?.id === timer.timerId) {
      timeOutTask(turn, branch.id, state, cursor, timer.timerId);
    }
  }
}

/** The end that comes from outside of all branches. */
function recordEnd(turn: Turn, end: "Aborted" | "TimedOut", failure: StateFailure): void {
  turn.record(`Execution${end}`, 0, [`execution${end}EventDetails`, failureDetails(failure)], undefined, true);
}

type TaskEvent = Extract<ExecutionEvent, { taskId: unknown }>;

async function receiveForTask(turn: Turn, machine: StateMachine, event: TaskEvent): Promise<void> {
  const cursor = findOpenTask(turn.branches, event.taskId);
  if (cursor === undefined) return;
  const branchId = branchOfTask(event.taskId);
  const state = taskStateOf(machine, turn.branches, turn.branch(branchId), cursor);
  switch (event.type) {
    case "TaskStarted":
      startTask(turn, branchId, state, cursor, event.workerName);
      return;
    case "TaskSubmitted":
      submitTask(turn, branchId, state, cursor, event.output);
      return;
    case "TaskFailed":
      failTask(turn, branchId, state, cursor, event.failure);
      return;
    case "TaskHeartbeatReceived":
      extendHeartbeat(turn, branchId, cursor);
      return;
    case "TaskSucceeded":
      succeedTask(turn, branchId, state, cursor, event.output);
      if (event.output.exceeds(turn.maxPayloadBytes)) return;
      await attempt(turn, branchId, state, cursor.visit, () =>
        leaveTask(turn, branchId, state, cursor.visit, event.output),
      );
  }
}

type MapRunEvent = Extract<ExecutionEvent, { mapRunArn: unknown }>;

async function receiveForMapRun(turn: Turn, machine: StateMachine, event: MapRunEvent): Promise<void> {
  const place = findMapRun(turn.before, event.mapRunArn);
  if (place === undefined) return;
  const { branch, cursor } = place;
  const state = stateFor(turn, machine, branch, cursor.visit.stateName) as MapState;
  if (event.redriveCount !== cursor.redriveCount) return;
  if (event.type === "MapRunAccepted") acceptMapRun(turn, branch.id, cursor);
  else {
    await attempt(turn, branch.id, state, cursor.visit, () => endMapRun(turn, branch.id, state, cursor, event.result));
  }
}

function perform(turn: Turn, machine: StateMachine, work: Work): PromiseOrValue<void> {
  const branch = turn.find(work.branchId);
  if (branch === undefined) return;
  switch (work.kind) {
    case "enter": {
      // Stopped meanwhile.
      if (branch.cursor !== work.cursor) return;
      const { stateName, input, visit: earlier } = work.cursor;
      const state = stateFor(turn, machine, branch, stateName);
      if (earlier !== undefined && state.Type !== "Fail") return run(turn, branch.id, state, earlier);
      const visit = enterState(turn, branch.id, state, input);
      return turn.isFull ? undefined : run(turn, branch.id, state, visit);
    }
    case "recover":
      if (branch.cursor.kind !== "task") return;
      return recover(turn, branch.id, work.state, work.visit, work.failure);
    case "settle":
      // Stopped meanwhile, or its container was.
      if (isSettled(branch.cursor) || (isChild(branch) && !isJoining(turn.find(branch.parent.branch)))) return;
      return isChild(branch)
        ? settleInContainer(turn, machine, branch, work.result)
        : settleRoot(turn, branch, work.result);
  }
}

async function settleInContainer(
  turn: Turn,
  machine: StateMachine,
  child: ChildBranch,
  result: BranchResult,
): Promise<void> {
  const container = containerOf(machine, turn.branches, child);
  const { id } = container.branch;
  const { state, cursor } = container;
  let verdict: StateFailure | undefined;
  await attempt(turn, id, state, cursor.visit, async () => {
    verdict = await settleChild(turn, child, container, result);
  });
  if (verdict !== undefined) await recover(turn, id, state, cursor.visit, verdict);
}

function isJoining(branch: Branch | undefined): boolean {
  return branch?.cursor.kind === "joining";
}

function settleRoot(turn: Turn, { id, lastEventId, cursor }: Branch, result: BranchResult): void {
  if (cursor.kind === "stopped") turn.setCursor(id, stopped(cursor));
  if ("failure" in result) turn.fail(result.failure, lastEventId);
  else if (!turn.isFull) {
    const details = { output: result.output.text, outputDetails: NOT_TRUNCATED };
    turn.record("ExecutionSucceeded", lastEventId, ["executionSucceededEventDetails", details]);
    turn.end({ status: "SUCCEEDED", stoppedAt: turn.at, output: result.output });
  }
}

/** Runs a state, for the first time in this visit or again after a retry's delay. */
function run(turn: Turn, branchId: BranchId, state: State, visit: Visit): PromiseOrValue<void> {
  return attempt(turn, branchId, state, visit, () => runState(turn, branchId, state, visit));
}

function runState(turn: Turn, branchId: BranchId, state: State, visit: Visit): PromiseOrValue<void> {
  switch (state.Type) {
    case "Pass":
      return runPass(turn, branchId, state, visit);
    case "Choice":
      return runChoice(turn, branchId, state, visit);
    case "Wait":
      return runWait(turn, branchId, state, visit);
    case "Succeed":
      return runSucceed(turn, branchId, state, visit);
    case "Fail":
      return runFail(turn, branchId, state, visit);
    case "Task":
      return scheduleTask(turn, branchId, state, visit);
    case "Parallel":
      return startParallel(turn, branchId, state, visit);
    case "Map":
      return state.ExecutionType === undefined
        ? startMap(turn, branchId, state, visit)
        : startMapRun(turn, branchId, state, visit);
  }
}

function stateFor(turn: Turn, machine: StateMachine, branch: Branch, name: string): State {
  return stateOf(machine, turn.branches, branch, name);
}
