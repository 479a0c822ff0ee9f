/** Gives one state of a pasted definition what it needs to be one: its type, lists where lists belong, branches, an ARN. */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../json.ts";
import type { Note } from "./change.ts";
import { MAX_NAME_CHARACTERS } from "../parse.ts";
import { functionArn, type Place } from "./placeholders.ts";

/** Repairs a machine within a state. */
export type RepairNested = (machine: JsonObject, location: string) => JsonObject;

const TYPES = ["Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"] as const;

/** What only states of one type have. */
const TELLTALE: readonly (readonly [field: string, type: (typeof TYPES)[number]])[] = [
  ["Resource", "Task"],
  ["Choices", "Choice"],
  ["Branches", "Parallel"],
  ["ItemProcessor", "Map"],
  ["Iterator", "Map"],
  ["Seconds", "Wait"],
  ["Timestamp", "Wait"],
  ["SecondsPath", "Wait"],
  ["TimestampPath", "Wait"],
  ["Cause", "Fail"],
];

/** One state that does nothing, for what has to have a state and has none. */
export const STAND_IN: JsonObject = {
  Type: "Pass",
  Comment: "Stands for what the imported text leaves out",
  End: true,
};

/** Names of states are unique in the whole definition: the machine's is made of its container's. */
function standInMachine(location: string): JsonObject {
  const name = `Within ${location.slice(location.lastIndexOf("/") + 1)}`.slice(0, MAX_NAME_CHARACTERS);
  return { StartAt: name, States: { [name]: STAND_IN } };
}

export function repairState(
  state: JsonObject,
  location: string,
  place: Place,
  note: Note,
  repairNested: RepairNested,
): JsonObject {
  const typed = withType(state, location, note);
  const listed = withLists(typed, location, note);
  switch (listed["Type"]) {
    case "Task":
      return withResource(listed, location, place, note);
    case "Parallel":
      return withBranches(listed, location, note, repairNested);
    case "Map":
      return withProcessor(listed, location, note, repairNested);
    default:
      return listed;
  }
}

function withType(state: JsonObject, location: string, note: Note): JsonObject {
  const given = memberOf(state, "Type");
  const type =
    typeof given === "string"
      ? TYPES.find((name) => name.toLowerCase() === given.toLowerCase())
      : TELLTALE.find(([field]) => Object.hasOwn(state, field))?.[1];
  if (type === undefined || type === given) return state;
  note("TYPE_ADDED", location, `The state is taken for a ${type} state.`);
  return { Type: type, ...state, ...(given !== undefined && { Type: type }) };
}

/** A single Retrier, Catcher or rule without its brackets. */
function withLists(state: JsonObject, location: string, note: Note): JsonObject {
  return Object.fromEntries(
    Object.entries(state).map(([field, value]) => {
      if (!["Retry", "Catch", "Choices", "Branches"].includes(field) || !isObject(value)) return [field, value];
      note(
        "LIST_ADDED",
        `${location}/${field}`,
        `'${field}' is a list; it was given one element without its brackets.`,
      );
      return [field, [value]];
    }),
  );
}

function withResource(state: JsonObject, location: string, place: Place, note: Note): JsonObject {
  const resource = memberOf(state, "Resource");
  if (typeof resource !== "string") return state;
  const arn = functionArn(resource, place);
  if (arn === undefined) return state;
  note("PLACEHOLDER_FILLED", `${location}/Resource`, `'${resource}' is taken for the Lambda function ${arn}.`);
  return { ...state, Resource: arn };
}

function withBranches(state: JsonObject, location: string, note: Note, repairNested: RepairNested): JsonObject {
  const branches = memberOf(state, "Branches");
  if (isArray(branches) && branches.length > 0) {
    const repair = (branch: Json, i: number): Json =>
      isObject(branch) ? repairNested(branch, `${location}/Branches[${i}]`) : branch;
    return { ...state, Branches: branches.map(repair) };
  }
  if (branches !== undefined && !isArray(branches)) return state;
  note("BRANCH_ADDED", location, "A Parallel state has branches: it got one that passes its input on.");
  return { ...state, Branches: [standInMachine(location)] };
}

function withProcessor(state: JsonObject, location: string, note: Note, repairNested: RepairNested): JsonObject {
  const field = ["ItemProcessor", "Iterator"].find((name) => Object.hasOwn(state, name));
  if (field === undefined) {
    note("BRANCH_ADDED", location, "A Map state has an ItemProcessor: it got one that passes each item on.");
    return { ...state, ItemProcessor: standInMachine(location) };
  }
  const machine = state[field];
  return isObject(machine) ? { ...state, [field]: repairNested(machine, `${location}/${field}`) } : state;
}
