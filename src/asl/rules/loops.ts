/** The loops of a machine: Kosaraju's algorithm, in time that grows with the number of transitions. */
import type { State, SubMachine } from "../types.ts";
import { transitionsOf } from "./transitions.ts";

/** The groups of states that can each reach all others of their group, itself included; each in document order. */
export function loopsOf(machine: SubMachine): readonly (readonly State[])[] {
  const forwards = new Map<string, string[]>();
  const backwards = new Map<string, string[]>();
  for (const name of machine.States.keys()) {
    forwards.set(name, []);
    backwards.set(name, []);
  }
  for (const state of machine.States.values()) {
    for (const { target } of transitionsOf(state)) {
      forwards.get(state.Name)?.push(target);
      backwards.get(target)?.push(state.Name);
    }
  }
  const order = new Map([...machine.States.keys()].map((name, i) => [name, i]));
  const groups = new Map<string, Set<string>>();
  for (const name of finished(forwards).toReversed()) {
    if (groups.has(name)) continue;
    const group = new Set([name]);
    for (const each of group) {
      groups.set(each, group);
      for (const before of backwards.get(each) ?? []) if (!groups.has(before)) group.add(before);
    }
  }
  return [...new Set(groups.values())]
    .filter((group) => group.size > 1 || [...group].some((name) => forwards.get(name)?.includes(name) === true))
    .map((group) => [...group].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0)))
    .map((names) => names.flatMap((name) => machine.States.get(name) ?? []));
}

/** The names in the order in which a depth-first walk leaves them. */
function finished(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const left: string[] = [];
  const seen = new Set<string>();
  for (const root of edges.keys()) {
    const open: { readonly name: string; next: number }[] = seen.has(root) ? [] : [{ name: root, next: 0 }];
    seen.add(root);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const target = edges.get(top.name)?.[top.next++];
      if (target === undefined) {
        left.push(top.name);
        open.pop();
      } else if (!seen.has(target) && edges.has(target)) {
        seen.add(target);
        open.push({ name: target, next: 0 });
      }
    }
  }
  return left;
}
