/** Filter policies: what a subscriber hears of, and which policies there can be. */
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/asl/json.ts";
import type { MessageAttributes } from "../../src/runtime/queues/message-attributes.ts";
import {
  filterPolicyFault,
  matchesFilterPolicy,
  type FilterPolicyScope,
} from "../../src/runtime/topics/filter-policy.ts";

const text = (StringValue: string): MessageAttributes[string] => ({ DataType: "String", StringValue });
const ATTRIBUTES: MessageAttributes = {
  kind: text("order-placed"),
  price: { DataType: "Number", StringValue: "12.50" },
  interests: { DataType: "String.Array", StringValue: '["rugby", "tennis", true]' },
  broken: { DataType: "String.Array", StringValue: "[" },
  bytes: { DataType: "Binary", BinaryValue: "AQID" },
};
const BODY = JSON.stringify({
  kind: "order-placed",
  price: 12.5,
  paid: true,
  coupon: null,
  customer: { name: "Ann", address: { city: "Ghent" } },
  lines: [
    { sku: "a", count: 1 },
    { sku: "b", count: 7 },
  ],
});

describe("by attributes", () => {
  test.each<[JsonObject, boolean]>([
    [{ kind: ["order-placed"] }, true],
    [{ kind: ["other", "order-placed"] }, true],
    [{ kind: ["Order-Placed"] }, false],
    [{ kind: ["order-placed"], price: [12.5] }, true],
    [{ kind: ["order-placed"], price: [13] }, false],
    [{ kind: [{ prefix: "order-" }] }, true],
    [{ kind: [{ suffix: "-placed" }] }, true],
    [{ kind: [{ suffix: "order" }] }, false],
    [{ kind: [{ "equals-ignore-case": "ORDER-placed" }] }, true],
    [{ kind: [{ "anything-but": "order-placed" }] }, false],
    [{ kind: [{ "anything-but": ["a", "b"] }] }, true],
    [{ kind: [{ "anything-but": { prefix: "order" } }] }, false],
    [{ kind: [{ "anything-but": { suffix: "order" } }] }, true],
    [{ missing: [{ "anything-but": "a" }] }, false],
    [{ price: [{ numeric: ["=", 12.5] }] }, true],
    [{ price: [{ numeric: [">", 12, "<=", 12.5] }] }, true],
    [{ price: [{ numeric: ["<", 12.5] }] }, false],
    [{ price: [{ numeric: [">=", 12, "<", 12.5] }] }, false],
    [{ kind: [{ wildcard: "order-*" }] }, true],
    [{ price: ["12.50"] }, false],
    [{ kind: [{ numeric: [">", 0] }] }, false],
    [{ price: [{ prefix: "12" }] }, false],
    [{ interests: ["tennis"] }, true],
    [{ interests: [true] }, true],
    [{ interests: [{ "anything-but": ["rugby", "tennis"] }] }, true],
    [{ interests: ["golf"] }, false],
    [{ broken: ["["] }, true],
    [{ bytes: [{ exists: false }] }, true],
    [{ kind: [{ exists: true }] }, true],
    [{ kind: [{ exists: false }] }, false],
    [{ missing: [{ exists: false }] }, true],
    [{ missing: ["x", { exists: false }] }, true],
    [{ missing: ["x"] }, false],
    [{ $or: [{ kind: ["x"] }, { price: [12.5] }] }, true],
    [{ $or: [{ kind: ["x"] }, { price: [1] }] }, false],
    [{ $or: [{ kind: ["x"] }, { price: [12.5] }], missing: ["x"] }, false],
    [{ constructor: [{ exists: true }] }, false],
  ])("%j: %s", (policy, isWanted) => {
    expect(filterPolicyFault(policy, "MessageAttributes")).toBeUndefined();
    expect(matchesFilterPolicy(policy, "MessageAttributes", ATTRIBUTES, BODY)).toBe(isWanted);
  });
});

describe("by the body", () => {
  test.each<[JsonObject, boolean]>([
    [{ kind: ["order-placed"] }, true],
    [{ paid: [true] }, true],
    [{ paid: [false] }, false],
    [{ coupon: [null] }, true],
    [{ coupon: [{ exists: true }] }, true],
    [{ customer: { name: ["Ann"] } }, true],
    [{ customer: { address: { city: [{ prefix: "G" }] } } }, true],
    [{ customer: { address: { city: ["Bruges"] } } }, false],
    [{ customer: { age: [{ exists: false }] } }, true],
    [{ lines: { sku: ["b"] } }, true],
    [{ lines: { count: [{ numeric: [">", 7] }] } }, false],
    [{ missing: { at: ["all"] } }, false],
    [{ kind: { at: ["all"] } }, false],
  ])("%j: %s", (policy, isWanted) => {
    expect(filterPolicyFault(policy, "MessageBody")).toBeUndefined();
    expect(matchesFilterPolicy(policy, "MessageBody", {}, BODY)).toBe(isWanted);
  });

  test.each(["no JSON", "[]", '"text"', "null"])("a body of %s is what nobody asks for", (body) => {
    expect(matchesFilterPolicy({ a: [{ exists: false }] }, "MessageBody", {}, body)).toBe(false);
  });
});

describe("no policy", () => {
  test.each<[string, Json, FilterPolicyScope]>([
    ["a text", "order", "MessageBody"],
    ["an empty one", {}, "MessageBody"],
    ["no list of conditions", { kind: "order" }, "MessageBody"],
    ["no condition at all", { kind: [] }, "MessageBody"],
    ["an unknown operator", { kind: [{ contains: "a" }] }, "MessageBody"],
    ["two operators", { kind: [{ prefix: "a", suffix: "b" }] }, "MessageBody"],
    ["no operator", { kind: [{}] }, "MessageBody"],
    ["a prefix that is no text", { kind: [{ prefix: 7 }] }, "MessageBody"],
    ["a comparison that is none", { n: [{ numeric: ["~", 7] }] }, "MessageBody"],
    ["half a comparison", { n: [{ numeric: ["="] }] }, "MessageBody"],
    ["three comparisons", { n: [{ numeric: ["=", 1, "=", 1, "=", 1] }] }, "MessageBody"],
    ["a comparison with a text", { n: [{ numeric: ["=", "1"] }] }, "MessageBody"],
    ["anything but nothing", { kind: [{ "anything-but": [] }] }, "MessageBody"],
    ["anything but what there need not be", { kind: [{ "anything-but": { exists: true } }] }, "MessageBody"],
    ["an existence that is no flag", { kind: [{ exists: "yes" }] }, "MessageBody"],
    ["a list in a list", { kind: [["a"]] }, "MessageBody"],
    ["members below an attribute", { kind: { a: ["x"] } }, "MessageAttributes"],
    ["an $or of nothing", { $or: [] }, "MessageBody"],
    ["a wrong policy within an $or", { $or: [{ kind: ["x"] }, { kind: "x" }] }, "MessageBody"],
    ["one that is too long", { kind: ["x".repeat(4_096)] }, "MessageBody"],
  ])("%s", (_, policy, scope) => {
    expect(filterPolicyFault(policy, scope)).toEqual(expect.any(String));
  });
});
