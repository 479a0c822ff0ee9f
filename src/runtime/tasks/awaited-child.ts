/** The execution that a task starts and waits for, as it is named before it is started. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import type { TaskResource } from "../../asl/resource.ts";
import type { Payload } from "../../data/payload.ts";
import { executionArn, parseArnOf } from "../arn.ts";

/** Whether a task on that resource ends with the execution that it starts. */
export function awaitsChild(resource: TaskResource): boolean {
  if (resource.kind !== "service" || resource.resourceType !== "states") return false;
  return resource.pattern === "sync" || resource.pattern === "sync:2";
}

/** The child's name: what is given, or one that a call made again gives again. */
export function childName(parameters: JsonObject, idempotencyKey: string): Json {
  return memberOf(parameters, "Name") ?? uuidOf(idempotencyKey);
}

/** The ARN of the Standard execution that such a task starts; undefined: its parameters cannot start any. */
export function childArn({ value }: Payload, idempotencyKey: string): string | undefined {
  if (!isObject(value)) return undefined;
  const machine = memberOf(value, "StateMachineArn");
  const name = childName(value, idempotencyKey);
  if (typeof machine !== "string" || typeof name !== "string") return undefined;
  const parsed = parseArnOf(machine, "stateMachine", "qualifiedStateMachine");
  return parsed.ok ? executionArn(parsed.arn, name) : undefined;
}

/** A UUID that the same text always gives. */
function uuidOf(text: string): string {
  const hex = bytesToHex(sha256(utf8ToBytes(text)));
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
