/** What fuzzing is made of: values that nobody expects, and texts and trees with something wrong in them. */
import type { Json, JsonArray, JsonObject } from "../../src/asl/json.ts";
import type { Dice } from "../engine/simulated-machine.ts";

/** Names that lead somewhere in careless code: to prototypes, lengths, methods, other people's members. */
export const EVIL_KEYS = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
  "toLocaleString",
  "toJSON",
  "then",
  "length",
  "name",
  "__defineGetter__",
  "__defineSetter__",
  "__lookupGetter__",
  "__lookupSetter__",
  "caller",
  "arguments",
  "apply",
  "sequence",
  "_jsonata_function",
  "_jsonata_lambda",
  "tupleStream",
  "outerWrapper",
  "keepSingleton",
  "cons",
  "",
  " ",
  ".",
  "$",
  "$$",
  "a.b",
  "a['b']",
  "é\u0000ü",
  "\u{1f600}",
  "0",
  "-1",
  "4294967295",
] as const;

const EVIL_TEXTS = [
  ...EVIL_KEYS,
  "null",
  "true",
  "1e999",
  "-0",
  "NaN",
  "{}",
  "[]",
  '"',
  "\\",
  "'",
  "\u0000",
  "\ud800",
  "\udfff",
  "\ufeff",
  "\u2028",
  "\r\n",
  "{%%}",
  "{% %}",
  "{% ( %}",
  "{% $states.input %}",
  "$.a[?(@.b)]",
  "$..*",
  "States.UUID()",
  "2024-02-29T00:00:00Z",
  "9999-12-31T23:59:59.999999999Z",
  "0000-01-01T00:00:00Z",
  "arn:aws:states:::lambda:invoke",
  "x".repeat(300),
  "(".repeat(300),
] as const;

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.5,
  1e21,
  -1e21,
  1e-7,
  1e308,
  5e-324,
  2 ** 31,
  2 ** 53,
  2 ** 53 + 2,
  99_999_999,
] as const;

export function wildText(dice: Dice): string {
  if (dice.chance(0.7)) return dice.of(EVIL_TEXTS);
  return Array.from({ length: dice.between(0, 12) }, () => wildCharacter(dice)).join("");
}

function wildCharacter(dice: Dice): string {
  if (dice.chance(0.8)) return String.fromCharCode(dice.between(0x20, 0x7e));
  return String.fromCharCode(dice.between(0, 0xffff));
}

/** Any JSON value, small. */
export function wildValue(dice: Dice, depth = 0): Json {
  switch (dice.between(0, depth > 2 ? 4 : 6)) {
    case 0:
      return null;
    case 1:
      return dice.chance(0.5);
    case 2:
      return dice.of(NUMBERS);
    case 3:
    case 4:
      return wildText(dice);
    case 5:
      return Array.from({ length: dice.between(0, 3) }, () => wildValue(dice, depth + 1));
    default:
      return objectOf(Array.from({ length: dice.between(0, 3) }, () => [wildText(dice), wildValue(dice, depth + 1)]));
  }
}

/** `__proto__` becomes a member like any other. */
export function objectOf(members: readonly (readonly [string, Json])[]): JsonObject {
  return Object.fromEntries(members);
}

/** A copy of the tree with that many nodes changed. */
export function mutateTree(dice: Dice, tree: Json, changes: number): Json {
  let changed = tree;
  for (let i = 0; i < changes; i++) changed = mutateNode(dice, changed);
  return changed;
}

function mutateNode(dice: Dice, tree: Json): Json {
  if (tree === null || typeof tree !== "object" || dice.chance(0.15)) return mutateLeaf(dice, tree);
  if (Array.isArray(tree)) return mutateArray(dice, tree as JsonArray);
  const members = Object.entries(tree as JsonObject);
  if (members.length === 0) return objectOf([[wildText(dice), wildValue(dice)]]);
  const at = dice.between(0, members.length - 1);
  const [key, value] = members[at] ?? ["", null];
  switch (dice.between(0, 9)) {
    case 0:
      return objectOf(members.toSpliced(at, 1));
    case 1:
      return objectOf(members.toSpliced(at, 1, [wildText(dice), value]));
    case 2:
      return objectOf([...members, [dice.chance(0.5) ? `${key}.$` : wildText(dice), wildValue(dice)]]);
    case 3:
      // Another's value.
      return objectOf(members.with(at, [key, dice.of(members)[1]]));
    default:
      return objectOf(members.with(at, [key, mutateNode(dice, value)]));
  }
}

function mutateArray(dice: Dice, items: JsonArray): Json {
  if (items.length === 0) return [wildValue(dice)];
  const at = dice.between(0, items.length - 1);
  const item = items[at] ?? null;
  switch (dice.between(0, 6)) {
    case 0:
      return items.toSpliced(at, 1);
    case 1:
      return [...items, item];
    default:
      return items.with(at, mutateNode(dice, item));
  }
}

function mutateLeaf(dice: Dice, leaf: Json): Json {
  if (typeof leaf === "string" && dice.chance(0.6)) return mutateText(dice, leaf, 1);
  if (typeof leaf === "number" && dice.chance(0.3)) return -leaf;
  return wildValue(dice);
}

const TOKENS = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "\\",
  "\\u",
  "$",
  "{%",
  "%}",
  "(",
  ")",
  "'",
  "0",
  "e",
  "-",
  ".",
  "*",
];

/** The text with that many places changed: characters cut, doubled, put in, swapped; or its end is missing. */
export function mutateText(dice: Dice, text: string, changes: number): string {
  let changed = text;
  for (let i = 0; i < changes; i++) {
    const at = dice.between(0, changed.length);
    const end = Math.min(changed.length, at + dice.between(1, 8));
    const [before, part, after] = [changed.slice(0, at), changed.slice(at, end), changed.slice(end)];
    switch (dice.between(0, 5)) {
      case 0:
        changed = before + after;
        break;
      case 1:
        changed = before + part + part + after;
        break;
      case 2:
        changed = before + dice.of(TOKENS) + part + after;
        break;
      case 3:
        changed = before + wildText(dice) + part + after;
        break;
      case 4:
        changed = before + wildCharacter(dice) + part.slice(1) + after;
        break;
      default:
        changed = dice.chance(0.2) ? before : before + Array.from(part).toReversed().join("") + after;
    }
  }
  return changed;
}

/** The bytes with that many places changed. */
export function mutateBytes(dice: Dice, bytes: Uint8Array, changes: number): Uint8Array {
  let changed = Uint8Array.from(bytes);
  for (let i = 0; i < changes; i++) {
    const at = dice.between(0, Math.max(0, changed.length - 1));
    switch (dice.between(0, 4)) {
      case 0:
        changed = changed.slice(0, at);
        break;
      case 1:
        changed = Uint8Array.from([...changed.slice(0, at), ...changed.slice(at + dice.between(1, 9))]);
        break;
      default:
        changed[at] = dice.of([0, 1, 0x7f, 0x80, 0xff, dice.between(0, 255)]);
    }
  }
  return changed;
}
