/**
 * Keeps one table: its items, the calls that wrote them, and the end of those that expire.
 *
 * T1. An action is one transaction: what is refused halfway has written nothing.
 * T2. A call that wrote is remembered in its own transaction: made again, it is answered the same.
 * T3. The alarm is set for the next item that expires, and only where items expire.
 */
import type { JsonObject } from "../../asl/json.ts";
import { getBatch, writeBatch } from "./actions/batches.ts";
import { deleteItem, getItem, putItem, updateItem } from "./actions/items.ts";
import { query, scan } from "./actions/pages.ts";
import { transactWriteItems } from "./actions/transaction.ts";
import { CallMemory } from "./call-memory.ts";
import { checkConstraints } from "./constraints.ts";
import { ItemRows, type Sql } from "./item-rows.ts";
import { TableFault } from "./table-fault.ts";
import type { TableActionName, TableAnswer, TableDescription } from "./table-rpc.ts";
import type { TableSchema } from "./table-schema.ts";
import { expiryOf, textIn, type TableAction } from "./table.ts";

export interface TableHost {
  now(): number;
  readonly sql: Sql;
  /** Undoes what was written, if it throws. */
  transaction<Result>(run: () => Result): Result;
  read(): TableSchema | undefined;
  write(schema: TableSchema): void;
  clear(): Promise<void>;
  setAlarm(at: number): void;
  /** Of all that is stored. */
  sizeBytes(): number;
}

const ACTIONS: Readonly<Record<TableActionName, { readonly action: TableAction; readonly writes: boolean }>> = {
  deleteItem: { action: deleteItem, writes: true },
  getBatch: { action: getBatch, writes: false },
  getItem: { action: getItem, writes: false },
  putItem: { action: putItem, writes: true },
  query: { action: query, writes: false },
  scan: { action: scan, writes: false },
  transactWriteItems: { action: transactWriteItems, writes: true },
  updateItem: { action: updateItem, writes: true },
  writeBatch: { action: writeBatch, writes: true },
};

/** Items go some time after they have expired, many at a time. AWS promises days. */
const EXPIRY_PAUSE_MS = 60_000;
const MAX_EXPIRED = 1000;
/** Alarms are for this age only, and milliseconds where seconds belong are of another. */
const MAX_PAUSE_MS = 365 * 86_400_000;

/** How long DynamoDB knows a ClientRequestToken. */
const TOKEN_MS = 600_000;
const MISMATCH =
  "The request uses the same client token as a previous, but non-identical request. Do not reuse a client token with different requests, unless the requests are identical";

/** What is remembered of a call. */
interface Remembered {
  /** With a token of the caller's own, what it was for. */
  readonly asked: string;
  readonly output: JsonObject;
}

interface Done {
  readonly output: JsonObject;
  /** Whether it was performed now. */
  readonly isNew: boolean;
}

/** A transaction's own token goes before the call's. */
function callKeyOf(request: JsonObject, call: string | undefined): string | undefined {
  const token = textIn(request, "ClientRequestToken");
  return token === undefined ? call : `token#${token}`;
}

export class TableDriver {
  readonly #host: TableHost;
  #rows: ItemRows;
  #memory: CallMemory;
  #schema: TableSchema | undefined;
  /** Of the alarm that this instance has set. */
  #alarmAt: number | undefined;

  constructor(host: TableHost) {
    this.#host = host;
    this.#rows = new ItemRows(host.sql);
    this.#memory = new CallMemory(host.sql);
    this.#schema = host.read();
  }

  create(schema: TableSchema): TableSchema {
    if (this.#schema !== undefined) return this.#schema;
    this.#host.transaction(() => {
      this.#rows.create();
      this.#memory.create();
      this.#host.write(schema);
    });
    this.#schema = schema;
    return schema;
  }

  expireBy(ttlAttribute: string | undefined): TableSchema | undefined {
    if (this.#schema === undefined || this.#schema.ttlAttribute === ttlAttribute) return this.#schema;
    const { ttlAttribute: _, ...rest } = this.#schema;
    const schema: TableSchema = { ...rest, ...(ttlAttribute !== undefined && { ttlAttribute }) };
    this.#host.transaction(() => {
      this.#rows.expireBy((item) => expiryOf(schema, item));
      this.#host.write(schema);
    });
    this.#schema = schema;
    this.#watchExpiry();
    return schema;
  }

  describe(): TableDescription | undefined {
    if (this.#schema === undefined) return undefined;
    return { schema: this.#schema, itemCount: this.#rows.count(), sizeBytes: this.#host.sizeBytes() };
  }

  async remove(): Promise<void> {
    this.#schema = undefined;
    this.#rows = new ItemRows(this.#host.sql);
    this.#memory = new CallMemory(this.#host.sql);
    this.#alarmAt = undefined;
    await this.#host.clear();
  }

  perform(name: TableActionName, text: string, call?: string): TableAnswer {
    const request = JSON.parse(text) as JsonObject;
    try {
      const { action, writes } = ACTIONS[name];
      checkConstraints(request);
      const perform = action(request);
      const schema = this.#schema;
      if (schema === undefined) throw new TableFault("ResourceNotFoundException", "Requested resource not found");
      const table = { schema, rows: this.#rows };
      if (!writes) return { ok: true, output: JSON.stringify(perform(table)) };
      const key = callKeyOf(request, call);
      const done = this.#host.transaction(() => this.#once(key, request, () => perform(table)));
      if (done.isNew && key !== undefined) this.#memory.note(key);
      this.#watchExpiry();
      return { ok: true, output: JSON.stringify(done.output) };
    } catch (error) {
      if (!(error instanceof TableFault)) throw error;
      return { ok: false, code: error.code, message: error.message, details: JSON.stringify(error.details) };
    }
  }

  /** The alarm fired. @returns when it is to fire again */
  onAlarm(): number | undefined {
    this.#alarmAt = undefined;
    if (this.#schema === undefined) return undefined;
    const now = this.#host.now();
    this.#host.transaction(() => this.#rows.deleteExpired(Math.floor(now / 1000), MAX_EXPIRED));
    this.#alarmAt = this.#expiryAlarm();
    return this.#alarmAt;
  }

  #once(key: string | undefined, request: JsonObject, perform: () => JsonObject): Done {
    if (key === undefined) return { output: perform(), isNew: true };
    const token = textIn(request, "ClientRequestToken");
    const asked = token === undefined ? "" : JSON.stringify(request["TransactItems"]);
    const known = this.#memory.find(key);
    if (known !== undefined && (token === undefined || this.#host.now() - known.at < TOKEN_MS)) {
      const remembered = JSON.parse(known.answer) as Remembered;
      if (remembered.asked !== asked) throw new TableFault("IdempotentParameterMismatchException", MISMATCH);
      return { output: remembered.output, isNew: false };
    }
    const output = perform();
    const answer: Remembered = { asked, output };
    this.#memory.write(key, { answer: JSON.stringify(answer), at: this.#host.now() });
    return { output, isNew: true };
  }

  #watchExpiry(): void {
    if (this.#schema?.ttlAttribute === undefined) return;
    const at = this.#expiryAlarm();
    if (at === undefined || (this.#alarmAt !== undefined && this.#alarmAt <= at)) return;
    this.#alarmAt = at;
    this.#host.setAlarm(at);
  }

  #expiryAlarm(): number | undefined {
    const next = this.#rows.nextExpiry();
    if (next === undefined) return undefined;
    const now = this.#host.now();
    return Math.min(Math.max(next * 1000, now) + EXPIRY_PAUSE_MS, now + MAX_PAUSE_MS);
  }
}
