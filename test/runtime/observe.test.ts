/** What is observed, in the real runtime: it costs no row, and goes to Analytics Engine, a queue and R2 in batches. */
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Env } from "../../src/env.ts";
import type { StartRequest } from "../../src/runtime/execution-rpc.ts";
import { COLUMNS } from "../../src/runtime/observe/data-points.ts";
import type { LogMessage } from "../../src/runtime/observe/export.ts";
import { turnObserver } from "../../src/runtime/observe/platform.ts";
import { readObservability } from "../../src/runtime/observe/settings.ts";
import { machineOfDefinition } from "../../src/runtime/machine-cache.ts";
import { advance, newExecution } from "../../src/engine/advance.ts";
import { Payload } from "../../src/data/payload.ts";
import { platformEntropy } from "../../src/runtime/entropy.ts";
import { createSealer } from "../../src/runtime/sealing.ts";
import { bindings, executionOf, functionAnswering, prepareCatalogue, start, untilEnded, valueOf } from "./words.ts";

const ALL = {
  loggingConfiguration: JSON.stringify({ level: "ALL", includeExecutionData: true }),
  tracingConfiguration: '{"enabled":true}',
};

beforeAll(prepareCatalogue);

/** One turn of an execution of a single Pass state, heard by an observer with that environment. */
async function observe(
  env: Partial<Record<keyof Env, unknown>>,
  name: string,
): Promise<{ readonly work: readonly Promise<unknown>[] }> {
  const { request } = executionOf({ StartAt: "A", States: { A: { Type: "Pass", End: true } } });
  const observed: StartRequest = {
    ...request,
    ...ALL,
    stateMachineName: name,
    stateMachineArn: `${request.stateMachineArn}-${name}`,
  };
  const machine = machineOfDefinition(request.definition)!;
  const before = newExecution({
    executionArn: request.executionArn,
    executionName: request.name,
    stateMachineArn: observed.stateMachineArn,
    stateMachineName: name,
    roleArn: request.roleArn,
    region: "us-east-1",
    input: Payload.fromText("{}"),
    startedAt: 1_000,
  });
  const entropy = platformEntropy({ sealer: createSealer(undefined), publicUrl: undefined })(request.executionArn);
  const result = await advance(machine, before, { type: "ExecutionStarted" }, 1_000, entropy);
  const work: Promise<unknown>[] = [];
  const all = { ...bindings, ...env } as Env;
  turnObserver(all, readObservability(all), (x) => work.push(x))(observed, { machine, before, result });
  return { work };
}

test("an execution that is logged and traced writes the rows of one that is not", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await functionAnswering("observed", () => Response.json(1));
  const Resource = "arn:aws:lambda:us-east-1:123456789012:function:observed";
  const definition = {
    StartAt: "T",
    States: { T: { Type: "Task", Resource, Next: "P" }, P: { Type: "Pass", End: true } },
  };
  const plain = executionOf(definition);
  const observed = executionOf(definition);
  await start(plain);
  await start({ ...observed, request: { ...observed.request, ...ALL } });
  await untilEnded(plain);
  await untilEnded(observed);
  const usage = async ({ object }: typeof plain): Promise<object> => {
    const { rowsWritten, alarmsSet, queueMessages, turns } = valueOf(await object.usage());
    return { rowsWritten, alarmsSet, queueMessages, turns };
  };
  expect(await usage(observed)).toEqual(await usage(plain));
  const rows = async ({ object }: typeof plain): Promise<number> =>
    runInDurableObject(object, async (_, state) => [...state.storage.kv.list()].length);
  expect(await rows(observed)).toBe(await rows(plain));
  expect(log.mock.calls.map(([line]) => (JSON.parse(String(line)) as { type: string }).type)).toEqual([
    "ExecutionStarted",
    "TaskStateEntered",
    "LambdaFunctionScheduled",
    "LambdaFunctionStarted",
    "LambdaFunctionSucceeded",
    "TaskStateExited",
    "PassStateEntered",
    "PassStateExited",
    "ExecutionSucceeded",
  ]);
  log.mockRestore();
});

describe("a turn", () => {
  test("is a data point of Analytics Engine, written without waiting", async () => {
    const points: AnalyticsEngineDataPoint[] = [];
    const METRICS = { writeDataPoint: (point: AnalyticsEngineDataPoint) => points.push(point) };
    await observe({ METRICS, LOG_SINKS: "" }, "measured");
    const [point] = points;
    expect(points.length).toBe(1);
    expect(point?.indexes).toEqual(["measured"]);
    const column = (name: string): number | undefined => point?.doubles?.[COLUMNS.StateMachineArn.indexOf(name)];
    expect([column("ExecutionsStarted"), column("ExecutionsSucceeded"), column("ExecutionsFailed")]).toEqual([1, 1, 0]);
  });

  test("goes to a queue and to R2 with what else is there by then, in one message and one object", async () => {
    const messages: LogMessage[] = [];
    const LOG_QUEUE = { send: async (message: LogMessage) => messages.push(message) };
    const env = { LOG_QUEUE, LOG_SINKS: "queue,r2" };
    const work = [...(await observe(env, "kept")).work, ...(await observe(env, "kept")).work];
    expect(work.length).toBe(1);
    await Promise.all(work);
    expect(messages.map(({ entries }) => entries.length)).toEqual([8]);
    const { objects } = await bindings.OBJECTS.list({ prefix: "_stepflare/logs/" });
    expect(objects.map(({ key }) => key)).toEqual([
      expect.stringMatching(/^_stepflare\/logs\/\d{4}-\d\d-\d\d\/machine-kept\/\d{6}-[\da-f-]{36}\.jsonl$/u),
    ]);
    const text = await (await bindings.OBJECTS.get(objects[0]!.key))?.text();
    expect(
      text
        ?.trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(messages[0]?.entries);
  });

  test("that cannot be observed is reported, and nothing else happens", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const METRICS = {
      writeDataPoint: () => {
        throw new Error("no data points here");
      },
    };
    await observe({ METRICS, LOG_SINKS: "" }, "broken");
    expect(error.mock.calls[0]?.[0]).toMatch(/could not be observed$/u);
    error.mockRestore();
  });
});
