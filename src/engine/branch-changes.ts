/** The branches within a turn: what it changes is kept apart, and goes into the table once, when the turn is over. */
import type { BranchTable } from "./branch-table.ts";
import type { Branch, BranchId } from "./execution.ts";

export class BranchChanges {
  readonly #before: BranchTable<Branch>;
  /** Undefined: the branch is gone. */
  readonly #changes: Map<BranchId, Branch | undefined> = new Map();

  constructor(before: BranchTable<Branch>) {
    this.#before = before;
  }

  get(id: BranchId): Branch | undefined {
    const changed = this.#changes.get(id);
    return changed !== undefined || this.#changes.has(id) ? changed : this.#before.get(id);
  }

  set(branch: Branch): void {
    this.#changes.set(branch.id, branch);
  }

  delete(id: BranchId): void {
    this.#changes.set(id, undefined);
  }

  /** The branches that were set, and those that were there or made and are gone. */
  get ids(): ReadonlySet<BranchId> {
    return new Set(this.#changes.keys());
  }

  /** The table with every change made. */
  applied(): BranchTable<Branch> {
    let table = this.#before;
    for (const [id, branch] of this.#changes) table = branch === undefined ? table.delete(id) : table.set(id, branch);
    return table;
  }
}
