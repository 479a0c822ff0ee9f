/** The same requests to dynalite, which answers as DynamoDB does, and to our tables: the same answers, the same refusals. */
import { afterAll, beforeAll, expect, test } from "vitest";
import * as fc from "fast-check";
import type { Json, JsonObject } from "../../src/asl/json.ts";
import type { TableActionName } from "../../src/runtime/tables/table-rpc.ts";
import { MemoryTable, schemaOf } from "./words.ts";
import { startRealService, type RealAnswer, type RealService } from "./real-service.ts";
import { requests, type Asked } from "./requests.ts";

let real: RealService;
beforeAll(async () => {
  real = await startRealService();
});
afterAll(() => real[Symbol.asyncDispose]());

/** Lists whose order says nothing: sets, and what Scan finds. */
function sorted(value: Json, isScan: boolean): Json {
  if (Array.isArray(value)) return value.map((one: Json) => sorted(one, isScan));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const inner = sorted(member, isScan);
      const isUnordered = /^(?:SS|NS|BS)$/u.test(name) || (isScan && name === "Items");
      const order = (a: Json, b: Json): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
      return [name, isUnordered && Array.isArray(inner) ? [...(inner as Json[])].sort(order) : inner];
    }),
  );
}

/** What both say alike: of a text that cannot be read, dynalite tells what its grammar expected. */
function shown({ ok, body }: RealAnswer, isScan: boolean): Json {
  const { Attributes, ...others } = body;
  // That nothing is left of what was updated dynalite says with an empty object, DynamoDB by saying nothing.
  const isEmpty = Attributes !== undefined && Object.keys(Attributes as JsonObject).length === 0;
  if (ok) return sorted(isEmpty ? others : body, isScan);
  const { __type: type = "", message, Message = "" } = body as Readonly<Record<string, string>>;
  const code = type.split("#").at(-1) ?? "";
  return { code, message: (message ?? Message).replace(/Syntax error; (?!key).*$/su, "Syntax error") };
}

const OPERATIONS: Readonly<Partial<Record<TableActionName, string>>> = {
  getItem: "GetItem",
  putItem: "PutItem",
  deleteItem: "DeleteItem",
  updateItem: "UpdateItem",
  query: "Query",
  scan: "Scan",
};

let tables = 0;

async function expectSame(asked: readonly Asked[], sortKey: boolean): Promise<void> {
  tables += 1;
  const range = sortKey ? ({ name: "sort", type: "N" } as const) : undefined;
  const schema = schemaOf(`table-${tables}`, { name: "id", type: "S" }, range);
  const ours = new MemoryTable(schema);
  await real.create(schema);
  for (const [action, more] of asked) {
    const request = { TableName: schema.tableName, ...more };
    const isScan = action === "scan";
    const answer = ours.ask(action, request);
    const mine: RealAnswer = answer.ok
      ? { ok: true, body: JSON.parse(answer.output) as JsonObject }
      : { ok: false, body: { __type: answer.code, message: answer.message } };
    const theirs = await real.call(OPERATIONS[action] ?? "", request);
    if (theirs === undefined) return;
    expect({ request: [action, request], answer: shown(mine, isScan) }).toEqual({
      request: [action, request],
      answer: shown(theirs, isScan),
    });
  }
  await real.call("DeleteTable", { TableName: schema.tableName } satisfies JsonObject);
}

const RUNS = Number(process.env["TABLE_RUNS"] ?? 40);

test.each([false, true])("answers made-up requests as DynamoDB does, with a sort key: %s", async (sortKey) => {
  await fc.assert(
    fc.asyncProperty(requests(sortKey), (asked) => expectSame(asked, sortKey)),
    { numRuns: RUNS, seed: 28, endOnFailure: process.env["TABLE_SHRINK"] === undefined },
  );
});
