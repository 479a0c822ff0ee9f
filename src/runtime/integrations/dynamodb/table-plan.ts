/** What CreateTable asks for: a key, and nothing that we have not. */
import type { JsonObject } from "../../../asl/json.ts";
import { invalid, invalidValue } from "../../tables/table-fault.ts";
import type { KeyAttribute, KeyType } from "../../tables/table-schema.ts";
import type { TablePlan } from "../../tables/tables.ts";

/** As the request's shape has them. */
interface Asked {
  readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: string }[];
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: string }[];
}

/** Throws DynamoDB's refusal. */
export function readTablePlan(tableArn: string, request: JsonObject): TablePlan {
  const { AttributeDefinitions, KeySchema } = request as unknown as Asked;
  const types = new Map(AttributeDefinitions.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]));
  const [hash, range, ...others] = KeySchema;
  if (hash?.KeyType !== "HASH") throw badSchema("The first KeySchemaElement is not a HASH key type");
  if (range !== undefined && range.KeyType !== "RANGE")
    throw badSchema("The second KeySchemaElement is not a RANGE key type");
  if (others.length > 0) throw badSchema("A key has one attribute, or two");
  if (range?.AttributeName === hash.AttributeName)
    throw invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  const sortKey = range === undefined ? {} : { sortKey: attributeOf(range.AttributeName, types) };
  return {
    tableName: tableArn.replace(/^.*\//u, ""),
    partitionKey: attributeOf(hash.AttributeName, types),
    ...sortKey,
  };
}

function attributeOf(name: string, types: ReadonlyMap<string, string>): KeyAttribute {
  const type = types.get(name);
  if (type === undefined) throw badSchema("Some index key attribute have no definition");
  if (!/^[SNB]$/u.test(type)) throw invalidValue(`The type of the key ${name} must be S, N or B`);
  return { name, type: type as KeyType };
}

function badSchema(message: string): Error {
  return invalid(`Invalid KeySchema: ${message}`);
}
