import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSealer } from "../../src/runtime/sealing.ts";

const keyOf = (byte: number): string => Buffer.alloc(32, byte).toString("base64");
const sealer = createSealer(keyOf(1));

describe("what is sealed", () => {
  test("is opened again, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const sealed = sealer.seal(text, "task-token");
        expect(sealed).toMatch(/^[\w-]+$/u);
        expect(sealer.open(sealed, "task-token")).toBe(text);
      }),
    );
  });

  test("does not show the text, and never looks the same", () => {
    const all = Array.from({ length: 100 }, () => sealer.seal("attack at dawn", "webhook"));
    expect(new Set(all).size).toBe(100);
    expect(all.some((sealed) => Buffer.from(sealed, "base64url").includes("attack"))).toBe(false);
  });

  test("is not opened for another purpose, or by other keys", () => {
    const sealed = sealer.seal("x", "task-token");
    expect(sealer.open(sealed, "approval-link")).toBeUndefined();
    expect(createSealer(keyOf(2)).open(sealed, "task-token")).toBeUndefined();
    expect(createSealer(undefined).open(sealed, "task-token")).toBeUndefined();
  });

  test("is not opened when any bit of it was changed, or a part is missing", () => {
    const sealed = sealer.seal("a task", "task-token");
    const bytes = Buffer.from(sealed, "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const altered = Buffer.from(bytes);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(sealer.open(altered.toString("base64url"), "task-token")).toBeUndefined();
    }
    for (let length = 0; length < sealed.length; length += 1)
      expect(sealer.open(sealed.slice(0, length), "task-token")).toBeUndefined();
  });

  test("has one spelling", () => {
    const sealed = sealer.seal("ab", "task-token");
    for (const other of [`${sealed}=`, `${sealed} `, ` ${sealed}`, sealed.replace(/.$/u, "~"), `${sealed}A`, ""])
      expect(sealer.open(other, "task-token")).toBeUndefined();
  });
});

describe("the keys", () => {
  test("the first one seals, the others open what was sealed before", () => {
    const before = createSealer(keyOf(1));
    const after = createSealer(`${keyOf(2)}, ${keyOf(1)}`);
    expect(after.open(before.seal("old", "connection"), "connection")).toBe("old");
    expect(before.open(after.seal("new", "connection"), "connection")).toBeUndefined();
    expect(createSealer(keyOf(2)).open(after.seal("new", "connection"), "connection")).toBe("new");
  });

  test("without any there is one that everybody knows, and it says so", () => {
    for (const none of [undefined, "", " "]) expect(createSealer(none).isSecret).toBe(false);
    expect(sealer.isSecret).toBe(true);
    expect(createSealer("").open(createSealer(undefined).seal("x", "task-token"), "task-token")).toBe("x");
  });

  test.each(["short", keyOf(1).slice(4), "!".repeat(44), `${keyOf(1)},`, `${keyOf(1)},,${keyOf(2)}`])(
    "%s is refused without being repeated",
    (keys) => {
      expect(() => createSealer(keys)).toThrow(/^SECRET_KEYS must be keys of 32 bytes in base64, /u);
    },
  );
});
