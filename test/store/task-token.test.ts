import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TaskId } from "../../src/engine/execution.ts";
import { makeTaskToken, readTaskToken } from "../../src/runtime/task-token.ts";

const arnOf = (machine: string, name: string): string =>
  `arn:aws:states:us-east-1:123456789012:execution:${machine}:${name}`;
const ARN = arnOf("orders", "run-1");
const id = (taskId: string): TaskId => taskId as TaskId;
const base64url = (text: string): string => Buffer.from(text).toString("base64url");
const SECRET = "0123456789abcdef".repeat(2);

describe("a token says which execution and which task it was made for", () => {
  test.each<[string, string, string]>([
    ["orders", "run-1", "0-1"],
    ["Bücher", "Größe-\u00e9\u{1f600}", "17-123456"],
    ["注文", "実行", "4294967295-1"],
    ["m".repeat(80), "n".repeat(80), "0-1"],
    ["\u{1f600}".repeat(40), "\u{1f680}".repeat(40), `${Number.MAX_SAFE_INTEGER}-${Number.MAX_SAFE_INTEGER}`],
  ])("%s %s %s", (machine, name, taskId) => {
    const token = makeTaskToken(arnOf(machine, name), id(taskId));
    expect(readTaskToken(token)).toMatchObject({ executionArn: arnOf(machine, name), taskId });
    expect(token.length).toBeLessThanOrEqual(2048);
    expect(token).toMatch(/^[\w-]+$/u);
  });

  test("whatever the names are", () => {
    const name = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 80 })
      .filter((x) => !/[:\n\ud800-\udfff]/u.test(x));
    fc.assert(
      fc.property(name, name, fc.nat(), fc.nat(), (machine, run, branch, count) => {
        const executionArn = arnOf(machine, run);
        const taskId = id(`${branch}-${count}`);
        expect(readTaskToken(makeTaskToken(executionArn, taskId))).toMatchObject({ executionArn, taskId });
      }),
    );
  });

  test("with a secret of 128 bits that is never the same", () => {
    const tokens = Array.from({ length: 500 }, () => makeTaskToken(ARN, id("0-1")));
    const secrets = tokens.map((token) => readTaskToken(token)?.secret ?? "");
    expect(new Set(secrets).size).toBe(500);
    expect(secrets.every((x) => /^[0-9a-f]{32}$/u.test(x))).toBe(true);
  });
});

describe("a token that nobody made says nothing", () => {
  test.each<[string, string]>([
    ["nothing", ""],
    ["words", "not a token"],
    ["no base64", "====="],
    ["base64 of its own", base64url("hello")],
    ["no UTF-8", Buffer.from([0xff, 0xfe, 0x41]).toString("base64url")],
    ["no secret", base64url(`${ARN}\n0-1`)],
    ["a short secret", base64url(`${ARN}\n0-1\nabc`)],
    ["a secret of other digits", base64url(`${ARN}\n0-1\n${SECRET.toUpperCase()}`)],
    ["more lines", base64url(`${ARN}\n0-1\n${SECRET}\n`)],
    ["no task", base64url(`${ARN}\n\n${SECRET}`)],
    ["a task of no branch", base64url(`${ARN}\n-1-1\n${SECRET}`)],
    ["another kind of ARN", base64url(`arn:aws:states:us-east-1:123456789012:activity:a\n0-1\n${SECRET}`)],
    ["an ARN with more parts", base64url(`${ARN}:more\n0-1\n${SECRET}`)],
    ["a byte order mark", base64url(`\ufeff${ARN}\n0-1\n${SECRET}`)],
    ["a mark of padding", `${base64url(`${ARN}\n0-1\n${SECRET}`)}=`],
    ["plain base64", Buffer.from(`${ARN}\n0-1\n${SECRET}`).toString("base64").replace(/=*$/u, "/+")],
  ])("%s", (_, token) => expect(readTaskToken(token)).toBeUndefined());

  test("but one of that form is read", () => {
    expect(readTaskToken(base64url(`${ARN}\n0-1\n${SECRET}`))).toEqual({
      executionArn: ARN,
      taskId: "0-1",
      secret: SECRET,
    });
  });

  test("and no text at all throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        readTaskToken(text);
        readTaskToken(base64url(text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a token with a few characters changed", () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ \n\u00e9";
  const character = fc.nat({ max: alphabet.length - 1 }).map((i) => alphabet.charAt(i));

  // Ids of these lengths leave no, two and four bits unused in the last character.
  test.each(["12-345", "12-3456", "12-34567"])("never speaks of task %s with the same secret", (taskId) => {
    const token = makeTaskToken(arnOf("orders", "Größe"), id(taskId));
    const change = fc.record({
      at: fc.nat({ max: token.length - 1 }),
      remove: fc.nat({ max: 2 }),
      insert: fc.string({ unit: character, maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        let mutated = token;
        for (const { at, remove, insert } of changes)
          mutated = mutated.slice(0, at) + insert + mutated.slice(at + remove);
        const onlyUnusedBits = mutated.length === token.length && mutated.slice(0, -1) === token.slice(0, -1);
        if (!onlyUnusedBits) expect(readTaskToken(mutated)).not.toEqual(readTaskToken(token));
      }),
      { numRuns: 2000 },
    );
  });
});
