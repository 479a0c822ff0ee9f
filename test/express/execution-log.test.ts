/** An execution's history as log entries: which events, with what in them. */
import { expect, test } from "vitest";
import { historyLogger, isLogged, type LogEntry, type LogSource } from "../../src/runtime/execution-log.ts";
import type { TaskId } from "../../src/engine/execution.ts";
import { createSealer } from "../../src/runtime/sealing.ts";
import { makeTaskToken } from "../../src/runtime/task-token.ts";
import type { HistoryEvent, HistoryEventType } from "../../src/engine/history-event.ts";
import { EXECUTION, MACHINE, requestOf, World } from "./words.ts";
import { LAMBDA, START, states } from "../engine/words.ts";

const GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:fast:*";

class Sink {
  readonly entries: LogEntry[] = [];
  readonly sources: LogSource[] = [];

  write(entries: readonly LogEntry[], from: LogSource): void {
    this.entries.push(...entries);
    this.sources.push(from);
  }
}

function loggerFor(level: string, includeExecutionData: boolean, sink: Sink): ReturnType<typeof historyLogger> {
  const destinations = [{ cloudWatchLogsLogGroup: { logGroupArn: GROUP } }];
  const loggingConfiguration = JSON.stringify({ level, includeExecutionData, destinations });
  return historyLogger(requestOf({}, {}, { loggingConfiguration }), sink);
}

async function logged(level: string, includeExecutionData = true): Promise<Sink> {
  const task = { Type: "Task", Resource: LAMBDA, Catch: [{ ErrorEquals: ["Bad"], Next: "Worse" }], End: true };
  const world = new World();
  world.answer = async () => ({ kind: "failed", failure: { error: "Bad", cause: "C" } });
  await world.run(states({ Try: task, Worse: { Type: "Fail", Error: "E" } }), { a: 1 });
  const sink = new Sink();
  loggerFor(level, includeExecutionData, sink)?.(world.history, 0);
  return sink;
}

test("an entry has the form in which AWS writes it, numbers as texts", async () => {
  const { entries, sources } = await logged("ALL");
  expect(entries[0]).toEqual({
    id: "1",
    type: "ExecutionStarted",
    details: { input: '{"a":1}', inputDetails: { truncated: false }, roleArn: "arn:aws:iam::123456789012:role/any" },
    previous_event_id: "0",
    event_timestamp: String(START),
    execution_arn: EXECUTION,
    redrive_count: "0",
  });
  expect(entries.map((x) => x.id)).toEqual(entries.map((_, n) => String(n + 1)));
  expect(sources).toEqual([{ stateMachineArn: MACHINE, logGroupArn: GROUP }]);
});

test("a task token is in no log", () => {
  const token = makeTaskToken(createSealer(undefined), EXECUTION.replace(":express:", ":execution:"), "0-1" as TaskId);
  const sink = new Sink();
  const event = { id: 1, previousEventId: 0, timestamp: 1, detailsName: "taskScheduledEventDetails" };
  const details = { parameters: JSON.stringify({ token }) };
  loggerFor("ALL", true, sink)?.([{ ...event, type: "TaskScheduled", details }], 0);
  expect(sink.entries[0]?.details).toEqual({ parameters: '{"token":"***"}' });
});

test("ERROR logs what went wrong, FATAL how the execution ended", async () => {
  const types = async (level: string): Promise<readonly string[]> => (await logged(level)).entries.map((x) => x.type);
  expect(await types("ERROR")).toEqual(["LambdaFunctionFailed", "FailStateEntered", "ExecutionFailed"]);
  expect(await types("FATAL")).toEqual(["ExecutionFailed"]);
});

test("OFF logs nothing, and neither does an execution that nothing is known of", () => {
  expect(loggerFor("OFF", true, new Sink())).toBeUndefined();
  expect(historyLogger({ executionArn: EXECUTION, stateMachineArn: MACHINE }, new Sink())).toBeUndefined();
  expect(isLogged("ExecutionFailed", "OFF")).toBe(false);
});

test("without execution data, inputs and outputs are left out; names and errors stay", async () => {
  const { entries } = await logged("ALL", false);
  expect(JSON.stringify(entries)).not.toMatch(/"(?:input|output|parameters)":/u);
  expect(entries[1]?.details).toMatchObject({ name: "Try" });
  expect(entries.at(-1)?.details).toEqual({ error: "E" });
});

test("an entry says how often the execution was redriven by then", () => {
  const sink = new Sink();
  const event: HistoryEvent = { id: 9, previousEventId: 8, type: "ExecutionRedriven", timestamp: START };
  loggerFor("ALL", true, sink)?.([event], 3);
  expect(sink.entries[0]?.redrive_count).toBe("3");
});

test("turns without an event of the level do not reach the sink", () => {
  const sink = new Sink();
  const event: HistoryEvent = { id: 1, previousEventId: 0, type: "LambdaFunctionStarted", timestamp: START };
  loggerFor("FATAL", true, sink)?.([event], 0);
  expect(sink.sources).toEqual([]);
  loggerFor("ALL", false, sink)?.([event], 0);
  expect(sink.entries[0]?.details).toEqual({});
});

test.each<[HistoryEventType, boolean, boolean]>([
  ["ExecutionAborted", true, true],
  ["ExecutionTimedOut", true, true],
  ["ExecutionSucceeded", false, false],
  ["FailStateEntered", true, false],
  ["TaskTimedOut", true, false],
  ["TaskSubmitFailed", true, false],
  ["MapIterationAborted", true, false],
  ["EvaluationFailed", true, false],
  ["TaskStateExited", false, false],
])("%s is logged at ERROR: %s, at FATAL: %s", (type, atError, atFatal) => {
  expect([isLogged(type, "ERROR"), isLogged(type, "FATAL"), isLogged(type, "ALL")]).toEqual([atError, atFatal, true]);
});

test("what is larger than CloudWatch takes is cut, and said to be", () => {
  const sink = new Sink();
  const output = "x".repeat(260_000);
  const details = { name: "A", output, outputDetails: { truncated: false } };
  loggerFor(
    "ALL",
    true,
    sink,
  )?.([{ id: 2, previousEventId: 1, type: "PassStateExited", timestamp: START, details }], 0);
  expect(sink.entries[0]?.details).toEqual({
    name: "A",
    output: "x".repeat(253_952),
    outputDetails: { truncated: true },
  });
});
