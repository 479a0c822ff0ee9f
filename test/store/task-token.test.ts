import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TaskId } from "../../src/engine/execution.ts";
import { createSealer } from "../../src/runtime/sealing.ts";
import { makeTaskToken, readTaskToken } from "../../src/runtime/task-token.ts";

const keyOf = (byte: number): string => Buffer.alloc(32, byte).toString("base64");
const sealer = createSealer(keyOf(1));
const arnOf = (machine: string, name: string): string =>
  `arn:aws:states:us-east-1:123456789012:execution:${machine}:${name}`;
const ARN = arnOf("orders", "run-1");
const id = (taskId: string): TaskId => taskId as TaskId;

describe("a token says which execution and which task it was made for", () => {
  test.each<[string, string, string]>([
    ["orders", "run-1", "0-1"],
    ["orders/Batch", "run-1", "0-1"],
    ["Bücher", "Größe-\u00e9\u{1f600}", "17-123456"],
    ["注文", "実行", "4294967295-1"],
    ["m".repeat(80), "n".repeat(80), "0-1"],
    [
      `${"\u{1f600}".repeat(80)}/${"\u{1f600}".repeat(40)}`,
      "\u{1f680}".repeat(80),
      `${Number.MAX_SAFE_INTEGER}-${Number.MAX_SAFE_INTEGER}`,
    ],
  ])("%s %s %s", (machine, name, taskId) => {
    const token = makeTaskToken(sealer, arnOf(machine, name), id(taskId));
    expect(readTaskToken(sealer, token)).toEqual({
      executionArn: arnOf(machine, name),
      accountId: "123456789012",
      taskId,
    });
    expect(token.length).toBeLessThanOrEqual(2048);
    expect(token).toMatch(/^sft_[\w-]+$/u);
  });

  test("whatever the names are", () => {
    const name = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 80 })
      .filter((x) => !/[:/\n\ud800-\udfff]/u.test(x));
    fc.assert(
      fc.property(name, name, fc.nat(), fc.nat(), (machine, run, branch, count) => {
        const executionArn = arnOf(machine, run);
        const taskId = id(`${branch}-${count}`);
        const token = makeTaskToken(sealer, executionArn, taskId);
        expect(readTaskToken(sealer, token)).toMatchObject({ executionArn, taskId });
      }),
    );
  });

  test("never with the same text, and without showing it", () => {
    const tokens = Array.from({ length: 500 }, () => makeTaskToken(sealer, ARN, id("0-1")));
    expect(new Set(tokens).size).toBe(500);
    expect(tokens.some((token) => Buffer.from(token.slice(4), "base64url").includes("orders"))).toBe(false);
  });

  test("made before the keys were changed, as long as its key is still there", () => {
    const token = makeTaskToken(sealer, ARN, id("0-1"));
    expect(readTaskToken(createSealer(`${keyOf(2)},${keyOf(1)}`), token)).toMatchObject({ executionArn: ARN });
    expect(readTaskToken(createSealer(keyOf(2)), token)).toBeUndefined();
  });
});

describe("[F23] a token that nobody made says nothing", () => {
  const secret = "0123456789abcdef".repeat(2);
  const sealed = (text: string): string => `sft_${sealer.seal(text, "task-token")}`;
  test.each<[string, string]>([
    ["nothing", ""],
    ["words", "not a token"],
    ["the beginning alone", "sft_"],
    ["the form that tokens once had", Buffer.from(`${ARN}\n0-1\n${secret}`).toString("base64url")],
    ["sealed for something else", `sft_${sealer.seal(`${ARN}\n0-1\n${secret}`, "approval-link")}`],
    ["sealed by a key that everybody knows", makeTaskToken(createSealer(undefined), ARN, id("0-1"))],
    ["another kind of ARN", sealed(`arn:aws:states:us-east-1:123456789012:activity:a\n0-1\n${secret}`)],
    ["no ARN", sealed(`orders\n0-1\n${secret}`)],
    ["nothing sealed", sealed("")],
    ["without its beginning", makeTaskToken(sealer, ARN, id("0-1")).slice(4)],
    ["with something behind it", `${makeTaskToken(sealer, ARN, id("0-1"))} `],
    ["longer than any", `sft_${sealer.seal(`${ARN}\n0-1\n${"x".repeat(2000)}`, "task-token")}`],
  ])("%s", (_, token) => expect(readTaskToken(sealer, token)).toBeUndefined());

  test("and no text at all throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(readTaskToken(sealer, text)).toBeUndefined();
        expect(readTaskToken(sealer, `sft_${Buffer.from(text).toString("base64url")}`)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });
});
