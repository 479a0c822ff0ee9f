/**
 * Branches that have ended and wait for their siblings. They stay as they are until their container goes on, and there may be
 * thousands of them.
 *
 * E1. The newest are part of the state row. When they have grown they move together to a row `ended/<number>`, which is written
 *     once, and deleted when all its branches are gone.
 * E2. Which branches of such a row are still there is read off the cursors of their containers.
 */
import type { Branch, BranchId } from "../engine/execution.ts";
import { branchText, parseBranch, parseBranches } from "../engine/snapshot.ts";
import { isTextKey, MAX_ROW_CHARACTERS, type KeyValueStorage, type TextRows } from "./text-rows.ts";

const ENDED = "ended/";

export class EndedBranches {
  readonly #storage: KeyValueStorage;
  readonly #rows: TextRows;
  readonly #maxTail: number;
  readonly #tail: Map<BranchId, string> = new Map();
  #tailSize = 0;
  readonly #rowOf: Map<BranchId, number> = new Map();
  /** How many branches of each row are still there. */
  readonly #left: Map<number, number> = new Map();
  #nextRow = 0;

  /** @param maxTail the newest stay in the state row up to this size */
  constructor(storage: KeyValueStorage, rows: TextRows, maxTail: number) {
    this.#storage = storage;
    this.#rows = rows;
    this.#maxTail = maxTail;
  }

  /** For the state row. */
  get tail(): readonly string[] {
    return [...this.#tail.values()];
  }

  forget(): void {
    this.#tail.clear();
    this.#tailSize = 0;
    this.#rowOf.clear();
    this.#left.clear();
    this.#nextRow = 0;
  }

  /** @param isThere whether its container still waits for it */
  read(tail: readonly string[], isThere: (branch: Branch) => boolean): readonly Branch[] {
    this.forget();
    const branches: Map<BranchId, Branch> = new Map();
    for (const [key] of this.#storage.kv.list({ prefix: ENDED })) {
      if (!isTextKey(key)) continue;
      const row = Number(key.slice(ENDED.length));
      this.#nextRow = row + 1;
      for (const branch of parseBranches(this.#rows.get(key) ?? "[]").filter(isThere)) {
        branches.set(branch.id, branch);
        this.#rowOf.set(branch.id, row);
      }
    }
    for (const text of tail) {
      const branch = parseBranch(text);
      branches.set(branch.id, branch);
      this.#rowOf.delete(branch.id);
      this.#addToTail(branch.id, text);
    }
    for (const row of this.#rowOf.values()) this.#left.set(row, (this.#left.get(row) ?? 0) + 1);
    return [...branches.values()];
  }

  put(branch: Branch): void {
    this.remove(branch.id);
    this.#addToTail(branch.id, branchText(branch));
  }

  remove(id: BranchId): void {
    const text = this.#tail.get(id);
    if (text !== undefined) {
      this.#tail.delete(id);
      this.#tailSize -= text.length;
    }
    const row = this.#rowOf.get(id);
    if (row === undefined) return;
    this.#rowOf.delete(id);
    const left = (this.#left.get(row) ?? 0) - 1;
    if (left > 0) this.#left.set(row, left);
    else {
      this.#left.delete(row);
      this.#rows.delete(keyOf(row));
    }
  }

  /** To be called when all of a turn's branches have been put and removed. */
  moveTail(): void {
    if (this.#tailSize <= this.#maxTail) return;
    let together: string[] = [];
    let length = 0;
    for (const [id, text] of this.#tail) {
      if (together.length > 0 && length + text.length > MAX_ROW_CHARACTERS) {
        this.#putRow(together);
        together = [];
        length = 0;
      }
      together.push(text);
      length += text.length + 1;
      this.#rowOf.set(id, this.#nextRow);
    }
    this.#putRow(together);
    this.#tail.clear();
    this.#tailSize = 0;
  }

  #addToTail(id: BranchId, text: string): void {
    this.#tail.set(id, text);
    this.#tailSize += text.length;
  }

  #putRow(texts: readonly string[]): void {
    this.#rows.put(keyOf(this.#nextRow), `[${texts.join(",")}]`);
    this.#left.set(this.#nextRow, texts.length);
    this.#nextRow += 1;
  }
}

function keyOf(row: number): string {
  return ENDED + String(row).padStart(8, "0");
}
