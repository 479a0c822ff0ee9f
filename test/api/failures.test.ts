import { afterEach, expect, test, vi } from "vitest";
import { isOutage } from "../../src/runtime/outage.ts";
import { ACCOUNT, Fixture } from "./fixture.ts";

const RUN = `${ACCOUNT}:execution:Hello:run`;

afterEach(() => {
  vi.restoreAllMocks();
});

function failing(error: unknown): Fixture {
  const api = new Fixture();
  api.execution(RUN).describe = async () => {
    throw error;
  };
  return api;
}

test("a defect of ours answers 500, says nothing of itself, and is logged with the request's id", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const defect = new Error("secret detail");
  const reply = await failing(defect).call("DescribeExecution", { executionArn: RUN });
  expect(reply).toMatchObject({ status: 500, body: { __type: "InternalFailure" } });
  expect(JSON.stringify(reply.body)).not.toContain("secret");
  expect(log).toHaveBeenCalledExactlyOnceWith(`request ${reply.requestId} failed`, defect);
});

test.each([
  new Error("Network connection lost."),
  new Error("D1_ERROR: D1 DB is overloaded. Requests queued for too long."),
  new Error("Durable Object reset because its code was updated."),
  new TypeError('The RPC receiver does not implement the method "describe".'),
  new Error("internal error; reference = ip27ut9n1tc74kttqh40klk9"),
  new Error("D1_ERROR: database or disk is full: SQLITE_FULL"),
  new Error("stored by a newer version: snapshot 4, this Worker reads up to 3"),
  Object.assign(new Error("broken"), { retryable: true }),
])("[F16] [F36] an outage (%s) answers 503 and is not logged as a defect", async (error) => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const reply = await failing(error).call("DescribeExecution", { executionArn: RUN });
  expect(reply).toMatchObject({ status: 503, body: { __type: "ServiceUnavailable" } });
  expect(log).not.toHaveBeenCalled();
});

test("[F49] an object that is asked too often answers ThrottlingException, over REST 429 and when to come again", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const api = failing(Object.assign(new Error("Durable Object is overloaded."), { overloaded: true }));
  const reply = await api.call("DescribeExecution", { executionArn: RUN });
  expect(reply).toMatchObject({ status: 400, body: { __type: "ThrottlingException", message: "Rate exceeded" } });
  const problem = await api.request("/api/executions/Hello:run");
  expect(problem).toMatchObject({ status: 429, body: { exception: "ThrottlingException" } });
  expect(log).not.toHaveBeenCalled();
});

test("the REST part tells a defect from an outage too", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const api = new Fixture();
  const prepare = vi.spyOn(api.db, "prepare");
  prepare.mockImplementation(() => {
    throw new Error("no such column");
  });
  expect(await api.request("/api/functions")).toMatchObject({ status: 500, contentType: "application/problem+json" });
  expect(log).toHaveBeenCalledOnce();
  prepare.mockImplementation(() => {
    throw new Error("Network connection lost.");
  });
  expect(await api.request("/api/functions")).toMatchObject({ status: 503, contentType: "application/problem+json" });
});

test.each(["Network connection lost.", undefined, null, { retryable: true }])(
  "%j, thrown bare, is no outage",
  (thrown) => {
    expect(isOutage(thrown)).toBe(false);
  },
);

test("the host may have the prefix that SDKs put in front of it", async () => {
  const headers = { "x-amz-target": "AWSStepFunctions.ListStateMachines" };
  const reply = await new Fixture().request("http://sync-localhost:8787/", { method: "POST", headers, body: "{}" });
  expect(reply).toMatchObject({ status: 200, body: { stateMachines: [] } });
});
