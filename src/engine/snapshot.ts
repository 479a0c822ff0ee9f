/**
 * The stored form of a snapshot: a text for the execution itself and one for each branch.
 *
 * Payloads are stored as their texts, so that reading a snapshot parses only the values that a turn looks at.
 */
import { Payload } from "../data/payload.ts";
import { BranchTable } from "./branch-table.ts";
import { childIds, type ChildIds } from "./child-ids.ts";
import type {
  Branch,
  BranchId,
  Cursor,
  Execution,
  ExecutionFacts,
  ExecutionOutcome,
  JoiningCursor,
  MapRunCursor,
  MapRunDemand,
  MapRunOrder,
  ReadyCursor,
  StoppedCursor,
  Visit,
} from "./execution.ts";

/** Everything but the branches and the facts, which have rows of their own. */
export type ExecutionHead = Omit<Execution, "branches" | "facts">;

/** A type's stored form: payloads are texts. */
type Stored<T> = T extends string | number | boolean
  ? T
  : T extends Payload
    ? string
    : T extends readonly (infer Item)[]
      ? readonly Stored<Item>[]
      : T extends object
        ? { readonly [Key in keyof T]: Stored<T[Key]> }
        : T;

export function factsText(facts: ExecutionFacts): string {
  return JSON.stringify(facts);
}

export function parseFacts(text: string): ExecutionFacts {
  const stored = JSON.parse(text) as Stored<ExecutionFacts>;
  return { ...stored, input: Payload.fromText(stored.input) };
}

export function headText(execution: Execution): string {
  const { branches: _, facts: __, ...head } = execution;
  return JSON.stringify(head);
}

export function parseHead(text: string): ExecutionHead {
  const stored = JSON.parse(text) as Stored<ExecutionHead>;
  return { ...(stored as unknown as ExecutionHead), outcome: reviveOutcome(stored.outcome) };
}

function reviveOutcome(stored: Stored<ExecutionOutcome>): ExecutionOutcome {
  return stored.status === "SUCCEEDED" ? { ...stored, output: Payload.fromText(stored.output) } : stored;
}

export function branchText(branch: Branch): string {
  return JSON.stringify(branch);
}

export function parseBranch(text: string): Branch {
  return reviveBranch(JSON.parse(text) as StoredBranch);
}

/** @param text a JSON array of branches' texts */
export function parseBranches(text: string): readonly Branch[] {
  return (JSON.parse(text) as readonly StoredBranch[]).map(reviveBranch);
}

type StoredBranch = Omit<Branch, "cursor"> & { readonly cursor: Stored<Cursor> };

function reviveBranch(stored: StoredBranch): Branch {
  return { ...stored, cursor: reviveCursor(stored.cursor) };
}

function reviveCursor(stored: Stored<Cursor>): Cursor {
  switch (stored.kind) {
    case "ready":
      return reviveReady(stored);
    case "ended":
      return { ...stored, result: { output: Payload.fromText(stored.result.output) } };
    case "stopped":
      return { kind: "stopped", resume: reviveResumption(stored.resume) };
    case "task":
      return {
        ...(stored as unknown as Extract<Cursor, { kind: "task" }>),
        visit: reviveVisit(stored.visit),
        parameters: Payload.fromText(stored.parameters),
      };
    case "joining":
      return reviveJoining(stored);
    case "mapRun":
      return reviveMapRun(stored);
    case "waiting":
    case "retrying":
      return { ...stored, visit: reviveVisit(stored.visit) };
  }
}

function reviveResumption(stored: Stored<StoppedCursor["resume"]>): StoppedCursor["resume"] {
  if (stored.kind === "ready") return reviveReady(stored);
  return stored.kind === "joining" ? reviveJoining(stored) : reviveMapRun(stored);
}

function reviveReady({ visit, ...rest }: Stored<ReadyCursor>): ReadyCursor {
  return {
    ...rest,
    input: Payload.fromText(rest.input),
    ...(visit !== undefined && { visit: reviveVisit(visit) }),
  };
}

function reviveJoining({ items, input, ...rest }: Stored<JoiningCursor>): JoiningCursor {
  return {
    ...rest,
    visit: reviveVisit(rest.visit),
    children: reviveChildren(rest.children as unknown as ChildIds | readonly BranchId[]),
    ...(items !== undefined && { items: Payload.fromText(items) }),
    ...(input !== undefined && { input: Payload.fromText(input) }),
  };
}

/** @param stored in snapshots of version 1 the ids themselves */
function reviveChildren(stored: ChildIds | readonly BranchId[]): ChildIds {
  const [first] = stored;
  return typeof first === "number" ? childIds(stored as readonly BranchId[]) : (stored as ChildIds);
}

function reviveMapRun({ asked, ...rest }: Stored<MapRunCursor>): MapRunCursor {
  return { ...rest, visit: reviveVisit(rest.visit), ...(asked !== undefined && { asked: reviveDemand(asked) }) };
}

function reviveDemand(stored: Stored<MapRunDemand>): MapRunDemand {
  return stored.kind === "redrive" ? stored : { kind: "start", order: reviveOrder(stored.order) };
}

/** An order in its stored form: payloads are texts. */
export type StoredMapRunOrder = Stored<MapRunOrder>;

export function reviveOrder(stored: StoredMapRunOrder): MapRunOrder {
  return {
    ...(stored as unknown as MapRunOrder),
    input: Payload.fromText(stored.input),
    ...(stored.items !== undefined && { items: Payload.fromText(stored.items) }),
  };
}

function reviveVisit(stored: Stored<Visit>): Visit {
  return { ...stored, input: Payload.fromText(stored.input) };
}

/** Puts a stored execution together again. */
export function restoreExecution(facts: ExecutionFacts, head: ExecutionHead, branches: Iterable<Branch>): Execution {
  let table = BranchTable.empty<Branch>();
  for (const branch of branches) table = table.set(branch.id, branch);
  return { ...head, facts, branches: table };
}
