/** `#names` and `:values` of a request's expressions; what no expression uses is refused. */
import { isObject, type JsonObject } from "../../../asl/json.ts";
import { readValue, type AttributeValue } from "../attribute-value.ts";
import { TableFault, invalid } from "../table-fault.ts";

export class Placeholders {
  readonly #names: ReadonlyMap<string, string>;
  readonly #values: ReadonlyMap<string, AttributeValue>;
  readonly #used = new Set<string>();

  constructor(names: ReadonlyMap<string, string>, values: ReadonlyMap<string, AttributeValue>) {
    this.#names = names;
    this.#values = values;
  }

  /** @param placeholder with its `#` */
  name(placeholder: string): string | undefined {
    this.#used.add(placeholder);
    return this.#names.get(placeholder);
  }

  /** @param placeholder with its `:` */
  value(placeholder: string): AttributeValue | undefined {
    this.#used.add(placeholder);
    return this.#values.get(placeholder);
  }

  refuseUnused(): void {
    this.#refuseUnused("ExpressionAttributeNames", [...this.#names.keys()]);
    this.#refuseUnused("ExpressionAttributeValues", [...this.#values.keys()]);
  }

  #refuseUnused(member: string, keys: readonly string[]): void {
    const unused = keys.filter((key) => !this.#used.has(key));
    if (unused.length > 0)
      throw invalid(`Value provided in ${member} unused in expressions: keys: {${unused.join(", ")}}`);
  }
}

/** An expression that the request may have, and whether values can stand in it. */
export interface ExpressionMember {
  readonly name: string;
  readonly takesValues: boolean;
}

/** Refuses placeholders of a request without expressions. @param members the expressions that it may have */
export function refuseIdlePlaceholders(request: JsonObject, members: readonly ExpressionMember[]): void {
  const given = members.filter(({ name }) => request[name] !== undefined);
  const names = request["ExpressionAttributeNames"];
  if (names !== undefined && given.length === 0)
    throw invalid("ExpressionAttributeNames can only be specified when using expressions");
  const values = request["ExpressionAttributeValues"];
  const users = members.filter(({ takesValues }) => takesValues);
  if (values !== undefined && !given.some(({ takesValues }) => takesValues)) {
    const list = users.map(({ name }) => name).join(" and ");
    const verb = users.length > 1 ? "are" : "is";
    throw invalid(`ExpressionAttributeValues can only be specified when using expressions: ${list} ${verb} null`);
  }
}

export function readPlaceholders(request: JsonObject): Placeholders {
  return new Placeholders(
    readNames(request["ExpressionAttributeNames"]),
    readValues(request["ExpressionAttributeValues"]),
  );
}

function readNames(given: unknown): ReadonlyMap<string, string> {
  if (given === undefined) return new Map();
  const entries = Object.entries(given as Readonly<Record<string, string>>);
  if (entries.length === 0) throw invalid("ExpressionAttributeNames must not be empty");
  for (const [key] of entries) if (!/^#\w+$/u.test(key)) throw wrongKey("ExpressionAttributeNames", key);
  return new Map(entries);
}

function readValues(given: unknown): ReadonlyMap<string, AttributeValue> {
  if (given === undefined) return new Map();
  const entries = Object.entries(given as JsonObject);
  if (entries.length === 0) throw invalid("ExpressionAttributeValues must not be empty");
  for (const [key] of entries) if (!/^:\w+$/u.test(key)) throw wrongKey("ExpressionAttributeValues", key);
  return new Map(entries.map(([key, value]) => [key, readPlaceholder(key, isObject(value) ? value : {})]));
}

function readPlaceholder(key: string, value: JsonObject): AttributeValue {
  try {
    return readValue(value);
  } catch (error) {
    if (!(error instanceof TableFault)) throw error;
    throw invalid(`ExpressionAttributeValues contains invalid value: ${error.message} for key ${key}`);
  }
}

function wrongKey(member: string, key: string): Error {
  return invalid(`${member} contains invalid key: Syntax error; key: "${key}"`);
}
