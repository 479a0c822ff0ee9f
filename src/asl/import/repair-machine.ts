/** Gives a fragment of a machine what it needs to run: a start, an end, and a state wherever a transition leads. */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../json.ts";
import type { Note } from "./change.ts";
import type { Place } from "./placeholders.ts";
import { repairState, STAND_IN } from "./repair-state.ts";

type States = Readonly<Record<string, JsonObject>>;

/** Machines within its states as well. `location` of the whole definition is empty. */
export function repairMachine(given: JsonObject, location: string, place: Place, note: Note): JsonObject {
  const machine = asMachine(given, location, note);
  const found = memberOf(machine, "States");
  if (!isObject(found) || !Object.values(found).every(isObject) || Object.keys(found).length === 0) return machine;
  const at = (name: string): string => `${location}/States/${name}`;
  const nested = (inner: JsonObject, where: string): JsonObject => repairMachine(inner, where, place, note);
  const states = Object.fromEntries(
    Object.entries(found as States).map(([name, state]) => [name, repairState(state, at(name), place, note, nested)]),
  );
  const startAt = startOf(machine, states, location, note);
  const linked = withTransitions(states, startAt, at, note);
  const complete = withTargets({ ...linked }, startAt, at, note);
  return { ...machine, StartAt: startAt, States: reachable(complete, startAt, at, note) };
}

/** A bare list of states, or a single state, without the machine around it. */
export function asMachine(given: JsonObject, location: string, note: Note): JsonObject {
  if (Object.hasOwn(given, "States")) return given;
  if (typeof memberOf(given, "Type") === "string" || Object.hasOwn(given, "Resource")) {
    note("STATES_WRAPPED", location || "/", "A single state was given: it is the machine's only one, State.");
    return { States: { State: given } };
  }
  const states = Object.entries(given).filter(([, value]) => isObject(value));
  if (states.length === 0) return given;
  note("STATES_WRAPPED", location || "/", "States were given without a machine around them.");
  const others = Object.entries(given).filter(([, value]) => !isObject(value));
  return { ...Object.fromEntries(others), States: Object.fromEntries(states) };
}

function startOf(machine: JsonObject, states: States, location: string, note: Note): string {
  const given = memberOf(machine, "StartAt");
  if (typeof given === "string") return given;
  const targets = new Set(
    Object.entries(states).flatMap(([name, state]) => targetsOf(state).filter((x) => x !== name)),
  );
  const [first = "", ...others] = Object.keys(states);
  const startAt = [first, ...others].find((name) => !targets.has(name)) ?? first;
  note("START_ADDED", location || "/", `It starts at '${startAt}'.`);
  return startAt;
}

/** A state that says nothing leads on to the one written after it, unless something else does; otherwise it is an end. */
function withTransitions(states: States, startAt: string, at: (name: string) => string, note: Note): States {
  const names = Object.keys(states);
  const targets = new Set([startAt, ...Object.values(states).flatMap(targetsOf)]);
  return Object.fromEntries(
    Object.entries(states).map(([name, state], i) => {
      const { Type: type } = state;
      if (type === "Choice" || type === "Succeed" || type === "Fail") return [name, state];
      const { End: end, ...others } = state;
      const goesOn = memberOf(state, "Next") !== undefined;
      if (goesOn && end !== undefined) {
        note("TRANSITION_REMOVED", at(name), "A state has Next or End: it goes on to its Next.");
        return [name, others];
      }
      if (goesOn || end === true) return [name, state];
      const next = names[i + 1];
      if (next !== undefined && !targets.has(next)) {
        note(
          "TRANSITION_ADDED",
          at(name),
          `It had neither Next nor End: '${next}' follows, which nothing else leads to.`,
        );
        return [name, { ...others, Next: next }];
      }
      note("TRANSITION_ADDED", at(name), "It had neither Next nor End: the machine ends here.");
      return [name, { ...others, End: true }];
    }),
  );
}

function withTargets(states: States, startAt: string, at: (name: string) => string, note: Note): States {
  const missing = [...new Set([startAt, ...Object.values(states).flatMap(targetsOf)])].filter(
    (name) => !Object.hasOwn(states, name),
  );
  for (const name of missing)
    note("STATE_ADDED", at(name), "A transition leads to it, and it was not there: a Pass state stands for it.");
  return { ...states, ...Object.fromEntries(missing.map((name) => [name, STAND_IN])) };
}

function reachable(states: States, startAt: string, at: (name: string) => string, note: Note): States {
  const reached = new Set([startAt]);
  for (const name of reached) for (const target of targetsOf(states[name] as JsonObject)) reached.add(target);
  return Object.fromEntries(
    Object.entries(states).filter(([name]) => {
      if (!reached.has(name)) note("STATE_REMOVED", at(name), "Nothing leads to it, which AWS refuses.");
      return reached.has(name);
    }),
  );
}

/** Where a state may lead to, its containers' machines aside. */
function targetsOf(state: JsonObject): readonly string[] {
  const rules = [memberOf(state, "Choices"), memberOf(state, "Catch")].flatMap((x) => (isArray(x) ? x : []));
  const named: readonly (Json | undefined)[] = [
    memberOf(state, "Next"),
    ...rules.filter(isObject).map((rule) => memberOf(rule, "Next")),
    memberOf(state, "Default"),
  ];
  return named.filter((name): name is string => typeof name === "string" && name !== "");
}
