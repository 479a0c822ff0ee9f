import { beforeEach, describe, expect, test } from "vitest";
import type { ExecutionDescription } from "../../src/runtime/execution-rpc.ts";
import type { MapRunChildrenRequest, MapRunDescription } from "../../src/runtime/map/map-run-rpc.ts";
import { Fixture, START } from "./fixture.ts";

const BASE = "arn:aws:states:us-east-1:123456789012";
const RUN = `${BASE}:mapRun:Hello/L:01234567-89ab-cdef-0123-456789abcdef`;
const CHILD = `${BASE}:express:Hello/L:01234567-89ab-cdef-0123-456789abcdef:c1`;
const COUNTS = {
  total: 9,
  succeeded: 1,
  failed: 2,
  timedOut: 1,
  aborted: 0,
  running: 3,
  pending: 2,
  resultsWritten: 0,
};
const DESCRIPTION: MapRunDescription = {
  mapRunArn: RUN,
  executionArn: `${BASE}:execution:Hello:x`,
  stateMachineArn: `${BASE}:stateMachine:Hello/L`,
  status: "RUNNING",
  startDate: START,
  maxConcurrency: 4,
  toleratedFailureCount: 5,
  toleratedFailurePercentage: 1.5,
  itemCounts: COUNTS,
  executionCounts: COUNTS,
  redriveCount: 0,
};

let api: Fixture;
beforeEach(() => {
  api = new Fixture();
});

test("DescribeMapRun", async () => {
  api.mapRuns.set(RUN, { describe: async () => ({ ok: true, value: DESCRIPTION }) });
  const { body } = await api.call("DescribeMapRun", { mapRunArn: RUN });
  const { stateMachineArn: _, ...shown } = DESCRIPTION;
  expect(body).toEqual({ ...shown, startDate: START / 1000 });
});

test("UpdateMapRun hands on what is given", async () => {
  const updates: unknown[] = [];
  api.mapRuns.set(RUN, {
    update: async (limits) => {
      updates.push(limits);
      return { ok: true, value: null };
    },
  });
  expect((await api.call("UpdateMapRun", { mapRunArn: RUN, maxConcurrency: 7 })).body).toEqual({});
  await api.call("UpdateMapRun", { mapRunArn: RUN, toleratedFailureCount: 0, toleratedFailurePercentage: 2.5 });
  expect(updates).toEqual([{ maxConcurrency: 7 }, { toleratedFailureCount: 0, toleratedFailurePercentage: 2.5 }]);
});

test.each(["DescribeMapRun", "UpdateMapRun"])("%s of a Map Run that is not there", async (operation) => {
  expect((await api.call(operation, { mapRunArn: RUN })).body).toEqual({
    __type: "ResourceNotFound",
    message: "Request references a resource that does not exist.",
    resourceName: RUN,
  });
  expect((await api.call(operation, { mapRunArn: `${BASE}:stateMachine:Hello` })).body.__type).toBe("InvalidArn");
});

describe("ListMapRuns", () => {
  const begun = Array.from({ length: 5 }, (_, i) => ({ mapRunArn: `${RUN}-${i}`, startDate: START + i * 1000 }));

  test("shows the Map Runs of an execution, page by page", async () => {
    const stateMachineArn = await api.createStateMachine("Hello");
    const { body } = await api.call("StartExecution", { stateMachineArn });
    const executionArn = body["executionArn"] as string;
    api.execution(executionArn).begunMapRuns = begun;
    const seen: unknown[] = [];
    let nextToken: unknown;
    do {
      const page = await api.call("ListMapRuns", { executionArn, maxResults: 2, nextToken });
      seen.push(...(page.body["mapRuns"] as unknown[]));
      nextToken = page.body["nextToken"];
    } while (nextToken !== undefined);
    expect(seen).toHaveLength(5);
    expect(seen[1]).toEqual({
      executionArn,
      mapRunArn: `${RUN}-1`,
      stateMachineArn: `${BASE}:stateMachine:Hello`,
      startDate: START / 1000 + 1,
    });
  });

  test("of an execution that is not there, and with a token of another list", async () => {
    const executionArn = `${BASE}:execution:Hello:none`;
    expect((await api.call("ListMapRuns", { executionArn })).body.__type).toBe("ExecutionDoesNotExist");
  });
});

describe("ListExecutions of a Map Run", () => {
  const asked: MapRunChildrenRequest[] = [];
  beforeEach(() => {
    asked.length = 0;
    const child = {
      executionArn: CHILD,
      stateMachineArn: `${BASE}:stateMachine:Hello/L`,
      name: "c1",
      status: "SUCCEEDED" as const,
      startDate: START,
      stopDate: START + 1000,
      itemCount: 4,
      redriveCount: 0,
    };
    api.mapRuns.set(RUN, {
      children: async (request) => {
        asked.push(request);
        return { ok: true, value: { children: [child], ...(request.fromNumber === undefined && { nextNumber: 42 }) } };
      },
    });
  });

  test("shows its child executions, page by page", async () => {
    const { body } = await api.call("ListExecutions", { mapRunArn: RUN, maxResults: 1 });
    expect(body["executions"]).toEqual([
      {
        executionArn: CHILD,
        stateMachineArn: `${BASE}:stateMachine:Hello/L`,
        mapRunArn: RUN,
        name: "c1",
        status: "SUCCEEDED",
        startDate: START / 1000,
        stopDate: START / 1000 + 1,
        itemCount: 4,
        redriveCount: 0,
      },
    ]);
    const nextToken = body["nextToken"];
    const second = await api.call("ListExecutions", { mapRunArn: RUN, maxResults: 1, nextToken });
    expect(second.body["nextToken"]).toBeUndefined();
    expect(asked).toEqual([{ maxResults: 1 }, { maxResults: 1, fromNumber: 42 }]);
  });

  test("by status and by redrive; a token belongs to its filter", async () => {
    const { body } = await api.call("ListExecutions", {
      mapRunArn: RUN,
      statusFilter: "FAILED",
      redriveFilter: "REDRIVEN",
    });
    expect(asked).toEqual([{ maxResults: 100, status: "FAILED", isRedriven: true }]);
    const other = await api.call("ListExecutions", { mapRunArn: RUN, nextToken: body["nextToken"] });
    expect(other.body.__type).toBe("InvalidToken");
  });
});

describe("DescribeExecution of an Express child", () => {
  test("asks its Map Run", async () => {
    const child: ExecutionDescription = {
      executionArn: CHILD,
      name: "c1",
      stateMachineArn: `${BASE}:stateMachine:Hello/L`,
      mapRunArn: RUN,
      status: "FAILED",
      startDate: START,
      stopDate: START,
      input: "1",
      error: "Boom",
    };
    const names: string[] = [];
    api.mapRuns.set(RUN, {
      describeChild: async (name) => {
        names.push(name);
        return { ok: true, value: child };
      },
    });
    const { body } = await api.call("DescribeExecution", { executionArn: CHILD });
    expect(names).toEqual(["c1"]);
    expect(body).toMatchObject({ executionArn: CHILD, mapRunArn: RUN, status: "FAILED", input: "1", error: "Boom" });
  });

  test("that is not there", async () => {
    const { body } = await api.call("DescribeExecution", { executionArn: CHILD });
    expect(body).toEqual({ __type: "ExecutionDoesNotExist", message: `Execution Does Not Exist: '${CHILD}'` });
  });

  test("an Express execution of no Map Run cannot be described", async () => {
    const { body } = await api.call("DescribeExecution", { executionArn: `${BASE}:express:Hello:a:b` });
    expect(body.__type).toBe("InvalidArn");
  });
});
