import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../src/engine/history-event.ts";
import type { TaskId } from "../../src/engine/execution.ts";
import { hideTokens, withoutTokens } from "../../src/runtime/hidden-tokens.ts";
import { createSealer } from "../../src/runtime/sealing.ts";
import { makeTaskToken } from "../../src/runtime/task-token.ts";

const token = makeTaskToken(
  createSealer(undefined),
  "arn:aws:states:us-east-1:123456789012:execution:a:b",
  "0-1" as TaskId,
);

describe("a token", () => {
  test.each<[string, string]>([
    [token, "***"],
    [`{"t":"${token}","n":1}`, '{"t":"***","n":1}'],
    [JSON.stringify(JSON.stringify({ t: token })), String.raw`"{\"t\":\"***\"}"`],
    [`${token} and ${token}`, "*** and ***"],
    [`https://x.example/?token=${token}&a=1`, "https://x.example/?token=***&a=1"],
    [
      `could not be found in the input '{"Task":{"Token":"${token}"}}'`,
      `could not be found in the input '{"Task":{"Token":"***"}}'`,
    ],
  ])("is hidden in %s", (text, expected) => expect(hideTokens(text)).toBe(expected));

  test("is not seen where there is none", () => {
    for (const text of ["", "sft_", "sft_short", "soft_tissue", `x${token.slice(4)}`])
      expect(hideTokens(text)).toBe(text);
    expect(hideTokens(undefined)).toBeUndefined();
  });
});

describe("an event", () => {
  const event = (details?: HistoryEvent["details"]): HistoryEvent => ({
    id: 3,
    previousEventId: 2,
    type: "TaskScheduled",
    timestamp: 1,
    ...(details && { detailsName: "taskScheduledEventDetails", details }),
  });

  test("has no token in any of its texts, however deep", () => {
    const shown = withoutTokens(
      event({ parameters: `{"t":"${token}"}`, n: 1, assignedVariables: { a: `"${token}"`, b: "1" } }),
    );
    expect(shown.details).toEqual({ parameters: '{"t":"***"}', n: 1, assignedVariables: { a: '"***"', b: "1" } });
    expect(withoutTokens(event({ list: [token, 1] })).details).toEqual({ list: ["***", 1] });
    expect(shown).toMatchObject({ id: 3, type: "TaskScheduled", detailsName: "taskScheduledEventDetails" });
  });

  test("without one is the same", () => {
    for (const each of [event(), event({ parameters: "{}", parts: { a: null, b: true } })])
      expect(withoutTokens(each)).toBe(each);
  });
});
