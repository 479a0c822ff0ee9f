/** Forms of approvals: which schemas make one, what an answer has to be, and what is told where it is not. */
import { array, assert, constantFrom, dictionary, letrec, oneof, property, type Arbitrary } from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/asl/json.ts";
import { readApprovalForm, type ApprovalForm } from "../../src/runtime/approval-form.ts";
import { entryName, readGivenForm, type ReadForm } from "../../src/runtime/approval-form-answer.ts";

const formOf = (properties: Json, more: JsonObject = {}): ApprovalForm => {
  const form = readApprovalForm({ type: "object", properties, ...more });
  if ("fault" in form) throw new Error(form.fault);
  return form;
};
const faultOf = (schema: Json): string => {
  const form = readApprovalForm(schema);
  return "fault" in form ? form.fault : "";
};
/** What a browser sends of a form, by the fields' pointers. */
const typed = (form: ApprovalForm, values: Readonly<Record<string, string | readonly string[]>>): ReadForm =>
  readGivenForm(form, {
    entries: Object.fromEntries(
      Object.entries(values).map(([pointer, value]) => [
        entryName({ pointer }),
        typeof value === "string" ? [value] : value,
      ]),
    ),
  });
const sent = (form: ApprovalForm, value: JsonObject): ReadForm => readGivenForm(form, { value });

const ORDER = formOf(
  {
    amount: { type: "number", title: "Amount", minimum: 1, exclusiveMaximum: 1000, multipleOf: 0.01 },
    copies: { type: "integer", minimum: 1, maximum: 5, default: 2 },
    code: { type: "string", pattern: "^[A-Z]{2}\\d+$", minLength: 3, maxLength: 6 },
    note: { type: "string", format: "multiline", description: "What the printer should know" },
    mail: { type: "string", format: "email" },
    site: { type: "string", format: "uri" },
    day: { type: "string", format: "date" },
    at: { type: "string", format: "date-time" },
    color: { enum: ["red", "green", 3, null] },
    extras: { type: "array", items: { enum: ["lid", "box"] }, maxItems: 1, uniqueItems: true },
    terms: { type: "boolean", const: true },
    to: {
      type: "object",
      properties: { city: { type: "string" }, zip: { type: "string", maxLength: 5 } },
      required: ["city"],
    },
  },
  { required: ["amount"] },
);

describe("a schema", () => {
  test("makes fields with their kinds, labels and defaults", () => {
    expect(ORDER.fields.map(({ name, kind }) => [name, kind])).toEqual([
      ["amount", "number"],
      ["copies", "integer"],
      ["code", "text"],
      ["note", "multiline"],
      ["mail", "email"],
      ["site", "uri"],
      ["day", "date"],
      ["at", "date-time"],
      ["color", "choice"],
      ["extras", "choices"],
      ["terms", "boolean"],
      ["to", "group"],
    ]);
    expect(ORDER.fields[0]).toMatchObject({ label: "Amount", isRequired: true, pointer: "/amount" });
    expect(ORDER.fields[1]).toMatchObject({ label: "copies", isRequired: false, initial: 2 });
    expect(ORDER.fields.at(-1)?.fields.map(({ pointer }) => pointer)).toEqual(["/to/city", "/to/zip"]);
  });

  const UNUSABLE: readonly (readonly [Json, string])[] = [
    ["text", "the schema of a form is an object"],
    [{ type: "string" }, "the schema of a form has the type 'object'"],
    [{ type: "object" }, "/properties: it is an object"],
    [{ type: "object", properties: {} }, "a form has 1 to 50 fields"],
    [
      {
        type: "object",
        properties: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`f${n}`, { type: "string" }])),
      },
      "a form has 1 to 50 fields",
    ],
    [{ type: "object", properties: { a: "***" } }, "/properties/a: it is an object"],
    [{ type: "object", properties: { a: {} } }, "/properties/a/type: it is one of object, string"],
    [{ type: "object", properties: { a: { type: ["string", "null"] } } }, "/properties/a/type: it is one of"],
    [{ type: "object", properties: { a: { type: "toString" } } }, "/properties/a/type: it is one of"],
    [{ type: "object", properties: { a: { type: "string", if: {} } } }, "/properties/a/if: a form has no such keyword"],
    [
      { type: "object", properties: { a: { type: "string", minimum: 1 } } },
      "/properties/a/minimum: a form has no such",
    ],
    [{ type: "object", properties: { a: { $ref: "#" } } }, "/properties/a/type: it is one of"],
    [{ type: "object", properties: { a: { type: "string" } }, allOf: [] }, "/allOf: a form has no such keyword here"],
    [{ type: "object", properties: { a: { type: "string" } }, required: ["b"] }, "/required: it is a list of names in"],
    [{ type: "object", properties: { a: { type: "string" } }, required: ["toString"] }, "/required: it is a list of"],
    [{ type: "object", properties: { a: { type: "string" } }, additionalProperties: {} }, "/additionalProperties: it"],
    [{ type: "object", properties: { "a/b": { type: "string" } } }, "/properties/a/b: a field's name has letters"],
    [
      JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}') as Json,
      "a field's name has letters",
    ],
    [{ type: "object", properties: { a: { type: "string", format: "ipv4" } } }, "/properties/a/format: it is one of"],
    [{ type: "object", properties: { a: { type: "string", pattern: "(" } } }, "/properties/a/pattern: "],
    [{ type: "object", properties: { a: { type: "string", pattern: "(?=x)" } } }, "/properties/a/pattern: look-around"],
    [{ type: "object", properties: { a: { type: "string", pattern: 1 } } }, "/properties/a/pattern: it is a text"],
    [
      { type: "object", properties: { a: { type: "string", minLength: -1 } } },
      "/properties/a/minLength: it is a whole",
    ],
    [
      { type: "object", properties: { a: { type: "number", multipleOf: 0 } } },
      "/properties/a/multipleOf: it is a number",
    ],
    [{ type: "object", properties: { a: { type: "number", minimum: "1" } } }, "/properties/a/minimum: it is a number"],
    [{ type: "object", properties: { a: { type: "string", title: 1 } } }, "/properties/a/title: it is a text of up to"],
    [{ type: "object", properties: { a: { type: "string", enum: [] } } }, "/properties/a/enum: it is a list of 1 to"],
    [{ type: "object", properties: { a: { type: "string", enum: [{}] } } }, "/properties/a/enum: it is a list of 1 to"],
    [{ type: "object", properties: { a: { type: "array" } } }, "/properties/a/items: it is an object"],
    [
      { type: "object", properties: { a: { type: "array", items: { type: "string" } } } },
      "/properties/a/items: a list is",
    ],
    [
      {
        type: "object",
        properties: {
          a: { type: "object", properties: { b: { type: "object", properties: { c: { type: "string" } } } } },
        },
      },
      "/properties/a/properties/b: an object within an object is as deep as a form goes",
    ],
  ];
  test.each(UNUSABLE.map(([schema, fault]) => [fault, schema] as const))(
    "that is unusable is told why: %s",
    (fault, schema) => {
      expect(faultOf(schema)).toContain(fault);
    },
  );

  test("of chance makes a form or says why not, and never breaks", () => {
    const keyword = constantFrom("type", "properties", "required", "items", "enum", "pattern", "format", "title", "a");
    const value = letrec((tie) => ({
      any: oneof(
        { maxDepth: 4 },
        constantFrom<Json>("object", "string", "array", "date", "a", 1, null, true, "[", "__proto__"),
        array(tie("any") as Arbitrary<Json>, { maxLength: 3 }),
        dictionary(keyword, tie("any") as Arbitrary<Json>, { maxKeys: 4 }),
      ),
    })).any as Arbitrary<Json>;
    assert(
      property(value, dictionary(constantFrom("a", "b", "toString"), value), (schema, given) => {
        const form = readApprovalForm(schema);
        if ("fault" in form) expect(form.fault).not.toBe("");
        else expect(Object.keys(readGivenForm(form, { value: given }))).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });
});

describe("what is typed", () => {
  test("becomes values of the fields' types; what is empty is not there", () => {
    const read = typed(ORDER, {
      "/amount": " 12.50 ",
      "/copies": "3",
      "/code": "AB12",
      "/note": "one\r\ntwo",
      "/mail": "ada@example.com ",
      "/site": "https://example.com/a?b",
      "/day": "2026-02-28",
      "/at": "2026-02-28T09:30",
      "/color": "2",
      "/extras": ["1"],
      "/terms": "true",
      "/to/city": "Bern",
      "/to/zip": "",
    });
    expect(read).toEqual({
      value: {
        amount: 12.5,
        copies: 3,
        code: "AB12",
        note: "one\ntwo",
        mail: "ada@example.com",
        site: "https://example.com/a?b",
        day: "2026-02-28",
        at: "2026-02-28T09:30:00Z",
        color: 3,
        extras: ["box"],
        terms: true,
        to: { city: "Bern" },
      },
    });
  });

  test("is told by field what is wrong with it", () => {
    const read = typed(ORDER, {
      "/amount": "0.005",
      "/copies": "2.5",
      "/code": "ab",
      "/mail": "ada",
      "/site": "not a site",
      "/day": "2026-02-30",
      "/at": "soon",
      "/color": "9",
      "/extras": ["0", "1"],
      "/to/zip": "123456",
    });
    expect(read).toEqual({
      faults: {
        "/amount": "At least 1 is needed",
        "/copies": "A whole number is needed",
        "/code": "This does not have the form that is asked for",
        "/mail": "An e-mail address is needed",
        "/site": "An address such as https://example.com is needed",
        "/day": "A date such as 2026-01-31 is needed",
        "/at": "A moment such as 2026-01-31T12:00:00Z is needed",
        "/color": "Choose one of the values",
        "/extras": "Choose at most 1",
        "/terms": "This has to be ticked",
        "/to/city": "This is needed",
        "/to/zip": "At most 5 characters are possible",
      },
    });
  });

  test("may be left out where nothing is required, groups included", () => {
    const form = formOf({ a: { type: "string" }, b: { type: "object", properties: { c: { type: "boolean" } } } });
    expect(typed(form, {})).toEqual({ value: {} });
    expect(typed(form, { "/a": "  ", "/b/c": "on" })).toEqual({ value: { b: { c: true } } });
    expect(typed(ORDER, { "/amount": "5", "/terms": "on" })).toMatchObject({ value: { amount: 5, extras: [] } });
  });

  test("of a list that could not be empty is left out, unless it is required", () => {
    const list = { type: "array", items: { enum: ["a", "b"] }, minItems: 1 };
    expect(typed(formOf({ list }), {})).toEqual({ value: {} });
    expect(typed(formOf({ list }, { required: ["list"] }), {})).toEqual({ faults: { "/list": "Choose at least 1" } });
    expect(typed(formOf({ list }), { "/list": ["7"] })).toEqual({ faults: { "/list": "Choose one of the values" } });
  });

  test.each(["", "x", "1e999", "0x10", "1,5", "--1", "NaN", "Infinity"])("that is no number, %j, is none", (text) => {
    expect(typed(formOf({ n: { type: "number" } }, { required: ["n"] }), { "/n": text })).toHaveProperty("faults./n");
  });

  test("is matched by a hostile pattern in linear time", () => {
    const form = formOf({ a: { type: "string", pattern: "^(a+)+$" }, m: { type: "string", format: "email" } });
    const read = typed(form, { "/a": `${"a".repeat(40_000)}!`, "/m": `${"a".repeat(20_000)}@${"a-".repeat(10_000)}` });
    expect(read).toHaveProperty("faults./a");
    expect(read).toHaveProperty("faults./m");
  });
});

describe("what a program sends", () => {
  test("is taken as it is, or told by pointer what is wrong", () => {
    const value = { amount: 5, color: null, terms: true, extras: ["lid"], to: { city: "Bern" } };
    expect(sent(ORDER, value)).toEqual({ value });
    expect(
      sent(ORDER, {
        amount: "5",
        color: "blue",
        terms: false,
        extras: ["hat"],
        to: { city: 1, street: "x" },
        more: 1,
        note: 7,
      }),
    ).toEqual({
      faults: {
        "/amount": "A number is needed",
        "/color": "Choose one of the values",
        "/terms": "This has to be ticked",
        "/extras": "Choose one of the values",
        "/to/city": "A text is needed",
        "/to/street": "Nobody asked for this",
        "/more": "Nobody asked for this",
        "/note": "A text is needed",
      },
    });
    expect(sent(ORDER, { terms: true })).toEqual({ faults: { "/amount": "This is needed" } });
    expect(sent(ORDER, { amount: Infinity, terms: true })).toHaveProperty("faults./amount");
    expect(sent(ORDER, { amount: 5, terms: true, to: "x" })).toEqual({ faults: { "/to": "An object is needed" } });
  });

  test("may have members of the names that every object has", () => {
    const form = formOf({ constructor: { type: "string" }, toString: { type: "integer" } });
    expect(sent(form, { constructor: "x", toString: 1 })).toEqual({ value: { constructor: "x", toString: 1 } });
    expect(sent(form, {})).toEqual({ value: {} });
    expect(sent(form, { valueOf: 1 })).toEqual({ faults: { "/valueOf": "Nobody asked for this" } });
  });
});
