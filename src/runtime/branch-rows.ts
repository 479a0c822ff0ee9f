/**
 * The rows of an execution's branches, so that a turn writes as few as may be.
 *
 * B1. Small branches are part of the state row. A larger one, or one too many, has a row of its own, `branch/<id>`.
 * B2. A branch that waits for its children changes with each of them, but only in its counts: these are part of the state row,
 *     and a row of its own is written once.
 * B3. Branches that have ended are kept together (ended-branches).
 */
import { isAmong } from "../engine/child-ids.ts";
import type { Branch, BranchId } from "../engine/execution.ts";
import { progressSince, withProgress, type JoiningProgress } from "../engine/joining-progress.ts";
import { branchText, parseBranch } from "../engine/snapshot.ts";
import { resumption } from "../engine/stopped.ts";
import { EndedBranches } from "./ended-branches.ts";
import { isTextKey, type KeyValueStorage, type TextRows } from "./text-rows.ts";

const BRANCH = "branch/";

/** How many characters of branches may be in the state row. */
export interface PackingLimits {
  /** Of one branch. */
  readonly branch: number;
  /** Of all that have not ended. */
  readonly total: number;
  /** Of those that have. */
  readonly ended: number;
}

/** The part of the branches that is in the state row. */
export interface PackedBranches {
  readonly packed: readonly (readonly [BranchId, string])[];
  /** Of branches with rows of their own that have changed in nothing else since; absent in snapshots below version 3. */
  readonly progress?: readonly (readonly [BranchId, JoiningProgress])[];
  /** The newest that have ended; absent in snapshots below version 3. */
  readonly ended?: readonly string[];
}

export class BranchRows {
  readonly #storage: KeyValueStorage;
  readonly #rows: TextRows;
  readonly #limits: PackingLimits;
  readonly #ended: EndedBranches;
  readonly #packed: Map<BranchId, string> = new Map();
  #packedSize = 0;
  /** The branches with rows of their own, as they are there. */
  readonly #apart: Map<BranchId, Branch> = new Map();
  readonly #progress: Map<BranchId, JoiningProgress> = new Map();

  constructor(storage: KeyValueStorage, rows: TextRows, limits: PackingLimits) {
    this.#storage = storage;
    this.#rows = rows;
    this.#limits = limits;
    this.#ended = new EndedBranches(storage, rows, limits.ended);
  }

  /** For the state row. */
  get packed(): PackedBranches {
    return { packed: [...this.#packed], progress: [...this.#progress], ended: this.#ended.tail };
  }

  forget(): void {
    this.#packed.clear();
    this.#packedSize = 0;
    this.#apart.clear();
    this.#progress.clear();
    this.#ended.forget();
  }

  read({ packed, progress = [], ended = [] }: PackedBranches): readonly Branch[] {
    this.forget();
    for (const [id, text] of packed) this.#pack(id, text);
    for (const [id, each] of progress) this.#progress.set(id, each);
    for (const [key] of this.#storage.kv.list({ prefix: BRANCH })) {
      const text = isTextKey(key) ? this.#rows.get(key) : undefined;
      if (text === undefined) continue;
      const branch = parseBranch(text);
      this.#apart.set(branch.id, branch);
    }
    const branches: Map<BranchId, Branch> = new Map();
    for (const [id, text] of packed) branches.set(id, parseBranch(text));
    for (const [id, branch] of this.#apart) {
      const since = this.#progress.get(id);
      branches.set(id, since === undefined ? branch : withProgress(branch, since));
    }
    const isThere = (branch: Branch): boolean => !branches.has(branch.id) && isAwaited(branch, branches);
    return [...branches.values(), ...this.#ended.read(ended, isThere)];
  }

  /** @param branch undefined: it is gone, or never was stored */
  put(id: BranchId, branch: Branch | undefined): void {
    if (branch?.cursor.kind === "ended" && branch.parent !== undefined) {
      this.#remove(id);
      this.#ended.put(branch);
      return;
    }
    this.#ended.remove(id);
    if (branch === undefined) {
      this.#remove(id);
      return;
    }
    const written = this.#apart.get(id);
    const progress = written && progressSince(written, branch);
    if (progress !== undefined) this.#progress.set(id, progress);
    else this.#putWhole(branch);
  }

  /** To be called when all of a turn's branches have been put. */
  complete(): void {
    this.#ended.moveTail();
  }

  #putWhole(branch: Branch): void {
    const { id } = branch;
    const text = branchText(branch);
    this.#unpack(id);
    const { branch: ofOne, total } = this.#limits;
    if (text.length <= ofOne && this.#packedSize + text.length <= total) {
      this.#remove(id);
      this.#pack(id, text);
      return;
    }
    this.#progress.delete(id);
    this.#apart.set(id, branch);
    this.#rows.put(keyOf(id), text);
  }

  #remove(id: BranchId): void {
    this.#unpack(id);
    this.#progress.delete(id);
    if (this.#apart.delete(id)) this.#rows.delete(keyOf(id));
  }

  #pack(id: BranchId, text: string): void {
    this.#packed.set(id, text);
    this.#packedSize += text.length;
  }

  #unpack(id: BranchId): void {
    this.#packedSize -= this.#packed.get(id)?.length ?? 0;
    this.#packed.delete(id);
  }
}

/** Whether the branch's container is there, and waits for it. */
function isAwaited({ id, parent }: Branch, branches: ReadonlyMap<BranchId, Branch>): boolean {
  const cursor = parent && branches.get(parent.branch)?.cursor;
  if (cursor === undefined || cursor.kind === "ended") return false;
  const place = resumption(cursor);
  return place.kind === "joining" && isAmong(place.children, id);
}

function keyOf(id: BranchId): string {
  return BRANCH + String(id).padStart(10, "0");
}
