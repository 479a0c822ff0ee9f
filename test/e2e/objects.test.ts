/** Objects through the front door: bodies that stream in and out, and tasks that read and write them. */
import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { CreateStateMachineCommand, DescribeExecutionCommand, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROLE, startTestServer, until, type TestServer } from "./server.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await server.stop();
});

const urlOf = (path: string): string => `${server.endpoint}/api/objects/${path}`;

test.each(["with its length", "in chunks"])("a large body goes in %s and comes out the same", async (how) => {
  const bytes = randomBytes(30_000_000);
  const body = how === "in chunks" ? new Blob([bytes]).stream() : bytes;
  const request: RequestInit = { method: "PUT", body, duplex: "half" };
  const put = await fetch(urlOf("large-bucket/folder/large.bin"), request);
  expect(await put.json()).toMatchObject({ key: "folder/large.bin", size: 30_000_000 });
  const fetched = await fetch(urlOf("large-bucket/folder/large.bin"));
  const hash = createHash("sha256");
  for await (const chunk of fetched.body ?? []) hash.update(chunk as Uint8Array);
  expect(hash.digest("hex")).toBe(createHash("sha256").update(bytes).digest("hex"));
});

test("what was put compressed comes out as it was put, and once compressed", async () => {
  const headers = { "content-type": "text/plain", "content-encoding": "gzip" };
  await fetch(urlOf("task-bucket/packed"), { method: "PUT", body: gzipSync("hello hello hello"), headers });
  expect(await (await fetch(urlOf("task-bucket/packed"))).text()).toBe("hello hello hello");
});

test("a task reads what was put, another one writes", async () => {
  await fetch(urlOf("task-bucket/in.txt"), { method: "PUT", body: "hello", headers: { "content-type": "text/x" } });
  const at = (Key: string): object => ({ Bucket: "task-bucket", Key });
  const task = (action: string, Parameters: object, more: object): object => ({
    Type: "Task",
    Resource: `arn:aws:states:::aws-sdk:s3:${action}`,
    Parameters,
    ...more,
  });
  const definition = {
    StartAt: "Read",
    States: {
      Read: task("getObject", at("in.txt"), { ResultSelector: { "read.$": "$.Body" }, Next: "Write" }),
      Write: task("putObject", { ...at("out.json"), "Body.$": "$" }, { End: true }),
    },
  };
  const { stateMachineArn } = await server.client.send(
    new CreateStateMachineCommand({ name: "objects", definition: JSON.stringify(definition), roleArn: ROLE }),
  );
  const { executionArn } = await server.client.send(new StartExecutionCommand({ stateMachineArn, input: "{}" }));
  const { status } = await until(
    20,
    () => server.client.send(new DescribeExecutionCommand({ executionArn })),
    (description) => description.status !== "RUNNING",
  );
  expect(status).toBe("SUCCEEDED");
  expect(await (await fetch(urlOf("task-bucket/out.json"))).json()).toEqual({ read: "hello" });
});
