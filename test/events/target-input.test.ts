/** What a target gets of an event. */
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/asl/json.ts";
import { eventOf } from "../../src/runtime/events/bus-event.ts";
import { inputTextOf, pathFault, templateFault, type TargetInput } from "../../src/runtime/events/target-input.ts";

const RULE = { name: "r", arn: "arn:aws:events:us-east-1:123456789012:rule/r" };
const EVENT = eventOf(
  {
    id: "e",
    source: "shop",
    "detail-type": "Order placed",
    at: Date.UTC(2026, 10, 21, 9, 8, 7, 654),
    resources: ["a"],
    detail: { id: 7, who: 'Zoë "Z"\n<id>', items: [{ sku: "x" }], none: null },
  },
  { accountId: "123456789012", region: "us-east-1" },
);

const inputOf = (input: TargetInput): Json => JSON.parse(inputTextOf(input, EVENT, RULE)) as Json;
const templated = (inputTemplate: string): Json =>
  inputOf({
    inputTransformer: {
      inputPathsMap: {
        id: "$.detail.id",
        who: "$.detail.who",
        item: "$.detail.items[0]",
        none: "$.detail.none",
        lost: "$.detail.lost",
      },
      inputTemplate,
    },
  });

test("the whole event, a part of it, or something else", () => {
  expect(inputOf({})).toEqual({
    version: "0",
    id: "e",
    "detail-type": "Order placed",
    source: "shop",
    account: "123456789012",
    time: "2026-11-21T09:08:07Z",
    region: "us-east-1",
    resources: ["a"],
    detail: EVENT.detail,
  });
  expect(inputOf({ inputPath: "$.detail.items[0].sku" })).toBe("x");
  expect(inputOf({ inputPath: "$['detail-type']" })).toBe("Order placed");
  expect(inputOf({ inputPath: "$.detail.lost" })).toBe(null);
  expect(inputOf({ input: '{"always":"this"}' })).toEqual({ always: "this" });
});

describe("a template", () => {
  test.each<readonly [string, Json]>([
    ['{"id": <id>, "item": <item>, "none": <none>}', { id: 7, item: { sku: "x" }, none: null }],
    ['"order <id> of <who>"', 'order 7 of Zoë "Z"\n<id>'],
    ['{"who": <who>, "text": "<item>"}', { who: 'Zoë "Z"\n<id>', text: '{"sku":"x"}' }],
    [String.raw`{"quoted \"<id>\"": "<id>", "after": <id>}`, { 'quoted "7"': "7", after: 7 }],
    ['{"lost": <lost>, "text": "-<lost>-"}', { lost: null, text: "--" }],
    [
      '["<aws.events.rule-name>", <aws.events.rule-arn>, "<aws.events.event.ingestion-time>"]',
      ["r", RULE.arn, EVENT.time],
    ],
    ['{"event": <aws.events.event>, "less": "1 < 2 > 0"}', { event: EVENT, less: "1 < 2 > 0" }],
  ])("%s", (template, expected) => {
    expect(templated(template)).toEqual(expected);
  });

  test.each([
    ['{"id": <other>}', "has <other>, which inputPathsMap does not name"],
    ['{"id": <toString>}', "has <toString>, which inputPathsMap does not name"],
    ["order <id>", "must be JSON, with <name> in a string or where a value stands"],
    ['{"a": <id><id>', "must be JSON, with <name> in a string or where a value stands"],
  ])("%s is refused", (inputTemplate, fault) => {
    expect(templateFault({ inputPathsMap: { id: "$.detail.id" }, inputTemplate })).toBe(fault);
  });

  test("is JSON whatever is filled in", () => {
    const inputTemplate = '{"a": "x<a>y", "b": [<a>, 1]}';
    for (const value of ['"', "\\", "\u0000\u2028", { '"': '"' }, [null], -0.5, false]) {
      const event = { ...EVENT, detail: { a: value as Json } };
      const transformer = { inputPathsMap: { a: "$.detail.a" }, inputTemplate };
      expect(templateFault(transformer)).toBeUndefined();
      expect(JSON.parse(inputTextOf({ inputTransformer: transformer }, event, RULE))).toMatchObject({ b: [value, 1] });
    }
  });
});

test("a path leads to one value", () => {
  expect(pathFault("$.detail")).toBeUndefined();
  for (const path of ["detail", "$.detail[*]", "$..id", "$$.x", "$.detail.items.length()"])
    expect(pathFault(path)).toBe("must be a path to one value, such as $.detail.id");
});
