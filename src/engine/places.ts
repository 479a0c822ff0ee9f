/** Where a branch is: which machine it runs, and which state a cursor speaks of. */
import type { State, StateMachine, SubMachine } from "../asl/types.ts";
import type { ScheduleTask } from "./command.ts";
import type { Branch, BranchId, Execution, TaskCursor, TaskId } from "./execution.ts";
import { isContainer, machineOf } from "./states/container.ts";
import { scheduleCommand } from "./visit.ts";

/** Where branches are found by their ids. */
interface Branches {
  get(id: BranchId): Branch | undefined;
}

/** The state of that name in the machine the branch runs. */
export function stateOf(machine: StateMachine, branches: Branches, branch: Branch, name: string): State {
  const state = machineFor(machine, branches, branch).States.get(name);
  if (state === undefined) throw new Error(`Defect: no state ${name}`);
  return state;
}

/** The whole machine, or the part that the branch's container gave it. */
function machineFor(machine: StateMachine, branches: Branches, branch: Branch): SubMachine {
  if (branch.parent === undefined) return machine;
  const parent = branches.get(branch.parent.branch);
  if (parent?.cursor.kind !== "joining") throw new Error(`Defect: branch ${branch.id} has no container`);
  const state = stateOf(machine, branches, parent, parent.cursor.visit.stateName);
  if (!isContainer(state)) throw new Error(`Defect: ${state.Name} has no branches`);
  return machineOf(state, branch.parent.index);
}

/** The branch a task belongs to; its id says it. */
export function branchOfTask(taskId: TaskId): BranchId {
  return Number.parseInt(taskId, 10) as BranchId;
}

/** The task, while it waits for its answer; undefined for one that has it, and for another attempt's. */
export function findOpenTask(branches: Branches, taskId: TaskId): TaskCursor | undefined {
  const cursor = branches.get(branchOfTask(taskId))?.cursor;
  return cursor?.kind === "task" && cursor.taskId === taskId && cursor.closed === undefined ? cursor : undefined;
}

/** The calls that a snapshot waits for: what a driver that lost them has to make again. */
export function pendingCalls(machine: StateMachine, execution: Execution): readonly ScheduleTask[] {
  const calls: ScheduleTask[] = [];
  if (execution.outcome.status !== "RUNNING") return calls;
  for (const branch of execution.branches.values()) {
    const { cursor } = branch;
    if (cursor.kind !== "task" || cursor.submitted) continue;
    const state = stateOf(machine, execution.branches, branch, cursor.visit.stateName);
    if (state.Type === "Task") calls.push(scheduleCommand(state.Resource, cursor));
  }
  return calls;
}

/** Whether the snapshot lies between the parts of a turn that was cut. */
export function isCut({ outcome, branches }: Execution): boolean {
  if (outcome.status !== "RUNNING") return false;
  for (const branch of branches.values()) if (branch.cursor.kind === "ready") return true;
  return false;
}
