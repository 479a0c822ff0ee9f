/** The trace of whoever starts an execution: by a header of the request, or by the input's traceHeader. */
import { expect, test } from "vitest";
import { Fixture } from "./fixture.ts";

const TRACE = "5759e988bd862e3fe1be46a994272793";
const HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
const TRACEPARENT = `00-${TRACE}-53995c3f42cd8ad8-01`;
const OTHER = "Root=1-11111111-222222222222222222222222;Sampled=0";

async function startedWith(headers: Record<string, string>, traceHeader?: string): Promise<string | undefined> {
  const api = new Fixture();
  const stateMachineArn = await api.createStateMachine("M");
  const body = JSON.stringify({ stateMachineArn, name: "run", traceHeader });
  const target = { "x-amz-target": "AWSStepFunctions.StartExecution" };
  const response = await api.fetch("/", { method: "POST", headers: { ...target, ...headers }, body });
  const { executionArn } = (await response.json()) as { executionArn: string };
  return api.execution(executionArn).started?.traceHeader;
}

test.each<[string, Record<string, string>, string | undefined, string | undefined]>([
  ["neither", {}, undefined, undefined],
  ["the input", {}, OTHER, OTHER],
  ["X-Amzn-Trace-Id, before the input", { "x-amzn-trace-id": HEADER }, OTHER, HEADER],
  ["a traceparent", { traceparent: TRACEPARENT }, undefined, HEADER],
  ["the input, before a traceparent", { traceparent: TRACEPARENT }, OTHER, OTHER],
  ["X-Amzn-Trace-Id, before a traceparent", { traceparent: "00-x", "x-amzn-trace-id": HEADER }, undefined, HEADER],
  ["nothing, where the header is none", { "x-amzn-trace-id": "Self=1", traceparent: "00-x" }, undefined, undefined],
])("%s", async (_, headers, given, expected) => {
  expect(await startedWith(headers, given)).toBe(expected);
});

test("an execution that is started by REST has it, too; other operations do not look at it", async () => {
  const api = new Fixture();
  await api.createStateMachine("M");
  const headers = { "content-type": "application/json", traceparent: TRACEPARENT };
  const path = "/api/state-machines/M/executions";
  const response = await api.fetch(path, { method: "POST", headers, body: '{"name":"run"}' });
  expect(response.status).toBe(201);
  const started = [...api.executions.values()].map((x) => x.started?.traceHeader);
  expect(started).toEqual([HEADER]);
  expect((await api.fetch("/api/state-machines", { headers })).status).toBe(200);
});
