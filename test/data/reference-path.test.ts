import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/asl/json.ts";
import { parseReferencePath } from "../../src/asl/json-path.ts";
import { EvaluationError } from "../../src/data/evaluation-error.ts";
import { writeAt } from "../../src/data/reference-path.ts";

/** The target with `new` at the path. */
const write = (path: string, target: Json, value: Json = "new"): Json =>
  writeAt(target, parseReferencePath(path)!, value);

describe("a result is written where its path says", () => {
  test.each<[string, Json, Json]>([
    ["$.a", {}, { a: "new" }],
    ["$.a", { a: 1, b: 2 }, { a: "new", b: 2 }],
    ["$.a.b.c", {}, { a: { b: { c: "new" } } }],
    ["$.a.b", { a: { c: 1 } }, { a: { c: 1, b: "new" } }],
    ["$['a b']['c.d']", {}, { "a b": { "c.d": "new" } }],
    ["$.a", null, { a: "new" }],
    ["$.a.b", { a: null }, { a: { b: "new" } }],
    ["$.a[1]", { a: [1, 2, 3] }, { a: [1, "new", 3] }],
    ["$.a[-1]", { a: [1, 2] }, { a: [1, "new"] }],
    ["$[0]", [1], ["new"]],
    ["$[0].x", [{ y: 1 }], [{ y: 1, x: "new" }]],
    ["$.a[0][1]", { a: [[1, 2]] }, { a: [[1, "new"]] }],
    ["$.__proto__.x", {}, JSON.parse('{"__proto__": {"x": "new"}}') as Json],
    ["$.constructor", {}, { constructor: "new" }],
  ])("%s into %j", (path, target, written) => {
    expect(JSON.stringify(write(path, target))).toBe(JSON.stringify(written));
  });

  test("a new member is the last, a replaced one stays in its place", () => {
    expect(JSON.stringify(write("$.c", { b: 1, a: 2 }))).toBe('{"b":1,"a":2,"c":"new"}');
    expect(JSON.stringify(write("$.b", { b: 1, a: 2 }))).toBe('{"b":"new","a":2}');
  });
});

describe("a path that does not fit is States.ResultPathMatchFailure", () => {
  test.each<[string, Json]>([
    ["$.a", "text"],
    ["$.a", 5],
    ["$.a", [1]],
    ["$.a.b", { a: "text" }],
    ["$.a.b", { a: [1] }],
    ["$.a[0]", {}],
    ["$.a[0]", { a: {} }],
    ["$.a[0]", { a: [] }],
    ["$.a[1]", { a: [1] }],
    ["$[0]", {}],
    ["$[0]", null],
  ])("%s into %j", (path, target) => {
    const cause = `Unable to apply ReferencePath '${path}' to the input`;
    expect(() => write(path, target)).toThrow(new EvaluationError("States.ResultPathMatchFailure", cause));
  });
});

describe("what is not touched", () => {
  test("the target stays as it was, and its other parts are shared", () => {
    const target = { a: { x: 1 }, b: { y: [2] } };
    const before = structuredClone(target);
    const written = write("$.a.z", target) as typeof target;
    expect(target).toEqual(before);
    expect(written.b).toBe(target.b);
  });

  test("no prototype, whatever the names are", () => {
    const name = fc.oneof(
      fc.constantFrom("__proto__", "constructor", "prototype", "toString"),
      fc.string({ minLength: 1 }),
    );
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
        const path = parseReferencePath(
          `$${names.map((x) => `['${x.replaceAll(/[\\']/gu, String.raw`\$&`)}']`).join("")}`,
        );
        fc.pre(path !== undefined);
        const written = writeAt({}, path, "new");
        let found: unknown = written;
        for (const segment of path.segments) {
          if (segment.kind !== "member") throw new Error("only members were written");
          expect(Object.hasOwn(found as object, segment.name)).toBe(true);
          found = (found as Record<string, unknown>)[segment.name];
        }
        expect(found).toBe("new");
        expect(({} as Record<string, unknown>)[names[1] ?? "nope"]).not.toBe("new");
      }),
    );
  });
});
