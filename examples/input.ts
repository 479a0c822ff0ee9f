/** What the example functions read from their input; a missing part is an error that says which. */
import { isObject, memberOf, type Json, type JsonObject } from "../src/asl/json.ts";

export function objectIn(input: Json | undefined, name: string): JsonObject {
  const value = partOf(input, name);
  if (value === undefined || !isObject(value)) throw invalidInput(name, "an object");
  return value;
}

export function textIn(input: Json | undefined, name: string): string {
  const value = partOf(input, name);
  if (typeof value !== "string") throw invalidInput(name, "a text");
  return value;
}

export function numberIn(input: Json | undefined, name: string): number {
  const value = partOf(input, name);
  if (typeof value !== "number") throw invalidInput(name, "a number");
  return value;
}

export function listIn(input: Json | undefined, name: string): readonly Json[] {
  const value = partOf(input, name);
  if (!Array.isArray(value)) throw invalidInput(name, "a list");
  return value;
}

/** The part of that name, if there is one. */
export function partOf(input: Json | undefined, name: string): Json | undefined {
  return input !== undefined && isObject(input) ? memberOf(input, name) : undefined;
}

/** An error whose name is what Retry and Catch see as the error. */
export function errorNamed(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

function invalidInput(name: string, kind: string): Error {
  return errorNamed("InvalidInput", `The input needs '${name}', ${kind}.`);
}
