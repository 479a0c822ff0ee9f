/** An execution in its object: what it shows to whom, and what its tasks get all the same. */
import { beforeAll, expect, test } from "vitest";
import { again, executionOf, functionAnswering, prepareCatalogue, start, untilEnded, valueOf } from "./words.ts";

const PATHS = JSON.stringify(["$.card", "$..password"]);

beforeAll(prepareCatalogue);

test("the function gets the data, and who may not see them is shown a history and a description without", async () => {
  const calls = await functionAnswering("keep", ({ input }) => Response.json({ password: "secret-2", got: input }));
  const Resource = "arn:aws:states:::lambda:invoke";
  const Parameters = { FunctionName: "keep", "Payload.$": "$" };
  const Call = { Type: "Task", Resource, Parameters, OutputPath: "$.Payload", End: true };
  const made = executionOf({ StartAt: "Call", States: { Call } }, { card: "secret-1", password: "secret-3", shown: 1 });
  const execution = { ...made, request: { ...made.request, redactedPaths: PATHS } };
  await start(execution);
  const whole = await untilEnded(execution);
  expect(calls[0]?.input).toEqual({ card: "secret-1", password: "secret-3", shown: 1 });
  expect(JSON.parse(whole.output ?? "")).toMatchObject({ password: "secret-2", got: { card: "secret-1" } });
  const described = valueOf(await again(execution).describe(true));
  expect(JSON.parse(described.input)).toEqual({ card: "***", password: "***", shown: 1 });
  const request = { maxResults: 1000, reverseOrder: false, includeExecutionData: true };
  const { events } = valueOf(await again(execution).history({ ...request, redacted: true }));
  // The place `$.card` is of an input; what a function is called with holds it elsewhere, a name is found everywhere.
  expect(JSON.stringify(events)).not.toMatch(/secret-[23]/u);
  const entered = events.find(({ type }) => type === "TaskStateEntered");
  expect(JSON.parse(String(entered?.details?.["input"]))).toEqual({ card: "***", password: "***", shown: 1 });
  const { events: all } = valueOf(await again(execution).history(request));
  expect(JSON.stringify(all)).toMatch(/secret-2/u);
});
