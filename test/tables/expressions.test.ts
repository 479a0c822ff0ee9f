/** Expressions, where a made-up request seldom goes, and where dynalite and DynamoDB's documentation differ. */
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/asl/json.ts";
import { MemoryTable, schemaOf } from "./words.ts";

const ITEM = {
  id: { S: "x" },
  n: { N: "5" },
  t: { S: "text" },
  z: { S: "\u{1F600}" },
  f: { BOOL: false },
  nil: { NULL: true },
  bin: { B: "AAEC" },
  ss: { SS: ["a", "b"] },
  l: { L: [{ N: "1" }, { S: "two" }, { M: { deep: { N: "3" } } }] },
  m: { M: { a: { N: "1" }, held: { M: { b: { N: "2" } } } } },
};

function tableWith(item: JsonObject = ITEM): MemoryTable {
  const table = new MemoryTable(schemaOf("t", { name: "id", type: "S" }));
  table.do("putItem", { Item: item });
  return table;
}

/** The placeholders that an expression uses. */
function used(expression: string, values: JsonObject): JsonObject {
  const found = Object.entries(values).filter(([name]) => new RegExp(`${name}\\b`, "u").test(expression));
  return found.length === 0 ? {} : { ExpressionAttributeValues: Object.fromEntries(found) };
}

const VALUES = {
  ":five": { N: "5.0" },
  ":one": { N: "1" },
  ":nine": { N: "9" },
  ":text": { S: "text" },
  ":te": { S: "te" },
  ":wide": { S: "\uFF5E" },
  ":false": { BOOL: false },
  ":null": { NULL: true },
  ":bytes": { B: "AAE=" },
  ":set": { SS: ["b", "a"] },
  ":a": { S: "a" },
  ":type": { S: "SS" },
  ":three": { N: "3" },
  ":list": { L: [{ N: "1" }] },
  ":map": { M: { b: { N: "2" } } },
};

describe("a condition", () => {
  test.each([
    ["n = :five", true],
    ["NOT NOT n = :five", true],
    ["not n = :five OR n = :five AND n = :nine", false],
    ["(n = :nine OR n = :five) AND t = :text", true],
    ["n BETWEEN :one AND :nine AND t = :text", true],
    ["n IN (:one, :five)", true],
    ["f IN (:false)", true],
    ["f = :false", true],
    ["nil = :null", true],
    ["ss = :set", true],
    ["m.held = :map", true],
    ["l[2].deep = :three", true],
    ["l[9] = :three", false],
    ["absent = :one", false],
    ["absent <> :one", true],
    ["absent = nowhere", false],
    ["n < :text", false],
    ["f < :nine", false],
    ["n <> :text", true],
    // U+1F600 is above U+FF5E in UTF-8 and code points, below it in UTF-16.
    ["z > :wide", true],
    ["t > :te", true],
    ["bin > :bytes", true],
    ["begins_with(t, :te)", true],
    ["begins_with(bin, :bytes)", true],
    ["begins_with(n, :te)", false],
    ["contains(t, :te)", true],
    ["contains(bin, :bytes)", true],
    ["contains(ss, :a)", true],
    ["contains(ss, :one)", false],
    ["contains(l, :one)", true],
    ["contains(n, :one)", false],
    ["attribute_type(ss, :type)", true],
    ["attribute_exists(m.held.b) AND attribute_not_exists(m.held.c)", true],
    ["size(t) < :five AND size(bin) = :three AND size(l) = :three", true],
    ["size(ss) <= size(l) AND size(m) >= size(ss)", true],
    ["size(n) = :one", false],
    ["(n) = (:five)", true],
  ])("%s: %s", (ConditionExpression, holds) => {
    const request = { Key: { id: { S: "x" } }, ConditionExpression, ...used(ConditionExpression, VALUES) };
    const answer = tableWith().ask("deleteItem", request);
    const failed = { ok: false, code: "ConditionalCheckFailedException" };
    expect(answer).toMatchObject(holds ? { ok: true } : failed);
  });

  test.each([
    ["n =", `Syntax error; token: "<EOF>", near: "="`],
    ["= n", `Syntax error; token: "=", near: "= n"`],
    ["n = :five :five", `Syntax error; token: ":five", near: ":five :five"`],
    ["n ! :five", `Syntax error; token: "!", near: "n ! :five"`],
    ["n IN ()", `Syntax error; token: ")", near: "()"`],
    ["l[x] = :five", `Syntax error; token: "x", near: "[x]"`],
    ["n BETWEEN :one", `Syntax error; token: "<EOF>", near: ":one"`],
    ["n AND n", `Syntax error; token: "AND", near: "n AND n"`],
    ["or = :five", `Syntax error; token: "or", near: "or ="`],
    ["((n = :five))", "The expression has redundant parentheses;"],
    ["(n = :five", `Syntax error; token: "<EOF>", near: ":five"`],
    [
      `${"n = :five AND ".repeat(300)} n = :five`,
      "Expression size has exceeded the maximum allowed size; expression size: 4210",
    ],
    [
      `n IN (${Array.from({ length: 101 }, () => ":five").join(", ")})`,
      "Incorrect number of operands for operator or function; operator or function: IN, number of operands: 102",
    ],
    ["year = :five", "Attribute name is a reserved keyword; reserved keyword: year"],
  ])("%.40s is refused", (ConditionExpression, message) => {
    const request = { Key: { id: { S: "x" } }, ConditionExpression, ...used(ConditionExpression, VALUES) };
    expect(tableWith().refusal("deleteItem", request)).toBe(
      `ValidationException: Invalid ConditionExpression: ${message}`,
    );
  });
});

describe("an update", () => {
  const change = (UpdateExpression: string, values: JsonObject = {}, item: JsonObject = ITEM): JsonObject => {
    const table = tableWith(item);
    const { Attributes } = table.do("updateItem", {
      Key: { id: { S: "x" } },
      UpdateExpression,
      ...used(UpdateExpression, values),
      ReturnValues: "UPDATED_NEW",
    });
    return Attributes as JsonObject;
  };

  test("reads everything as it was before", () => {
    const swapped = change("SET a = b, b = a", {}, { id: { S: "x" }, a: { N: "1" }, b: { N: "2" } });
    expect(swapped).toEqual({ a: { N: "2" }, b: { N: "1" } });
  });

  test("of elements of a list is about the elements that were there", () => {
    const list = { id: { S: "x" }, l: { L: ["0", "1", "2", "3"].map((N) => ({ N })) } };
    const table = tableWith(list);
    const UpdateExpression = "REMOVE l[0], l[2] SET l[1] = :one, l[9] = :nine, l[7] = :five";
    table.do("updateItem", { Key: { id: { S: "x" } }, UpdateExpression, ...used(UpdateExpression, VALUES) });
    expect(table.do("getItem", { Key: { id: { S: "x" } } })).toMatchObject({
      Item: { l: { L: [{ N: "1" }, { N: "3" }, { N: "5" }, { N: "9" }] } },
    });
  });

  test("counts exactly, with decimals", () => {
    const counted = change("SET n = n - :c, #m = :c ADD d :c".replace("#m", "e"), { ":c": { N: "0.1" } });
    expect(counted).toEqual({ n: { N: "4.9" }, e: { N: "0.1" }, d: { N: "0.1" } });
  });

  test("adds to sets and takes from them; nothing is left of an empty one", () => {
    expect(change("ADD ss :s", { ":s": { SS: ["b", "c"] } })).toEqual({ ss: { SS: ["a", "b", "c"] } });
    expect(change("DELETE ss :s SET n = :one", { ":s": { SS: ["a", "b"] }, ":one": { N: "1" } })).toEqual({
      n: { N: "1" },
    });
  });

  test("names that JavaScript knows are names like any other", () => {
    const table = tableWith(JSON.parse('{"id":{"S":"x"},"__proto__":{"N":"1"},"constructor":{"N":"2"}}') as JsonObject);
    const request = {
      Key: { id: { S: "x" } },
      UpdateExpression: "SET #p = #p + #c, toString = if_not_exists(toString, #c)",
      ExpressionAttributeNames: { "#p": "__proto__", "#c": "constructor" },
      ReturnValues: "ALL_NEW",
    };
    const { Attributes } = table.do("updateItem", request);
    expect(JSON.stringify(Attributes)).toBe(
      '{"id":{"S":"x"},"__proto__":{"N":"3"},"constructor":{"N":"2"},"toString":{"N":"2"}}',
    );
  });

  test("that makes an item too large changes nothing", () => {
    const table = tableWith({ id: { S: "x" }, l: { L: [{ S: "a".repeat(300_000) }] } });
    const request = { Key: { id: { S: "x" } }, UpdateExpression: "SET l = list_append(l, l)" };
    expect(table.refusal("updateItem", request)).toBe(
      "ValidationException: Item size to update has exceeded the maximum allowed size",
    );
    expect(JSON.stringify(table.do("getItem", { Key: { id: { S: "x" } } })).length).toBeLessThan(310_000);
  });
});

describe("a query", () => {
  const keys = { name: "k", type: "B" } as const;
  const sorted = (): MemoryTable => {
    const table = new MemoryTable(schemaOf("t", { name: "id", type: "N" }, keys));
    for (const B of ["AAE=", "AA==", "/w==", "AAEC"]) table.do("putItem", { Item: { id: { N: "1" }, k: { B } } });
    return table;
  };
  const ask = (condition: string, more: JsonObject = {}): unknown => {
    const KeyConditionExpression = `id = :id AND ${condition}`;
    const values = { ":id": { N: "1.0" }, ":k": { B: "AAE=" } };
    const request = { KeyConditionExpression, ExpressionAttributeValues: values, ...more };
    return (sorted().do("query", request)["Items"] as readonly { k: { B: string } }[]).map(({ k }) => k.B);
  };

  test("goes by the bytes of binary keys", () => {
    expect(ask("k > :k")).toEqual(["AAEC", "/w=="]);
    expect(ask("k >= :k", { ScanIndexForward: false })).toEqual(["/w==", "AAEC", "AAE="]);
    expect(ask("k <= :k")).toEqual(["AA==", "AAE="]);
    expect(ask("begins_with(k, :k)")).toEqual(["AAE=", "AAEC"]);
  });

  test("stops at a megabyte, and goes on from there", () => {
    const table = new MemoryTable(schemaOf("t", { name: "id", type: "S" }, { name: "n", type: "N" }));
    for (let n = 0; n < 6; n += 1)
      table.do("putItem", { Item: { id: { S: "x" }, n: { N: String(n) }, d: { S: "d".repeat(400_000) } } });
    const query = { KeyConditionExpression: "id = :x", ExpressionAttributeValues: { ":x": { S: "x" } } };
    const first = table.do("query", { ...query, ReturnConsumedCapacity: "TOTAL" });
    expect(first).toMatchObject({ Count: 3, LastEvaluatedKey: { id: { S: "x" }, n: { N: "2" } } });
    expect(first).toMatchObject({ ConsumedCapacity: { CapacityUnits: 146.5 } });
    const second = table.do("query", { ...query, ExclusiveStartKey: first["LastEvaluatedKey"] ?? null });
    expect(second).toMatchObject({ Count: 3 });
  });

  test("of an index that there is not", () => {
    const request = {
      IndexName: "i",
      KeyConditionExpression: "id = :x",
      ExpressionAttributeValues: { ":x": { S: "x" } },
    };
    expect(tableWith().refusal("query", request)).toBe(
      "ValidationException: The table does not have the specified index: i",
    );
  });

  test.each([
    [
      { Select: "SPECIFIC_ATTRIBUTES" },
      "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
    ],
    [
      { Select: "COUNT", ProjectionExpression: "n" },
      "Cannot specify the ProjectionExpression when choosing to get COUNT",
    ],
    [
      { Select: "ALL_PROJECTED_ATTRIBUTES" },
      "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
    ],
  ])("that shows %j", (more, message) => {
    expect(tableWith().refusal("scan", more)).toBe(`ValidationException: ${message}`);
  });
});

describe("a scan", () => {
  test("in segments finds each item once", () => {
    const table = tableWith();
    for (let i = 0; i < 50; i += 1) table.do("putItem", { Item: { id: { S: `item ${i}` } } });
    const counts = [0, 1, 2].map((Segment) => Number(table.do("scan", { Segment, TotalSegments: 3 })["Count"]));
    expect(counts.reduce((sum, count) => sum + count)).toBe(51);
    expect(Math.min(...counts)).toBeGreaterThan(5);
  });

  test.each([
    [
      { Segment: 0 },
      "The TotalSegments parameter is required but was not present in the request when Segment parameter is present",
    ],
    [
      { TotalSegments: 2 },
      "The Segment parameter is required but was not present in the request when parameter TotalSegments is present",
    ],
    [
      { Segment: 2, TotalSegments: 2 },
      "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than TotalSegments: 2",
    ],
    [
      { Limit: 0, Segment: -1 },
      "2 validation errors detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1; Value '-1' at 'segment' failed to satisfy constraint: Member must have value greater than or equal to 0",
    ],
    [
      { TotalSegments: 1_000_001 },
      "1 validation error detected: Value '1000001' at 'totalSegments' failed to satisfy constraint: Member must have value less than or equal to 1000000",
    ],
  ])("%j is refused", (request, message) => {
    expect(tableWith().refusal("scan", request)).toBe(`ValidationException: ${message}`);
  });
});

describe("a projection", () => {
  test("shows parts of maps and elements of lists, which close up", () => {
    const { Item } = tableWith().do("getItem", {
      Key: { id: { S: "x" } },
      ProjectionExpression: "l[2].deep, l[0], m.held.b, nowhere, n.a, l[5]",
    });
    expect(Item).toEqual({
      l: { L: [{ N: "1" }, { M: { deep: { N: "3" } } }] },
      m: { M: { held: { M: { b: { N: "2" } } } } },
    });
  });

  test("of nothing that there is shows an empty item", () => {
    const request = { Key: { id: { S: "x" } }, ProjectionExpression: "nowhere" };
    expect(tableWith().do("getItem", request)).toEqual({ Item: {} });
  });
});

describe("an item", () => {
  test.each([
    [{ S: "half \ud83d" }, "One or more parameter values were invalid: A string holds half of a surrogate pair"],
    [{ B: "no base64!" }, "Invalid Base64 in a binary value: it is written as base64"],
    [nested(33), "Nesting Levels have exceeded supported limits"],
  ])("%j is refused", (value, message) => {
    const table = tableWith();
    expect(table.refusal("putItem", { Item: { id: { S: "y" }, value } })).toBe(`ValidationException: ${message}`);
  });

  test("may be 32 levels deep", () => {
    expect(tableWith().ask("putItem", { Item: { id: { S: "y" }, value: nested(32) } }).ok).toBe(true);
  });

  test("whose JSON a row has no room for is too large, though DynamoDB would count less", () => {
    const value = { L: Array.from({ length: 160_000 }, () => ({ NULL: true })) };
    expect(tableWith().refusal("putItem", { Item: { id: { S: "y" }, value } })).toBe(
      "ValidationException: Item size has exceeded the maximum allowed size",
    );
  });

  test.each([
    ["a".repeat(2049), "Size of hashkey has exceeded the maximum size limit of2048 bytes"],
    ["", "empty string value. Key: id"],
  ])("with the key %.10s is refused", (S, message) => {
    expect(tableWith().refusal("putItem", { Item: { id: { S } } })).toContain(message);
  });

  test("with too long a sort key is refused", () => {
    const table = new MemoryTable(schemaOf("t", { name: "id", type: "S" }, { name: "k", type: "S" }));
    expect(table.refusal("putItem", { Item: { id: { S: "x" }, k: { S: "é".repeat(513) } } })).toContain(
      "Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
    );
  });
});

function nested(levels: number): JsonObject {
  return levels === 0 ? { N: "1" } : { L: [nested(levels - 1)] };
}
