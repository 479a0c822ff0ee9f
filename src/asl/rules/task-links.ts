/** Links that people answer a task with are there for tasks that wait for an answer; elsewhere the state would fail. */
import { errorAt, type Diagnostic } from "../diagnostic.ts";
import { TASK_LINK_NAMES } from "../task-links.ts";
import type { State, SubMachine } from "../types.ts";
import { everyState } from "./walk.ts";

const LINK = new RegExp(`(?:\\$\\$|\\$states\\.context)\\.Task\\.(?:${TASK_LINK_NAMES.join("|")})\\b`, "u");
/** What is none of the state's own paths and expressions. */
const NOT_READ = new Set(["Result", "Branches", "ItemProcessor", "compiled"]);

export function checkTaskLinks(machine: SubMachine): readonly Diagnostic[] {
  return everyState(machine)
    .filter(({ state }) => !waitsForAnswer(state))
    .flatMap(({ state, location }) =>
      linksIn(state).map((link) => errorAt(location, `Only a Task that waits for its token has '${link}'`)),
    );
}

function waitsForAnswer(state: State): boolean {
  if (state.Type !== "Task") return false;
  const { Resource } = state;
  return Resource.kind === "activity" || (Resource.kind === "service" && Resource.pattern === "waitForTaskToken");
}

/** The links that a part of a state reads: paths and expressions carry their source. */
function linksIn(part: unknown): readonly string[] {
  if (typeof part !== "object" || part === null) return [];
  if ("kind" in part && part.kind === "literal") return [];
  if ("source" in part && typeof part.source === "string") return LINK.exec(part.source)?.slice(0, 1) ?? [];
  return Object.entries(part).flatMap(([field, value]) => (NOT_READ.has(field) ? [] : linksIn(value)));
}
