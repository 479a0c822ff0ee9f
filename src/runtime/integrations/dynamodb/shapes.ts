/**
 * What DynamoDB's actions take from a task.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
 */
export type Shape =
  | "STRING"
  | "NUMBER"
  | "BOOLEAN"
  /** An attribute value. */
  | "VALUE"
  | { readonly list: Shape }
  /** An object whose members' names are anybody's. */
  | { readonly map: Shape }
  /** Members whose names end in `!` must be there. */
  | { readonly members: Readonly<Record<string, Shape>> };

const ITEM: Shape = { map: "VALUE" };
const NAMES: Shape = { map: "STRING" };
/** Of an attribute value. */
export const VALUE_MEMBERS: Readonly<Record<string, Shape>> = {
  S: "STRING",
  N: "STRING",
  B: "STRING",
  SS: { list: "STRING" },
  NS: { list: "STRING" },
  BS: { list: "STRING" },
  BOOL: "BOOLEAN",
  NULL: "BOOLEAN",
  L: { list: "VALUE" },
  M: ITEM,
};

const TABLE = { "TableName!": "STRING" } as const;
const ANSWERED = { ReturnConsumedCapacity: "STRING", ReturnItemCollectionMetrics: "STRING" } as const;
const PLACEHOLDERS = { ExpressionAttributeNames: NAMES, ExpressionAttributeValues: ITEM } as const;
const CONDITIONAL = {
  ...PLACEHOLDERS,
  ConditionExpression: "STRING",
  ReturnValuesOnConditionCheckFailure: "STRING",
} as const;
const WRITE = { ...TABLE, ...ANSWERED, ...CONDITIONAL, ReturnValues: "STRING" } as const;
const READ = { ExpressionAttributeNames: NAMES, ProjectionExpression: "STRING", ConsistentRead: "BOOLEAN" } as const;
const PAGE = {
  ...TABLE,
  ...READ,
  ...PLACEHOLDERS,
  FilterExpression: "STRING",
  ExclusiveStartKey: ITEM,
  IndexName: "STRING",
  Limit: "NUMBER",
  Select: "STRING",
  ReturnConsumedCapacity: "STRING",
} as const;
const TRANSACTED = { ...TABLE, ...CONDITIONAL } as const;
const KEY_TYPES = { members: { "AttributeName!": "STRING", "KeyType!": "STRING" } } as const;

export type ActionName =
  | "batchGetItem"
  | "batchWriteItem"
  | "createTable"
  | "deleteItem"
  | "deleteTable"
  | "describeTable"
  | "getItem"
  | "putItem"
  | "query"
  | "scan"
  | "transactWriteItems"
  | "updateItem";

export const SHAPES: Readonly<Record<ActionName, Shape>> = {
  getItem: { members: { ...TABLE, ...READ, "Key!": ITEM, ReturnConsumedCapacity: "STRING" } },
  putItem: { members: { ...WRITE, "Item!": ITEM } },
  deleteItem: { members: { ...WRITE, "Key!": ITEM } },
  updateItem: { members: { ...WRITE, "Key!": ITEM, UpdateExpression: "STRING" } },
  query: { members: { ...PAGE, KeyConditionExpression: "STRING", ScanIndexForward: "BOOLEAN" } },
  scan: { members: { ...PAGE, Segment: "NUMBER", TotalSegments: "NUMBER" } },
  batchGetItem: {
    members: {
      "RequestItems!": { map: { members: { ...READ, "Keys!": { list: ITEM } } } },
      ReturnConsumedCapacity: "STRING",
    },
  },
  batchWriteItem: {
    members: {
      ...ANSWERED,
      "RequestItems!": {
        map: {
          list: {
            members: {
              PutRequest: { members: { "Item!": ITEM } },
              DeleteRequest: { members: { "Key!": ITEM } },
            },
          },
        },
      },
    },
  },
  transactWriteItems: {
    members: {
      ...ANSWERED,
      ClientRequestToken: "STRING",
      "TransactItems!": {
        list: {
          members: {
            ConditionCheck: { members: { ...TRANSACTED, "Key!": ITEM, "ConditionExpression!": "STRING" } },
            Put: { members: { ...TRANSACTED, "Item!": ITEM } },
            Delete: { members: { ...TRANSACTED, "Key!": ITEM } },
            Update: { members: { ...TRANSACTED, "Key!": ITEM, "UpdateExpression!": "STRING" } },
          },
        },
      },
    },
  },
  describeTable: { members: TABLE },
  createTable: {
    members: {
      ...TABLE,
      "AttributeDefinitions!": { list: { members: { "AttributeName!": "STRING", "AttributeType!": "STRING" } } },
      "KeySchema!": { list: KEY_TYPES },
      BillingMode: "STRING",
      ProvisionedThroughput: { members: { ReadCapacityUnits: "NUMBER", WriteCapacityUnits: "NUMBER" } },
    },
  },
  deleteTable: { members: TABLE },
};

export function isActionName(name: string): name is ActionName {
  return Object.hasOwn(SHAPES, name);
}
