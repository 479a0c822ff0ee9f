import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8Size } from "../../src/asl/json.ts";
import { EMPTY_OBJECT, MAX_PAYLOAD_BYTES, Payload } from "../../src/data/payload.ts";

describe("a payload made from a text", () => {
  const text = '{ "a": 1.0,\t"b": [ 1e3 ], "c": "\\u00e9" }';

  test("keeps that text, white space and numbers as they were written", () => {
    const payload = Payload.fromText(text);
    expect(payload.value).toEqual({ a: 1, b: [1000], c: "é" });
    expect(payload.text).toBe(text);
    expect(JSON.stringify({ payload })).toBe(JSON.stringify({ payload: text }));
  });

  test("parses it once, and not before it is asked for", () => {
    expect(() => Payload.fromText("not JSON")).not.toThrow();
    const payload = Payload.fromText(text);
    expect(payload.value).toBe(payload.value);
  });

  test("may be null", () => expect(Payload.fromText(" null ").value).toBeNull());
});

describe("a payload made from a value", () => {
  test("has compact text", () => {
    const value = { a: [1, "x", null] };
    const payload = Payload.of(value);
    expect(payload.text).toBe('{"a":[1,"x",null]}');
    expect(payload.value).toBe(value);
  });

  test.each([[null], [0], [false], [""]])("may be %j", (value) => {
    expect(Payload.of(value).value).toBe(value);
    expect(Payload.of(value).text).toBe(JSON.stringify(value));
  });
});

describe("an array of payloads", () => {
  test("keeps the text of each", () => {
    const joined = Payload.arrayOf([Payload.fromText("1.0"), Payload.of({ a: 1 }), Payload.fromText("[ ]")]);
    expect(joined.text).toBe('[1.0,{"a":1},[ ]]');
    expect(joined.value).toEqual([1, { a: 1 }, []]);
  });

  test("may be empty", () => expect(Payload.arrayOf([]).text).toBe("[]"));
});

test("the empty object is one", () => expect([EMPTY_OBJECT.text, EMPTY_OBJECT.value]).toEqual(["{}", {}]));

describe("the quota counts UTF-8 bytes of the text", () => {
  const ofBytes = (bytes: number, filler: string): Payload => {
    const size = Buffer.byteLength(filler);
    const count = Math.floor((bytes - 2) / size);
    return Payload.fromText(`"${filler.repeat(count)}${"x".repeat(bytes - 2 - count * size)}"`);
  };

  test.each([["x"], ["\u00e9"], ["\u20ac"], ["\u{1f600}"]])("of characters such as %s", (filler) => {
    for (const [bytes, exceeds] of [
      [262_143, false],
      [262_144, false],
      [262_145, true],
    ] as const) {
      const payload = ofBytes(bytes, filler);
      expect(Buffer.byteLength(payload.text)).toBe(bytes);
      expect([bytes, payload.exceeds(MAX_PAYLOAD_BYTES)]).toEqual([bytes, exceeds]);
    }
  });

  test("a text of few characters is within it whatever they are", () => {
    expect(
      Payload.fromText(`"${"\u20ac".repeat(Math.floor(MAX_PAYLOAD_BYTES / 3) - 2)}"`).exceeds(MAX_PAYLOAD_BYTES),
    ).toBe(false);
  });

  test("as the platform counts them, lone surrogates included", () => {
    const units = fc.array(fc.oneof(fc.nat({ max: 0xffff }), fc.integer({ min: 0xd800, max: 0xdfff })));
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes);
        return utf8Size(text) === new TextEncoder().encode(text).length;
      }),
      { numRuns: 1000 },
    );
  });
});
