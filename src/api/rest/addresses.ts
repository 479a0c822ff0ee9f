/**
 * Names in URLs. Where a URL names a thing, its name will do; its whole ARN will as well.
 * An execution's name is `{state machine}:{name}`: neither of the two can hold a colon.
 */
import type { JsonObject } from "../../asl/json.ts";
import { activityArn, qualifiedArn, stateMachineArn, type ArnConfig } from "../../runtime/arn.ts";
import type { PathValues } from "./route.ts";

/** What the parameters in the routes' paths mean. */
export const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  stateMachine: "A state machine's name or ARN",
  version: "The number of a version",
  alias: "The name of an alias",
  execution: "`{state machine}:{name}`, or an execution's ARN",
  mapRun: "A Map run's ARN",
  activity: "An activity's name or ARN",
  function: "A function's name",
  keyId: "A key's id",
  bucket: "A bucket's name",
  key: "An object's key; slashes stand for themselves or are percent-encoded",
  subscription: "A subscription's name",
  schedule: "A schedule's name",
  table: "A table's name",
  approval: "An approval's id",
  rule: "A rule's name",
  hook: "The name of a webhook that comes in",
};

const isArn = (text: string): boolean => text.startsWith("arn:");

export function machineArn(config: ArnConfig, text = ""): string {
  return isArn(text) ? text : stateMachineArn(config, text);
}

/** Of `{state machine}:{name}`; with an id besides it is an Express execution. */
export function executionArnOf(config: ArnConfig, text = ""): string {
  if (isArn(text)) return text;
  const kind = text.split(":").length > 2 ? "express" : "execution";
  return `${stateMachineArn(config, "").replace(/:stateMachine:$/u, "")}:${kind}:${text}`;
}

export function activityArnOf(config: ArnConfig, text = ""): string {
  return isArn(text) ? text : activityArn(config, text);
}

/** What stands behind the resource's type in an ARN, as a piece of a URL. */
export function pathOf(base: string, arn: string): string {
  return `/api/${base}/${encodeURIComponent(arn.split(":").slice(6).join(":"))}`;
}

/** The members of an input that a path gives, and how. */
export interface Address {
  readonly given: readonly string[];
  readonly give: (path: PathValues, config: ArnConfig) => JsonObject;
}

export const NOTHING: Address = { given: [], give: () => ({}) };

export const STATE_MACHINE_ADDRESS: Address = {
  given: ["stateMachineArn"],
  give: (path, config) => ({ stateMachineArn: machineArn(config, path["stateMachine"]) }),
};

/** A version or an alias in the given member. */
export function qualifiedAddress(member: string, qualifier: "version" | "alias"): Address {
  return {
    given: [member],
    give: (path, config) => ({
      [member]: qualifiedArn(machineArn(config, path["stateMachine"]), path[qualifier] ?? ""),
    }),
  };
}

export const EXECUTION_ADDRESS: Address = {
  given: ["executionArn"],
  give: (path, config) => ({ executionArn: executionArnOf(config, path["execution"]) }),
};

export const ACTIVITY_ADDRESS: Address = {
  given: ["activityArn"],
  give: (path, config) => ({ activityArn: activityArnOf(config, path["activity"]) }),
};

export const MAP_RUN_ADDRESS: Address = {
  given: ["mapRunArn"],
  give: (path) => ({ mapRunArn: path["mapRun"] ?? "" }),
};

/** Tags are of a state machine or of an activity. */
export function taggedAddress(kind: "stateMachine" | "activity"): Address {
  return {
    given: ["resourceArn"],
    give: (path, config) => ({
      resourceArn:
        kind === "activity" ? activityArnOf(config, path["activity"]) : machineArn(config, path["stateMachine"]),
    }),
  };
}
