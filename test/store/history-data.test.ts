/** How much of a history fits into one answer. */
import { expect, test } from "vitest";
import type { HistoryEvent } from "../../src/engine/history-event.ts";
import { charactersOf, countFitting, MAX_PAGE_CHARACTERS } from "../../src/runtime/history-data.ts";

const eventOf = (id: number, characters: number): HistoryEvent => ({
  id,
  previousEventId: id - 1,
  type: "PassStateEntered",
  timestamp: id,
  detailsName: "stateEnteredEventDetails",
  details: { input: "x".repeat(characters) },
});
const half = MAX_PAGE_CHARACTERS / 2;

test("an event counts with all its texts, those of variables included", () => {
  const event = { ...eventOf(1, 5), details: { name: "ab", output: "123", assignedVariables: { a: "1", b: "22" } } };
  expect(charactersOf(event)).toBe(8);
  expect(charactersOf({ id: 1, previousEventId: 0, type: "ExecutionStarted", timestamp: 1 })).toBe(0);
});

test.each([
  [[1, 1, 1], 3, 3],
  [[1, 1, 1], 2, 2],
  [[half, half, 1], 3, 2],
  [[half, half + 1, 1], 3, 1],
  [[3 * half, 1], 2, 1],
  [[], 5, 0],
])("of events of %j characters and at most %i, %i fit", (sizes, maxResults, fitting) => {
  const events = sizes.map((size, i) => eventOf(i + 1, size));
  expect(countFitting(events, maxResults)).toBe(fitting);
});
