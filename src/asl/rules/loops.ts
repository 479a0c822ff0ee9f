/** The loops of a machine: Kosaraju's algorithm, in time that grows with the number of transitions. */
import type { State, SubMachine } from "../types.ts";
import { transitionsOf } from "./transitions.ts";

interface Node {
  readonly state: State;
  readonly after: Set<Node>;
  readonly before: Set<Node>;
  /** The nodes that it can reach and that can reach it. */
  group?: Set<Node>;
}

/** The groups of states that can each reach all others of their group, itself included; all in document order. */
export function loopsOf(machine: SubMachine): readonly (readonly State[])[] {
  const nodes = nodesOf(machine);
  const groups: Set<Node>[] = [];
  for (const node of finished(nodes).toReversed()) {
    if (node.group !== undefined) continue;
    const group = new Set([node]);
    for (const each of group) {
      each.group = group;
      for (const before of each.before) if (before.group === undefined) group.add(before);
    }
    groups.push(group);
  }
  const isLoop = new Set(groups.filter((group) => group.size > 1 || [...group].some((x) => x.after.has(x))));
  const loops = new Map<Set<Node>, State[]>();
  for (const { group, state } of nodes) {
    if (group === undefined || !isLoop.has(group)) continue;
    const loop = loops.get(group);
    if (loop === undefined) loops.set(group, [state]);
    else loop.push(state);
  }
  return [...loops.values()];
}

function nodesOf(machine: SubMachine): readonly Node[] {
  const nodes = new Map<string, Node>();
  for (const state of machine.States.values()) nodes.set(state.Name, { state, after: new Set(), before: new Set() });
  for (const node of nodes.values()) {
    for (const { target } of transitionsOf(node.state)) {
      const next = nodes.get(target);
      if (next === undefined) continue;
      node.after.add(next);
      next.before.add(node);
    }
  }
  return [...nodes.values()];
}

/** The nodes in the order in which a depth-first walk leaves them. */
function finished(nodes: readonly Node[]): readonly Node[] {
  const left: Node[] = [];
  const seen = new Set<Node>();
  for (const root of nodes) {
    const open: { readonly node: Node; readonly after: Iterator<Node> }[] = [];
    const visit = (node: Node): void => {
      if (seen.has(node)) return;
      seen.add(node);
      open.push({ node, after: node.after.values() });
    };
    visit(root);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const next = top.after.next();
      if (next.done !== true) visit(next.value);
      else {
        left.push(top.node);
        open.pop();
      }
    }
  }
  return left;
}
