/**
 * The attributes that messages of queues and topics carry beside their body.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
import { md5 } from "@noble/hashes/legacy.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { isObject, memberOf, type Json } from "../../asl/json.ts";

/** Either a text, numbers included, or bytes in base64. */
export interface MessageAttribute {
  /** `String`, `Number` or `Binary`, with a label of one's own behind a point. */
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

export type ReadAttributes =
  | { readonly ok: true; readonly attributes: MessageAttributes }
  /** What AWS says of it. */
  | { readonly ok: false; readonly message: string };

const MAX_ATTRIBUTES = 10;
const NAME = /^(?!aws\.|amazon\.|\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)$/iu;
const TYPE = /^(?:String|Number|Binary)(?:\..+)?$/u;
const BASE64 = /^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/u;

/** @param given absent or null: there are none */
export function readAttributes(given: Json | undefined): ReadAttributes {
  if (given === undefined || given === null) return { ok: true, attributes: {} };
  if (!isObject(given)) return { ok: false, message: "The message attributes must be an object." };
  const entries = Object.entries(given);
  if (entries.length > MAX_ATTRIBUTES) {
    const message = `Number of message attributes [${entries.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`;
    return { ok: false, message };
  }
  const read = entries.map(([name, value]) => [name, attributeOf(name, value)] as const);
  const fault = read.map(([, attribute]) => attribute).find((attribute) => typeof attribute === "string");
  if (fault !== undefined) return { ok: false, message: fault };
  // Own members, whatever their names are.
  return { ok: true, attributes: Object.fromEntries(read) as MessageAttributes };
}

/** A text says what is wrong. */
function attributeOf(name: string, given: Json): MessageAttribute | string {
  if (!NAME.test(name)) return `Invalid message attribute name '${name}'.`;
  const DataType = isObject(given) ? memberOf(given, "DataType") : undefined;
  if (!isObject(given) || typeof DataType !== "string" || DataType === "")
    return `The message attribute '${name}' must contain a non-empty message attribute type.`;
  if (!TYPE.test(DataType))
    return `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`;
  const field = DataType.startsWith("Binary") ? "BinaryValue" : "StringValue";
  const value = memberOf(given, field);
  if (value === undefined || value === null)
    return `The message attribute '${name}' with type '${DataType}' must use field '${field.replace("Value", "")}'.`;
  if (typeof value !== "string" || value === "")
    return `The message attribute '${name}' must contain a non-empty message attribute value for message attribute type '${DataType}'.`;
  if (DataType.startsWith("Number") && !Number.isFinite(Number(value)))
    return `Can't cast the value of message (user) attribute '${name}' to a number.`;
  if (field === "BinaryValue" && !BASE64.test(value))
    return `The message attribute '${name}' must hold bytes in base64.`;
  return { DataType, [field]: value };
}

/** What SQS answers as MD5OfMessageAttributes; undefined where there are none. */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const parts = names.flatMap((name) => {
    const { DataType = "", StringValue, BinaryValue } = attributes[name] ?? {};
    const value = BinaryValue === undefined ? utf8ToBytes(StringValue ?? "") : bytesOf(BinaryValue);
    const kind = Uint8Array.of(BinaryValue === undefined ? 1 : 2);
    return [...measured(utf8ToBytes(name)), ...measured(utf8ToBytes(DataType)), kind, ...measured(value)];
  });
  const hash = md5.create();
  for (const part of parts) hash.update(part);
  return bytesToHex(hash.digest());
}

export function md5OfText(text: string): string {
  return bytesToHex(md5(utf8ToBytes(text)));
}

/** With its length in front, four bytes. */
function measured(bytes: Uint8Array): readonly Uint8Array[] {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return [length, bytes];
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (x) => x.charCodeAt(0));
}
