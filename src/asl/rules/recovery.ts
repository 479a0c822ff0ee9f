/**
 * Retriers and Catchers that can never be asked, and error names that nothing reports.
 * @see https://states-language.net/spec.html#errors
 */
import { warningAt, type Diagnostic } from "../diagnostic.ts";
import { isStatesErrorName, matchesError } from "../error-names.ts";
import type { State, SubMachine } from "../types.ts";
import { everyState } from "./walk.ts";

export function warnOfRecovery(machine: SubMachine): readonly Diagnostic[] {
  return everyState(machine).flatMap(({ state, location }) =>
    "Catch" in state ? [...warnOfList(state, "Retry", location), ...warnOfList(state, "Catch", location)] : [],
  );
}

type RecoveringState = Extract<State, { Catch: unknown }>;

function warnOfList(state: RecoveringState, field: "Retry" | "Catch", location: string): readonly Diagnostic[] {
  const list: readonly { readonly ErrorEquals: readonly string[] }[] = state[field];
  const earlier = new Set<string>();
  return list.flatMap(({ ErrorEquals }, i) => {
    const at = `${location}/${field}[${i}]/ErrorEquals`;
    const isShadowed = ErrorEquals.length > 0 && ErrorEquals.every((name) => isTaken(name, earlier));
    for (const name of ErrorEquals) earlier.add(name);
    return [
      ...(isShadowed ? [shadowed(field, at)] : []),
      ...ErrorEquals.filter((name) => name.startsWith("States.") && !isStatesErrorName(name)).map((name) =>
        warningAt(at, `'${name}' is no error name of the States Language`, "UNKNOWN_ERROR_NAME"),
      ),
    ];
  });
}

/** Names that match failures of other names. */
const GENERAL = ["States.TaskFailed", "States.Timeout", "States.HeartbeatTimeout"];

/** Whether an entry with one of those names takes every failure that the name matches. */
function isTaken(name: string, earlier: ReadonlySet<string>): boolean {
  if (earlier.has(name)) return true;
  if (name === "States.ALL" || name === "States.TaskFailed") return false;
  return matchesError(
    { error: name },
    GENERAL.filter((x) => earlier.has(x)),
  );
}

function shadowed(field: "Retry" | "Catch", at: string): Diagnostic {
  const code = field === "Catch" ? "UNREACHABLE_CATCHER" : "UNREACHABLE_RETRIER";
  return warningAt(at, `An earlier entry of ${field} takes all of these errors: this one is never used`, code);
}
