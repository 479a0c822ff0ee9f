/** Made-up requests: for the wire of AWS and for every route of REST, most of them wrong somewhere. */
import type { Operation } from "../../src/api/inputs.ts";
import type { Shape, StructureShape } from "../../src/api/shape.ts";
import { INPUTS } from "../../src/api/shapes.ts";
import { ROUTES } from "../../src/api/rest/router.ts";
import type { Route } from "../../src/api/rest/route.ts";
import type { Json } from "../../src/asl/json.ts";
import type { Dice } from "../engine/simulated-machine.ts";
import { makeDefinition } from "./definitions.ts";
import { mutateBytes, mutateText, mutateTree, objectOf, wildText, wildValue } from "./values.ts";

export interface MadeRequest {
  /** The operation, or the route's method and path. */
  readonly of: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** What is there, by the members that name it. */
export type World = Readonly<Record<string, readonly string[]>>;

export const OPERATIONS = Object.keys(INPUTS) as readonly Operation[];
export { ROUTES };

const JSON_10 = "application/x-amz-json-1.0";
const CONTENT_TYPES = [
  "",
  "application/json",
  "application/x-amz-json-1.1",
  "text/plain",
  "application/cbor",
  "multipart/form-data; boundary=x",
  `${JSON_10}; charset=utf-16`,
  "x".repeat(2000),
];

export function operationRequest(dice: Dice, operation: Operation, world: World): MadeRequest {
  const input = structureOf(dice, INPUTS[operation], world);
  const { body, headers } = bodyOf(dice, input);
  const target = dice.chance(0.02) ? headerText(dice) : `AWSStepFunctions.${operation}`;
  return {
    of: operation,
    method: "POST",
    path: "/",
    headers: { "content-type": JSON_10, ...headers, "x-amz-target": target },
    body,
  };
}

/** A value for each member, mostly of the right kind. */
function structureOf(dice: Dice, shape: StructureShape, world: World): Json {
  const members = Object.entries(shape.members).flatMap(([name, member]): [string, Json][] => {
    if (!dice.chance(shape.required.includes(name) ? 0.95 : 0.4)) return [];
    return [[name, valueOf(dice, name, member, world)]];
  });
  return objectOf(dice.chance(0.05) ? [...members, [wildText(dice), wildValue(dice)]] : members);
}

function valueOf(dice: Dice, name: string, shape: Shape, world: World): Json {
  if (dice.chance(0.06)) return wildValue(dice);
  switch (shape.type) {
    case "string":
      return textOf(dice, name, shape.values, world);
    case "boolean":
      return dice.chance(0.5);
    case "list":
      return Array.from({ length: dice.between(0, 3) }, () => valueOf(dice, name, shape.member, world));
    case "structure":
      return structureOf(dice, shape, world);
    default:
      return dice.of([shape.min ?? 0, shape.max ?? 1000, 1, 0, -1, 1.5, 1e300, dice.between(0, 1000)]);
  }
}

function textOf(dice: Dice, name: string, values: readonly string[] | undefined, world: World): string {
  if (dice.chance(0.1)) return wildText(dice);
  if (values !== undefined) return dice.of(values);
  const known = world[name];
  if (known !== undefined && known.length > 0 && dice.chance(0.85)) {
    return dice.chance(0.1) ? mutateText(dice, dice.of(known), 1) : dice.of(known);
  }
  if (name === "definition") return JSON.stringify(mutateTree(dice, makeDefinition(dice), dice.between(0, 2)));
  if (name === "input" || name === "output" || name === "result") {
    const text = JSON.stringify(wildValue(dice));
    return dice.chance(0.3) ? mutateText(dice, text, 1) : text;
  }
  return dice.of(["a", "name-1", "x".repeat(81), "1", ""]);
}

/** The input as bytes, of which some are wrong; now and then another content type. */
function bodyOf(
  dice: Dice,
  input: Json,
): Pick<MadeRequest, "headers"> & { readonly body: string | Uint8Array<ArrayBuffer> } {
  const text = JSON.stringify(dice.chance(0.2) ? mutateTree(dice, input, dice.between(1, 3)) : input);
  const headers = dice.chance(0.05) ? { "content-type": dice.of(CONTENT_TYPES) } : {};
  if (dice.chance(0.1)) return { headers, body: mutateText(dice, text, dice.between(1, 3)) };
  if (dice.chance(0.05)) {
    return {
      headers,
      body: mutateBytes(dice, new TextEncoder().encode(text), dice.between(1, 4)) as Uint8Array<ArrayBuffer>,
    };
  }
  return { headers, body: text };
}

/** Without what no client can send. */
function headerText(dice: Dice): string {
  return wildText(dice)
    .replaceAll(/[^\x20-\x7e]/gu, "")
    .trim();
}

export function routeRequest(dice: Dice, route: Route, world: World): MadeRequest {
  const path = route.path.replaceAll(/\{(\w+)\}/gu, (_, name: string) =>
    encodeURIComponent(parameterOf(dice, name, world)),
  );
  const own = "query" in route ? route.query.map(({ name }) => name) : [];
  const names = [
    ...own,
    ...own,
    "limit",
    "cursor",
    "status",
    "prefix",
    "includedData",
    "maxResults",
    "nextToken",
    "stateMachine",
    "order",
    "q",
  ];
  const query = Array.from({ length: dice.chance(0.6) ? 0 : dice.between(1, 3) }, () => {
    const value = dice.of(["1", "0", "-1", "1000", "SUCCEEDED", "METADATA_ONLY", wildText(dice)]);
    return `${encodeURIComponent(dice.of(names))}=${encodeURIComponent(value.toWellFormed())}`;
  });
  const search = query.length === 0 ? "" : `?${query.join("&")}`;
  const of = `${route.method} ${route.path}`;
  if (route.method === "GET" || route.method === "DELETE")
    return { of, method: route.method, path: path + search, headers: {} };
  const input = "operation" in route ? structureOf(dice, INPUTS[route.operation], world) : ownBody(dice, world);
  const { body, headers } = bodyOf(dice, input);
  return {
    of,
    method: route.method,
    path: path + search,
    headers: { "content-type": "application/json", ...headers },
    body,
  };
}

function parameterOf(dice: Dice, name: string, world: World): string {
  const known = world[name];
  const value = known !== undefined && dice.chance(0.7) ? dice.of(known) : wildText(dice);
  return value.toWellFormed() || "-";
}

/** Members that the routes of our own know, with values of all kinds. */
function ownBody(dice: Dice, world: World): Json {
  const names = [
    "url",
    "service",
    "queue",
    "states",
    "secret",
    "fields",
    "statuses",
    "stateMachineArn",
    "path",
    "name",
    "type",
    "text",
  ];
  const members = Array.from({ length: dice.between(0, 3) }, (): [string, Json] => {
    const name = dice.of(names);
    const values: readonly Json[] = [
      "https://example.com/x",
      "MY_QUEUE",
      ["SUCCEEDED"],
      { a: "$.a" },
      "$.a",
      wildValue(dice),
    ];
    return [name, world[name] === undefined ? dice.of(values) : dice.of(world[name])];
  });
  return objectOf(members);
}

/** Written by hand: whatever the operation, these bodies are none. */
export function handwritten(operation: Operation): readonly MadeRequest[] {
  const deep = (open: string, close: string, levels: number): string => open.repeat(levels) + close.repeat(levels);
  const bodies: readonly (string | Uint8Array<ArrayBuffer>)[] = [
    "",
    " ",
    "null",
    "true",
    "0",
    '""',
    "[]",
    "[{}]",
    "{",
    "}",
    "{}{}",
    "{},",
    '{"a"}',
    '{"a":}',
    "{'a':1}",
    '{"a":1,}',
    "{a:1}",
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":1.}',
    '{"a":1e999}',
    '{"a":-1e999}',
    '{"a":NaN}',
    '{"a":Infinity}',
    '{"a":0x10}',
    '{"a":undefined}',
    '{"a":"\u0001"}',
    '{"a":"\\u12"}',
    '{"a":"\\x41"}',
    '{"a":"\\ud800"}',
    '{"a":"\ud800"}',
    '{"a":"\\u0000"}',
    '{"a":1,"a":2}',
    '\ufeff{"a":1}',
    '{"__proto__":{"name":"x"}}',
    '{"__proto__":null,"constructor":{"prototype":{"x":1}}}',
    '{"toString":1,"hasOwnProperty":1}',
    '{"name":{"__proto__":{"length":1}}}',
    '{"maxResults":99999999999999999999}',
    '{"name":"../../etc/passwd"}',
    '{"name":"\\u0000"}',
    `{"name":"${"x".repeat(100_000)}"}`,
    `{"${"k".repeat(100_000)}":1}`,
    `{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join()}}`,
    deep("[", "]", 64),
    deep("[", "]", 100_000),
    deep('{"a":', "}", 65),
    `{"name":${deep("[", "]", 70)}}`,
    `{"definition":${JSON.stringify(deep("[", "]", 2000))}}`,
    "x".repeat(1_310_721),
    new Uint8Array([0]),
    new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
    new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
    new Uint8Array([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
    new Uint8Array([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0]),
    new Uint8Array(1000).fill(0x80),
  ];
  const target = `AWSStepFunctions.${operation}`;
  const of = `${operation}, by hand`;
  const made = bodies.flatMap((body) =>
    [JSON_10, "application/json", ""].map((type) => ({
      of,
      method: "POST",
      path: "/",
      headers: { "content-type": type, "x-amz-target": target },
      body,
    })),
  );
  const targets = [
    target.toLowerCase(),
    ` ${target} `,
    `${target}.`,
    `.${operation}`,
    operation,
    `AWSStepFunctions_20161123.${operation}`,
  ];
  const misdirected = targets.map((wrong) => ({
    of,
    method: "POST",
    path: "/",
    headers: { "x-amz-target": wrong },
    body: "{}",
  }));
  const methods = ["PUT", "PATCH", "DELETE", "OPTIONS"].map((method) => ({
    of,
    method,
    path: "/",
    headers: { "x-amz-target": target },
  }));
  const paths = [
    "//",
    "/?x=1",
    "/%00",
    "/..%2f",
    "/api",
    "/api/",
    "/api/%ff",
    "/api/nope",
    `/api/${"x".repeat(4000)}`,
  ].map((path) => ({
    of,
    method: "POST",
    path,
    headers: { "x-amz-target": target },
    body: "{}",
  }));
  return [...made, ...misdirected, ...methods, ...paths];
}
