/** Another implementation of DynamoDB, dynalite, behind HTTP as AWS's is. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { JsonObject } from "../../src/asl/json.ts";
import type { TableSchema } from "../../src/runtime/tables/table-schema.ts";

export interface RealAnswer {
  readonly ok: boolean;
  /** The output, or the exception's name and message. */
  readonly body: JsonObject;
}

export interface RealService extends AsyncDisposable {
  /** undefined: the request was too much for it; the table's later requests may wait for ever. */
  call(operation: string, request: JsonObject): Promise<RealAnswer | undefined>;
  create(schema: TableSchema): Promise<void>;
}

/** Nobody checks them. */
const SIGNED = {
  authorization:
    "AWS4-HMAC-SHA256 Credential=a/20200101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=a",
  "x-amz-date": "20200101T000000Z",
  "content-type": "application/x-amz-json-1.0",
};

export async function startRealService(): Promise<RealService> {
  const thread = new Worker(new URL("dynalite-worker.mjs", import.meta.url));
  const [port] = (await once(thread, "message")) as [number];
  const call = async (operation: string, request: JsonObject): Promise<RealAnswer | undefined> => {
    const response = await fetch(`http://127.0.0.1:${port}`, {
      method: "POST",
      headers: { ...SIGNED, "x-amz-target": `DynamoDB_20120810.${operation}` },
      body: JSON.stringify(request),
    }).catch(() => undefined);
    return response && { ok: response.ok, body: (await response.json()) as JsonObject };
  };
  return {
    call,
    create: async ({ tableName, partitionKey, sortKey }) => {
      const keys = sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
      const request = {
        TableName: tableName,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: keys.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
        KeySchema: keys.map(({ name }, i) => ({ AttributeName: name, KeyType: i === 0 ? "HASH" : "RANGE" })),
      };
      // Until it is there: the end of an earlier request may have closed this one's connection.
      for (;;) {
        const answered = await call("DescribeTable", { TableName: tableName });
        if (answered?.ok === false) await call("CreateTable", request);
        else if (JSON.stringify(answered).includes('"ACTIVE"')) return;
      }
    },
    [Symbol.asyncDispose]: async () => {
      await thread.terminate();
    },
  };
}
