/**
 * Values that are likely to outgrow the payload quota, which fails the execution for good.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
import { warningAt, type Diagnostic } from "../diagnostic.ts";
import { utf8Size, type Json } from "../json.ts";
import type { MapState, State, SubMachine, TaskState } from "../types.ts";
import { everyState } from "./walk.ts";

const QUOTA_BYTES = 262_144;
/** Actions that answer with a whole object or a whole page of records. */
const LARGE_ANSWERS = new Set(["aws-sdk:s3:getObject", "athena:getQueryResults", "aws-sdk:athena:getQueryResults"]);

export function warnOfPayloads(machine: SubMachine, maxBytes: number = QUOTA_BYTES): readonly Diagnostic[] {
  return everyState(machine).flatMap(({ state, location }) => {
    const message = reasonOf(state, maxBytes);
    return message === undefined ? [] : [warningAt(location, message, "PAYLOAD_MAY_EXCEED_QUOTA")];
  });
}

function reasonOf(state: State, maxBytes: number): string | undefined {
  if (state.Type === "Pass" && state.Result !== undefined && sizeOf(state.Result) > maxBytes) {
    return `Result has ${sizeOf(state.Result)} bytes, the quota is ${maxBytes}`;
  }
  if (state.Type === "Task" && keepsWholeAnswer(state)) {
    return "The whole answer becomes the state's output: choose what you need with ResultSelector, ResultPath or Output";
  }
  if (state.Type === "Map" && collectsEverything(state)) {
    return "The results of all child executions become the state's output: write them with ResultWriter, or discard them";
  }
  return undefined;
}

function keepsWholeAnswer(state: TaskState): boolean {
  const { Resource } = state;
  if (Resource.kind !== "service" || !LARGE_ANSWERS.has(`${Resource.resourceType}:${Resource.action}`)) return false;
  return state.ResultSelector === undefined && state.ResultPath !== null && state.Output === undefined;
}

function collectsEverything(state: MapState): boolean {
  if (state.ExecutionType === undefined || state.ResultWriter?.Resource !== undefined) return false;
  return state.Output === undefined && state.ResultPath !== null && state.ResultSelector === undefined;
}

function sizeOf(value: Json): number {
  return utf8Size(JSON.stringify(value));
}
