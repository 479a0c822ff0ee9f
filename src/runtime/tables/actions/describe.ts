/** DescribeTable. @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html */
import type { JsonObject } from "../../../asl/json.ts";
import { keyAttributesOf, type TableSchema } from "../table-schema.ts";

/** What is known of how much a table holds. */
export interface TableExtent {
  readonly itemCount: number;
  readonly sizeBytes: number;
}

/** As AWS's SDK has it; moments are texts, as tasks see them. */
export function describeTable(schema: TableSchema, { itemCount, sizeBytes }: TableExtent): JsonObject {
  const attributes = keyAttributesOf(schema);
  return {
    AttributeDefinitions: attributes.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
    BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
    CreationDateTime: new Date(schema.createdAt).toISOString(),
    DeletionProtectionEnabled: false,
    ItemCount: itemCount,
    KeySchema: attributes.map(({ name }, index) => ({ AttributeName: name, KeyType: index === 0 ? "HASH" : "RANGE" })),
    ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    TableArn: schema.tableArn,
    TableId: schema.tableId,
    TableName: schema.tableName,
    TableSizeBytes: sizeBytes,
    TableStatus: "ACTIVE",
  };
}
