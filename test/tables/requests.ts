/** Requests of chance to a table: small items and few names, so that they meet; expressions that are mostly right. */
import * as fc from "fast-check";
import type { JsonObject } from "../../src/asl/json.ts";
import type { TableActionName } from "../../src/runtime/tables/table-rpc.ts";

export type Asked = readonly [TableActionName, JsonObject];

const NUMBERS = [
  "0",
  "1",
  "-1",
  "2",
  "10",
  "1.5",
  "-0.5",
  "0100",
  "1e3",
  "99999999999999999999999999999999999999",
  "1E-129",
];
const TEXTS = ["", "a", "ab", "b", "é", "\u{1F600}", "\uFF5E"];
const BYTES = ["", "AA==", "AAE=", "/w=="];

const number = fc.constantFrom(...NUMBERS).map((N) => ({ N }));
const text = fc.constantFrom(...TEXTS).map((S) => ({ S }));
const binary = fc.constantFrom(...BYTES).map((B) => ({ B }));
const set = fc.oneof(
  fc.uniqueArray(fc.constantFrom("a", "b", "c"), { minLength: 1 }).map((SS) => ({ SS })),
  fc.uniqueArray(fc.constantFrom("1", "2", "3.5"), { minLength: 1 }).map((NS) => ({ NS })),
  fc.uniqueArray(fc.constantFrom("AA==", "AAE="), { minLength: 1 }).map((BS) => ({ BS })),
);
const plain = fc.oneof(
  number,
  text,
  binary,
  fc.boolean().map((BOOL) => ({ BOOL })),
  fc.constant({ NULL: true }),
);
const wrong = fc.constantFrom<JsonObject>(
  {},
  { S: "a", N: "1" },
  { N: "one" },
  { N: "" },
  { N: "1e126" },
  { N: "1e-131" },
  { N: "999999999999999999999999999999999999999" },
  { SS: [] },
  { NS: [] },
  { BS: [] },
  { SS: ["a", "a"] },
  { NS: ["1", "1.0"] },
  { BS: ["AA==", "AA=="] },
  { NULL: false },
);

/** Names that are seldom wrong. */
const NAMES = ["a", "b", "c", "l", "m"];
const value: fc.Arbitrary<JsonObject> = fc.oneof(
  { weight: 6, arbitrary: plain },
  { weight: 3, arbitrary: set },
  { weight: 3, arbitrary: fc.array(fc.oneof(number, text), { maxLength: 3 }).map((L) => ({ L })) },
  {
    weight: 3,
    arbitrary: fc
      .dictionary(fc.constantFrom(...NAMES), fc.oneof(number, text, set), { maxKeys: 2 })
      .map((M) => ({ M: { ...M } })),
  },
);
const anyValue = fc.oneof({ weight: 30, arbitrary: value }, { weight: 1, arbitrary: wrong });

const path = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(...NAMES) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "m.a",
      "m.b",
      "l[0]",
      "l[1]",
      "l[7]",
      "m.l[0]",
      "#n",
      "#n.a",
      "#k",
      "id",
      "sort",
      "m.#n",
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom("name", "size", "#x", "a..b", "a[b]", "1a") },
);
const placeholder = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(":a", ":b", ":c") },
  { weight: 1, arbitrary: fc.constant(":x") },
);
const operand = fc.oneof(
  { weight: 6, arbitrary: path },
  { weight: 6, arbitrary: placeholder },
  { weight: 2, arbitrary: path.map((one) => `size(${one})`) },
  { weight: 1, arbitrary: fc.constantFrom("attribute_exists(a)", "size(:a)", "foo(a)", "size(a, b)") },
);

const comparison = fc.oneof(
  // Of two attributes that are not there dynalite says that they are equal.
  fc.tuple(operand, fc.constantFrom("=", "<>"), placeholder).map((parts) => parts.join(" ")),
  // Two lists, sets or maps, put in order, end dynalite.
  fc.tuple(operand, fc.constantFrom("<", "<=", ">", ">="), fc.constant(":c")).map((parts) => parts.join(" ")),
  fc
    .tuple(path, fc.constantFrom(":c", ":d"), fc.constantFrom(":c", ":d"))
    .map(([of, low, high]) => `${of} BETWEEN ${low} AND ${high}`),
  // A path among them ends dynalite, where the item has nothing there; and false is not in any list.
  fc
    .tuple(path, fc.array(fc.constantFrom(":c", ":d", ":x"), { minLength: 1, maxLength: 3 }))
    .map(([of, list]) => `${of} in (${list.join(",")})`),
  fc.tuple(fc.constantFrom("attribute_exists", "attribute_not_exists"), operand).map(([name, of]) => `${name}(${of})`),
  fc
    .tuple(fc.constantFrom("begins_with", "contains", "attribute_type"), operand, operand)
    .map(([name, of, by]) => `${name}(${of}, ${by})`),
);

const condition: fc.Arbitrary<string> = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    { weight: 4, arbitrary: comparison },
    {
      weight: 1,
      arbitrary: fc.tuple(tie("condition"), fc.constantFrom("AND", "or"), tie("condition")).map((x) => x.join(" ")),
    },
    { weight: 1, arbitrary: comparison.map((x) => `NOT ${x}`) },
    { weight: 1, arbitrary: tie("condition").map((x) => `(${x})`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "",
        "a",
        "a =",
        "((a = :a))",
        "a = :a AND",
        "size(a)",
        "a = a",
        "m.a <> m.a",
        "a = b = c",
        "(a) = :a",
        "NOT(a = :a)",
        "a[0]=:a",
      ),
    },
  ),
})).condition;

const setOperand: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: placeholder },
  { weight: 4, arbitrary: path },
  { weight: 3, arbitrary: fc.tuple(path, placeholder).map(([of, by]) => `if_not_exists(${of}, ${by})`) },
  { weight: 2, arbitrary: fc.tuple(path, placeholder).map(([of, by]) => `list_append(${of}, ${by})`) },
  { weight: 1, arbitrary: fc.constantFrom("if_not_exists(:a, :b)", "list_append(a)", "bar(a)") },
);
const sum = fc.oneof(
  { weight: 4, arbitrary: setOperand },
  { weight: 2, arbitrary: fc.tuple(setOperand, fc.constantFrom("+", "-"), setOperand).map((x) => x.join(" ")) },
);
const some = (one: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(one, { minLength: 1, maxLength: 3 }).map((list) => list.join(", "));
const section = fc.oneof(
  { weight: 4, arbitrary: some(fc.tuple(path, sum).map(([of, by]) => `${of} = ${by}`)).map((x) => `SET ${x}`) },
  { weight: 2, arbitrary: some(path).map((x) => `remove ${x}`) },
  { weight: 2, arbitrary: some(fc.tuple(path, placeholder).map((x) => x.join(" "))).map((x) => `ADD ${x}`) },
  { weight: 2, arbitrary: some(fc.tuple(path, placeholder).map((x) => x.join(" "))).map((x) => `DELETE ${x}`) },
);
const update = fc.oneof(
  { weight: 12, arbitrary: fc.array(section, { minLength: 1, maxLength: 2 }).map((x) => x.join(" ")) },
  { weight: 1, arbitrary: fc.constantFrom("", "SET", "SET a", "SET a = :a,", "a = :a", "REMOVE a REMOVE b") },
);

const key = (sortKey: boolean): fc.Arbitrary<JsonObject> =>
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc
        .tuple(fc.constantFrom("x", "y", "é"), fc.constantFrom("1", "2", "-3", "1.50"))
        .map(([id, sort]): JsonObject => ({ id: { S: id }, ...(sortKey && { sort: { N: sort } }) })),
    },
    { weight: 1, arbitrary: fc.constantFrom<JsonObject>({}, { id: { N: "1" } }, { id: { S: "" } }, { a: { S: "x" } }) },
  );

/** The placeholders that the request's expressions use, and seldom one more. */
function withPlaceholders(request: JsonObject, values: JsonObject, isExact: boolean): JsonObject {
  const expressions = Object.entries(request)
    .filter(([name]) => name.endsWith("Expression"))
    .map(([, expression]) => JSON.stringify(expression))
    .join(" ");
  const isUsed = (name: string): boolean => !isExact || new RegExp(`${name}(?!\\w)`, "u").test(expressions);
  const names = { "#n": "m", "#k": "id" };
  const kept = (given: JsonObject): JsonObject => Object.fromEntries(Object.entries(given).filter(([n]) => isUsed(n)));
  const [usedNames, usedValues] = [kept(names), kept(values)];
  return {
    ...request,
    ...(Object.keys(usedNames).length > 0 && { ExpressionAttributeNames: usedNames }),
    ...(Object.keys(usedValues).length > 0 && { ExpressionAttributeValues: usedValues }),
  };
}

const optional = (name: string, of: fc.Arbitrary<unknown>): fc.Arbitrary<JsonObject> =>
  fc.option(of, { nil: undefined }).map((given) => (given === undefined ? {} : ({ [name]: given } as JsonObject)));

/** In an order that bytes and UTF-16 agree about: dynalite goes by the latter. */
const orderly = fc.oneof(
  number,
  fc.constantFrom("", "a", "ab", "b", "é").map((S) => ({ S })),
  binary,
) as fc.Arbitrary<JsonObject>;
const values = fc.record({ ":a": anyValue, ":b": value, ":c": orderly, ":d": orderly });

function requestOf(
  action: TableActionName,
  parts: readonly fc.Arbitrary<JsonObject>[],
  everything = values,
): fc.Arbitrary<Asked> {
  return fc.tuple(fc.tuple(...parts), everything, fc.integer({ min: 0, max: 25 })).map(([members, given, chance]) => {
    const request = Object.assign({}, ...members) as JsonObject;
    return [action, withPlaceholders(request, given, chance > 0)] as const;
  });
}

export function requests(sortKey: boolean): fc.Arbitrary<readonly Asked[]> {
  const anyKey = key(sortKey);
  const keyed = anyKey.map((Key) => ({ Key }));
  const capacity = optional("ReturnConsumedCapacity", fc.constantFrom("TOTAL", "INDEXES", "NONE", "MUCH"));
  const returns = (...kinds: readonly string[]): fc.Arbitrary<JsonObject> =>
    optional("ReturnValues", fc.constantFrom(...kinds));
  const conditional = fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: condition.map((ConditionExpression) => ({ ConditionExpression })) },
  );
  // What a Select means beside a projection dynalite does not say.
  const shown = fc.oneof(
    optional("ProjectionExpression", some(path)),
    optional("Select", fc.constantFrom("COUNT", "ALL_ATTRIBUTES", "NOTHING")),
  );
  const filter = optional("FilterExpression", condition);
  const projection = optional("ProjectionExpression", some(path));
  const item = fc
    .tuple(anyKey, fc.dictionary(fc.constantFrom(...NAMES), anyValue, { maxKeys: 4 }))
    .map(([of, attributes]) => ({ Item: { ...attributes, ...of } }));
  const start = anyKey
    .filter(({ id }) => !['{"N":"1"}', '{"S":""}'].includes(JSON.stringify(id)))
    .map((ExclusiveStartKey): JsonObject => ({ ExclusiveStartKey }));
  const page = [
    optional("Limit", fc.integer({ min: 0, max: 3 })),
    optional("ConsistentRead", fc.boolean()),
    fc.oneof({ weight: 5, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: start }),
  ];
  const keyCondition = fc
    .oneof(
      { weight: 4, arbitrary: fc.constantFrom("id = :id", "#k = :id", ":id = id") },
      {
        weight: 5,
        arbitrary: fc.constantFrom(
          "id = :id AND sort < :n",
          "id = :id AND sort >= :n",
          "id = :id AND :n <= sort",
          "id = :id AND sort BETWEEN :n AND :m",
          "sort = :n AND id = :id",
        ),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          "id > :id",
          "sort = :n",
          "id = :id AND a = :n",
          "id = :id OR sort = :n",
          "id = :id AND begins_with(sort, :n)",
          "id = :id AND id = :id",
          "NOT id = :id",
          "id <> :id",
          "attribute_exists(id)",
          "id = :n",
          "m.a = :id",
          "id = sort",
          ":id = :n",
          "size(id) = :n",
          "id = :id AND sort = :n AND a = :m",
        ),
      },
    )
    .map((KeyConditionExpression) => ({ KeyConditionExpression }));
  const keyValues = fc
    .tuple(values, fc.constantFrom("x", "y", "é"), fc.constantFrom("-3", "0", "1"), fc.constantFrom("1.5", "2"))
    .map(([others, id, n, m]) => ({ ...others, ":id": { S: id }, ":n": { N: n }, ":m": { N: m } }));
  const one = fc.oneof(
    {
      weight: 6,
      arbitrary: requestOf("putItem", [item, returns("NONE", "ALL_OLD", "ALL_NEW"), capacity, conditional]),
    },
    { weight: 3, arbitrary: requestOf("getItem", [keyed, projection, capacity], fc.constant({}) as typeof values) },
    { weight: 1, arbitrary: requestOf("deleteItem", [keyed, returns("NONE", "ALL_OLD"), capacity, conditional]) },
    {
      weight: 8,
      arbitrary: requestOf("updateItem", [
        keyed,
        update.map((UpdateExpression) => ({ UpdateExpression })),
        returns("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW", "ALL"),
        capacity,
        conditional,
      ]),
    },
    {
      weight: 3,
      arbitrary: requestOf(
        "query",
        [keyCondition, filter, shown, capacity, optional("ScanIndexForward", fc.boolean()), ...page],
        keyValues as typeof values,
      ),
    },
    // Where a page ends says nothing: dynalite's partitions are in another order.
    { weight: 2, arbitrary: requestOf("scan", [filter, shown, capacity]) },
  );
  return fc.array(one, { minLength: 5, maxLength: 25 });
}
