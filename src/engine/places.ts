/** Where a branch is: which machine it runs, and which state a cursor speaks of. */
import type { ContainerState, State, StateMachine, SubMachine, TaskState } from "../asl/types.ts";
import type { RedriveMapRun, ScheduleTask, StartMapRun, StopMapRun } from "./command.ts";
import type {
  Branch,
  BranchId,
  ChildBranch,
  Execution,
  JoiningCursor,
  MapRunCursor,
  TaskCursor,
  TaskId,
} from "./execution.ts";
import { demandCommand, stopCommand } from "./states/distributed-map.ts";
import { scheduleCommand } from "./visit.ts";

/** Where branches are found by their ids. */
interface Branches {
  get(id: BranchId): Branch | undefined;
}

/** The state of that name in the machine the branch runs. */
export function stateOf(machine: StateMachine, branches: Branches, branch: Branch, name: string): State {
  return stateIn(machineFor(machine, branches, branch), name);
}

export function stateIn(machine: SubMachine, name: string): State {
  const state = machine.States.get(name);
  if (state === undefined) throw new Error(`Defect: no state ${name}`);
  return state;
}

/** The whole machine, or the part that the branch's container gave it. */
function machineFor(machine: StateMachine, branches: Branches, branch: Branch): SubMachine {
  if (!isChild(branch)) return machine;
  return machineOf(containerOf(machine, branches, branch).state, branch.parent.index);
}

export function isChild(branch: Branch): branch is ChildBranch {
  return branch.parent !== undefined;
}

/** What a child runs in: the branch around it, the state in which that is, and where it stands there. */
export interface Container {
  readonly branch: Branch;
  readonly state: ContainerState;
  readonly cursor: JoiningCursor;
}

export function containerOf(machine: StateMachine, branches: Branches, { id, parent }: ChildBranch): Container {
  const branch = branches.get(parent.branch);
  if (branch?.cursor.kind !== "joining") throw new Error(`Defect: branch ${id} has no container`);
  const { cursor } = branch;
  const state = stateOf(machine, branches, branch, cursor.visit.stateName);
  if (!isContainer(state)) throw new Error(`Defect: ${state.Name} has no branches`);
  return { branch, state, cursor };
}

export function isContainer(state: State): state is ContainerState {
  return state.Type === "Parallel" || state.Type === "Map";
}

/** The machine that a child of the container runs. */
export function machineOf(state: ContainerState, index: number): SubMachine {
  const machine = state.Type === "Map" ? state.ItemProcessor : state.Branches[index];
  if (machine === undefined) throw new Error(`Defect: ${state.Name} has no branch ${index}`);
  return machine;
}

/** The state whose work the task is. */
export function taskStateOf(
  machine: StateMachine,
  branches: Branches,
  branch: Branch,
  { visit }: TaskCursor,
): TaskState {
  const state = stateOf(machine, branches, branch, visit.stateName);
  if (state.Type !== "Task") throw new Error(`Defect: ${state.Name} has no task`);
  return state;
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

/** Where a Map Run is waited for. */
export interface MapRunPlace {
  readonly branch: Branch;
  readonly cursor: MapRunCursor;
}

/** The Map Runs that the execution waits for. */
export function openMapRuns({ branches }: Execution): readonly MapRunPlace[] {
  const places: MapRunPlace[] = [];
  for (const branch of branches.values()) {
    const { cursor } = branch;
    if (cursor.kind === "mapRun") places.push({ branch, cursor });
  }
  return places;
}

/** Where that Map Run is waited for; undefined: nowhere any more. */
export function findMapRun(execution: Execution, mapRunArn: string): MapRunPlace | undefined {
  return openMapRuns(execution).find(({ cursor }) => cursor.mapRunArn === mapRunArn);
}

/** Whether a state of the execution, which runs, waits for that Map Run. */
export function awaitsMapRun(execution: Execution, mapRunArn: string): boolean {
  return execution.outcome.status === "RUNNING" && findMapRun(execution, mapRunArn) !== undefined;
}

/** What a snapshot has asked of Map Runs that have not taken it. */
export function pendingDemands(execution: Execution): readonly (StartMapRun | RedriveMapRun)[] {
  if (execution.outcome.status !== "RUNNING") return [];
  return openMapRuns(execution).flatMap(({ cursor }) =>
    cursor.asked === undefined ? [] : [demandCommand(cursor, cursor.asked)],
  );
}

/** What is to be stopped with the execution. */
export function stopDemands(execution: Execution): readonly StopMapRun[] {
  return openMapRuns(execution).map(({ cursor }) => stopCommand(cursor));
}

/** The calls that a snapshot waits for: what a driver that lost them has to make again. */
export function pendingCalls(machine: StateMachine, execution: Execution): readonly ScheduleTask[] {
  const calls: ScheduleTask[] = [];
  if (execution.outcome.status !== "RUNNING") return calls;
  for (const branch of execution.branches.values()) {
    const { cursor } = branch;
    if (cursor.kind !== "task" || cursor.submitted) continue;
    const { Resource } = taskStateOf(machine, execution.branches, branch, cursor);
    calls.push(scheduleCommand(Resource, cursor));
  }
  return calls;
}

/** The tasks that wait in an activity's queue, or are on their way to it. */
export function queuedTasks(machine: StateMachine, execution: Execution): readonly ScheduleTask[] {
  const tasks: ScheduleTask[] = [];
  for (const branch of execution.branches.values()) {
    const { cursor } = branch;
    if (cursor.kind !== "task" || cursor.started) continue;
    const { Resource } = taskStateOf(machine, execution.branches, branch, cursor);
    if (Resource.kind === "activity") tasks.push(scheduleCommand(Resource, cursor));
  }
  return tasks;
}

/** Whether the snapshot lies between the parts of a turn that was cut. */
export function isCut({ outcome, branches }: Execution): boolean {
  if (outcome.status !== "RUNNING") return false;
  for (const branch of branches.values()) if (branch.cursor.kind === "ready") return true;
  return false;
}
