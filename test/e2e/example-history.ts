/**
 * An execution's history as the examples write it down: a line for each event, its type and what it is about.
 *
 * Branches of a Parallel and iterations of a Map run at the same time, so their events are told apart by what came before them.
 * Those that went the same way are told once, with how many times.
 */
import type { HistoryEvent } from "@aws-sdk/client-sfn";

export type Told = string | { readonly times: number; readonly events: readonly Told[] };

/** What happens in one place: in the machine itself, in a branch or in an iteration. */
interface Lane {
  readonly told: (string | Lane[])[];
  /** Undefined: the machine itself. */
  readonly outer: Lane | undefined;
  /** The state it is in. */
  state?: string | undefined;
  /** The lanes of the Parallel or Map it is in. */
  inner?: Lane[] | undefined;
}

const BEGINS = /^(?:Parallel|Map)StateStarted$/u;
const ENDS = /^(?:Parallel|Map)State(?:Succeeded|Failed|Aborted)$/u;

/** @param events all of an execution */
export function toldHistory(events: readonly HistoryEvent[]): readonly Told[] {
  const root: Lane = { told: [], outer: undefined };
  const lanes = new Map<number, Lane>();
  const types = new Map<number, string>();
  for (const event of events) {
    const { id = 0, previousEventId = 0 } = event;
    const type: string = event.type ?? "";
    const before = lanes.get(previousEventId) ?? root;
    const lane = laneOf(event, before, BEGINS.test(types.get(previousEventId) ?? ""));
    lanes.set(id, lane);
    types.set(id, type);
    lane.told.push(lineOf(event));
    if (type.endsWith("StateEntered")) lane.state = event.stateEnteredEventDetails?.name;
    if (ENDS.test(type)) lane.inner = undefined;
    if (BEGINS.test(type)) lane.told.push((lane.inner = []));
  }
  return told(root);
}

/** @param before the lane of the event before, which may be that of a branch or an iteration that has ended */
function laneOf(event: HistoryEvent, before: Lane, begins: boolean): Lane {
  const exited = event.stateExitedEventDetails;
  const type: string = event.type ?? "";
  if (exited !== undefined) return outwards(before, ({ state }) => state === exited.name);
  if (ENDS.test(type)) return outwards(before, ({ inner }) => inner !== undefined);
  if (type !== "MapIterationStarted" && !(begins && type.endsWith("StateEntered"))) return before;
  const outer = outwards(before, ({ inner }) => inner !== undefined);
  const lane: Lane = { told: [], outer };
  outer.inner?.push(lane);
  return lane;
}

function outwards(from: Lane, isIt: (lane: Lane) => boolean): Lane {
  for (let lane: Lane | undefined = from; lane !== undefined; lane = lane.outer) if (isIt(lane)) return lane;
  throw new Error("Such a place is not open");
}

function told({ told: lines }: Lane): readonly Told[] {
  return lines.flatMap((line): readonly Told[] => {
    if (typeof line === "string") return [line];
    const groups = Map.groupBy(line.map(told), (events) => JSON.stringify(events));
    return [...groups.values()].map((group) => ({ times: group.length, events: group[0] ?? [] }));
  });
}

/** The type, and of its details the state, the number of items, the resource and the error. */
function lineOf(event: HistoryEvent): string {
  const about =
    event.stateEnteredEventDetails?.name ??
    event.stateExitedEventDetails?.name ??
    event.mapStateStartedEventDetails?.length ??
    resourceOf(event) ??
    errorOf(event) ??
    event.activityStartedEventDetails?.workerName;
  return about === undefined ? `${event.type}` : `${event.type} ${about}`;
}

function resourceOf(event: HistoryEvent): string | undefined {
  const scheduled = event.taskScheduledEventDetails;
  if (scheduled !== undefined) return `${scheduled.resourceType}:${scheduled.resource}`;
  const { resource } = event.lambdaFunctionScheduledEventDetails ?? event.activityScheduledEventDetails ?? {};
  return resource?.split(":").at(-1);
}

function errorOf(event: HistoryEvent): string | undefined {
  const details = [
    event.taskFailedEventDetails,
    event.taskSubmitFailedEventDetails,
    event.taskTimedOutEventDetails,
    event.lambdaFunctionFailedEventDetails,
    event.lambdaFunctionTimedOutEventDetails,
    event.activityFailedEventDetails,
    event.activityTimedOutEventDetails,
    event.executionFailedEventDetails,
    event.mapRunFailedEventDetails,
    event.evaluationFailedEventDetails,
  ].find((each) => each !== undefined);
  return details?.error;
}
