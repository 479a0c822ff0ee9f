/** The REST API of a real server, every answer held against the server's own OpenAPI document. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { RestClient, type RestReply } from "../api/rest-client.ts";
import { ROLE, startTestServer, until, type TestServer } from "./server.ts";

let server: TestServer;
let rest: RestClient;

beforeAll(async () => {
  server = await startTestServer();
  rest = await RestClient.of((path, init) => fetch(`${server.endpoint}${path}`, init));
});

afterAll(async () => {
  rest.close();
  await server.stop();
});

const GREET = {
  StartAt: "Greet",
  States: { Greet: { Type: "Pass", Parameters: { "greeting.$": "States.Format('Hello, {}!', $.name)" }, End: true } },
};

const untilFound = (query: string, count: number): Promise<RestReply> =>
  until(
    30,
    () => rest.call("GET", `/api/executions?${query}`),
    ({ body }) => body.executions.length === count,
  );

test("a state machine is created, its executions are started, shown and found by their fields", async () => {
  const created = await rest.call("POST", "/api/state-machines", { name: "greet", definition: GREET, roleArn: ROLE });
  const machine = created.headers.get("location") ?? "";
  expect((await rest.call("GET", machine)).body.definition).toEqual(GREET);
  const fields = { name: "$.input.name", said: "$.output.greeting" };
  await rest.call("PUT", `${machine}/search-fields`, { fields });
  for (const name of ["ann", "bob", "eve"]) {
    const started = await rest.call("POST", `${machine}/executions`, { name: `to-${name}`, input: { name } });
    expect(started.status).toBe(201);
    const location = started.headers.get("location") ?? "";
    const ended = await until(
      30,
      () => rest.call("GET", location),
      ({ body }) => body.status !== "RUNNING",
    );
    expect(ended.body).toMatchObject({ status: "SUCCEEDED", output: { greeting: `Hello, ${name}!` } });
    const { body: history } = await rest.call("GET", `${location}/history?limit=2`);
    expect(history.events).toMatchObject([{ type: "ExecutionStarted" }, { type: "PassStateEntered" }]);
    const following = await rest.call("GET", `${location}/history?limit=2&cursor=${history.nextCursor}`);
    expect(following.body.events).toMatchObject([{ type: "PassStateExited" }, { type: "ExecutionSucceeded" }]);
  }
  await untilFound("stateMachine=greet&status=SUCCEEDED", 3);
  const byInput = await untilFound("stateMachine=greet&field[name]=bob", 1);
  expect(byInput.body.executions).toMatchObject([{ name: "to-bob", status: "SUCCEEDED" }]);
  const said = encodeURIComponent("Hello, eve!");
  expect((await untilFound(`stateMachine=greet&field[said]=${said}`, 1)).body.executions[0].name).toBe("to-eve");
  expect((await untilFound("stateMachine=greet&namePrefix=to-a", 1)).body.executions[0].name).toBe("to-ann");
  const page = await rest.call("GET", "/api/executions?stateMachine=greet&limit=2");
  const next = await rest.call("GET", `/api/executions?stateMachine=greet&limit=2&cursor=${page.body.nextCursor}`);
  expect([...page.body.executions, ...next.body.executions]).toHaveLength(3);
});

test("an Express execution answers with its end", async () => {
  const body = { name: "quick", type: "EXPRESS", definition: GREET, roleArn: ROLE };
  await rest.call("POST", "/api/state-machines", body);
  const run = await rest.call("POST", "/api/state-machines/quick/sync-executions", { input: { name: "you" } });
  expect(run.body).toMatchObject({ status: "SUCCEEDED", output: { greeting: "Hello, you!" } });
});

test("mistakes are problems", async () => {
  expect((await rest.call("GET", "/api/state-machines/none")).body.exception).toBe("StateMachineDoesNotExist");
  expect((await rest.call("POST", "/api/state-machines", "{}", { "content-type": "text/plain" })).status).toBe(415);
  expect((await rest.call("POST", "/api/state-machines", "{")).status).toBe(400);
  expect((await rest.call("DELETE", "/api/state-machines")).headers.get("allow")).toBe("HEAD, GET, POST");
  expect((await rest.call("GET", "/api/nothing")).status).toBe(404);
});
