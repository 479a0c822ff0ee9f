/** What redacted paths hide in an execution's data. */
import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../src/engine/history-event.ts";
import { historyLogger, type LogEntry } from "../../src/runtime/execution-log.ts";
import { archiveText } from "../../src/runtime/archive.ts";
import { readRedactedPath, redactorOf, type Redactor } from "../../src/runtime/redaction.ts";

function redactor(...paths: readonly string[]): Redactor {
  const found = redactorOf(JSON.stringify(paths));
  if (found === undefined) throw new Error("nothing is hidden");
  return found;
}

const shown = (value: unknown, ...paths: readonly string[]): unknown =>
  JSON.parse(redactor(...paths).text(JSON.stringify(value)));

test.each(["$.card", "$.a.b[0].c", "$['a b']", "$..password", "$..['a b']", "$[0]"])("%s is a path", (path) => {
  expect(readRedactedPath(path)).toBeDefined();
});

test.each([
  "",
  "$",
  "card",
  "$..",
  "$..a.b",
  "$.*",
  "$.a[*]",
  "$..*",
  "$.a..b",
  "$$.Execution",
  "$v.a",
  `$.${"x".repeat(300)}`,
])("%j is none", (path) => {
  expect(readRedactedPath(path)).toBeUndefined();
});

test("without paths nothing is hidden", () => {
  expect([redactorOf(undefined), redactorOf(null), redactorOf("[]")]).toEqual([undefined, undefined, undefined]);
});

describe("data", () => {
  test("a place is hidden where it is, and only there", () => {
    const value = { card: { number: 1, name: "me" }, other: { card: { number: 1 } } };
    expect(shown(value, "$.card.number")).toEqual({
      card: { number: "***", name: "me" },
      other: { card: { number: 1 } },
    });
    expect(shown({ list: [1, 2] }, "$.list[1]")).toEqual({ list: [1, "***"] });
    expect(shown({ list: [1, 2] }, "$.list.x")).toEqual({ list: [1, 2] });
    expect(shown({ a: { 0: 1 } }, "$.a[0]")).toEqual({ a: { 0: 1 } });
  });

  test("a name is hidden wherever it is, also in JSON that is held as text", () => {
    const value = { a: [{ password: { deep: 1 } }], text: '{"password":"x","b":[{"password":1}]}' };
    expect(shown(value, "$..password")).toEqual({
      a: [{ password: "***" }],
      text: '{"password":"***","b":[{"password":"***"}]}',
    });
    expect(shown('{"card":1}', "$.card")).toBe('{"card":"***"}');
  });

  test("a text in which nothing is hidden stays as it is written", () => {
    const text = '{ "n": 12345678901234567890, "b": "{x" }';
    expect(redactor("$.card", "$..password").text(text)).toBe(text);
  });

  test("keys are data", () => {
    const text = '{"__proto__":{"password":1},"constructor":2}';
    expect(redactor("$..password").text(text)).toBe('{"__proto__":{"password":"***"},"constructor":2}');
    expect(redactor("$..__proto__").text(text)).toBe('{"__proto__":"***","constructor":2}');
    expect(redactor("$.toString").text("{}")).toBe("{}");
  });

  test("what nobody can look through is hidden", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect(redactor("$.card").text(deep)).toContain('"***"');
    expect(redactor("$.card").text("no JSON")).toBe('"***"');
  });

  test("a cause is shown if it is JSON, without what is hidden", () => {
    const { cause } = redactor("$..password");
    expect(cause('{"errorType":"E","password":"x"}')).toBe('{"errorType":"E","password":"***"}');
    expect(cause('The path was not found in \'{"password":"x"}\'')).toBe("***");
    expect(cause("{not JSON")).toBe("***");
  });
});

test("a search field is hidden if it lies in what is hidden, or around it", () => {
  const { hides } = redactor("$.card.number", "$..password");
  expect([
    hides(["card", "number"]),
    hides(["card"]),
    hides(["card", "number", "x"]),
    hides(["a", "password"]),
  ]).toEqual([true, true, true, true]);
  expect([hides(["card", "name"]), hides(["number"])]).toEqual([false, false]);
});

const EVENTS = [
  {
    id: 1,
    previousEventId: 0,
    type: "ExecutionStarted",
    timestamp: 0,
    detailsName: "executionStartedEventDetails",
    details: { input: '{"password":"x"}', roleArn: "r" },
  },
  {
    id: 2,
    previousEventId: 1,
    type: "PassStateExited",
    timestamp: 0,
    detailsName: "stateExitedEventDetails",
    details: { name: "password", output: "1", assignedVariables: { password: '"x"', other: '{"password":"x"}' } },
  },
  {
    id: 3,
    previousEventId: 2,
    type: "ExecutionFailed",
    timestamp: 0,
    detailsName: "executionFailedEventDetails",
    details: { error: "E", cause: "because of x" },
  },
] as unknown as readonly HistoryEvent[];

const HIDDEN = [
  { input: '{"password":"***"}', roleArn: "r" },
  { name: "password", output: "1", assignedVariables: { password: '"***"', other: '{"password":"***"}' } },
  { error: "E", cause: "***" },
];

describe("what is hidden in", () => {
  test("events", () => {
    expect(EVENTS.map((event) => redactor("$..password").event(event).details)).toEqual(HIDDEN);
  });

  test("logs", () => {
    const entries: LogEntry[] = [];
    const logger = historyLogger(
      {
        executionArn: "e",
        stateMachineArn: "m",
        loggingConfiguration: '{"level":"ALL","includeExecutionData":true}',
        redactedPaths: '["$..password"]',
      },
      { write: (written) => entries.push(...written) },
    );
    logger?.(EVENTS, 0);
    expect(entries.map(({ details }) => details)).toEqual(HIDDEN);
  });

  test("archives", () => {
    const description = { executionArn: "e", name: "e", stateMachineArn: "m", startDate: 0, status: "FAILED" } as const;
    const machine = { stateMachineArn: "m", name: "m", definition: "{}", roleArn: "r", updateDate: 0, revisionId: "1" };
    const text = [...archiveText({ ...description, input: "{}" }, machine, [EVENTS], redactor("$..password"))].join("");
    expect(text).not.toContain('"x"');
    expect(text).not.toContain("because of");
  });
});
