/** A server that asks for keys, through its front door: made by `npm run keys`, used by the SDK, the AWS CLI and boto3. */
import { spawnSync } from "node:child_process";
import { ListStateMachinesCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GUARDED, newCredentials, runKeys, startTestServer, type Credentials, type TestServer } from "./server.ts";

let server: TestServer;
let admin: Credentials & { readonly bearer: string };

beforeAll(async () => {
  server = await startTestServer(GUARDED);
  admin = newCredentials(server);
});

afterAll(async () => {
  await server.stop();
});

const list = async (credentials: Credentials, more: object = {}): Promise<unknown> => {
  const { endpoint } = server;
  const client = new SFNClient({ endpoint, region: "eu-central-1", credentials, maxAttempts: 2, ...more });
  try {
    return (await client.send(new ListStateMachinesCommand({}))).stateMachines;
  } catch (error) {
    return (error as Error).name;
  } finally {
    client.destroy();
  }
};

test("the SDK is let in by its signature, and only by a right one", async () => {
  expect(await list(admin)).toEqual([]);
  expect(await list({ ...admin, secretAccessKey: "wrong" })).toBe("InvalidSignatureException");
  expect(await list({ ...admin, accessKeyId: "AKIAIOSFODNN7EXAMPLE" })).toBe("UnrecognizedClientException");
  expect(await list({ accessKeyId: "test", secretAccessKey: "test" })).toBe("IncompleteSignatureException");
});

test("an SDK whose clock is an hour late sets it by the refusal, and gets in", async () => {
  expect(await list(admin, { systemClockOffset: -3_600_000 })).toEqual([]);
});

test("without a key only the health check and the page's files answer, whatever host a request names", async () => {
  const status = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(server.endpoint + path, { headers })).status;
  expect(await status("/api/health")).toBe(200);
  expect(await status("/")).toBe(200);
  for (const Host of ["localhost", "localhost:8787", "127.0.0.1", "example.com"]) {
    expect(await status("/api/state-machines", { Host })).toBe(401);
  }
  const wire = await fetch(server.endpoint, { method: "POST", body: "{}" });
  expect(await wire.json()).toMatchObject({ __type: "MissingAuthenticationTokenException" });
});

test("npm run keys lists, rotates, disables and revokes", async () => {
  const { bearer } = admin;
  const { AWS_ACCESS_KEY_ID: id = "" } = runKeys(
    server,
    ["create", "ci", "--policy", "start-only", "--expires", "90d"],
    bearer,
  );
  const second = runKeys(server, ["rotate", id, "--grace", "1h"], bearer);
  const next = {
    accessKeyId: second["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: second["AWS_SECRET_ACCESS_KEY"] ?? "",
  };
  expect(await list(next)).toBe("AccessDeniedException");
  runKeys(server, ["disable", next.accessKeyId], bearer);
  expect(await list(next)).toBe("UnrecognizedClientException");
  runKeys(server, ["revoke", id], bearer);
  expect(() => runKeys(server, ["revoke", id], bearer)).toThrow("There is no key");
  expect(() => runKeys(server, ["list"])).toThrow("refuses with 401: Missing Authentication Token");
  expect(() => runKeys(server, ["create", "ci"], bearer)).toThrow("--policy is missing");
});

test("a bearer key opens REST, and its policy bounds it", async () => {
  const policy = ["--policy", "read-only"];
  const { STEPFLARE_KEY: token = "" } = runKeys(
    server,
    ["create", "reader", "--kind", "bearer", ...policy],
    admin.bearer,
  );
  const ask = async (method: string, path: string): Promise<number> =>
    (await fetch(server.endpoint + path, { method, headers: { authorization: `Bearer ${token}` } })).status;
  expect(await ask("GET", "/api/state-machines")).toBe(200);
  expect(await ask("DELETE", "/api/state-machines/orders")).toBe(403);
});

test("a denied call says who, what and on which resource, as AWS does", async () => {
  const made = runKeys(server, ["create", "caller", "--policy", "callback-only"], admin.bearer);
  const credentials = {
    accessKeyId: made["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: made["AWS_SECRET_ACCESS_KEY"] ?? "",
  };
  const client = new SFNClient({ endpoint: server.endpoint, region: "us-east-1", credentials });
  const stateMachineArn = "arn:aws:states:us-east-1:123456789012:stateMachine:orders";
  await expect(client.send(new StartExecutionCommand({ stateMachineArn }))).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringContaining(
      `user/caller is not authorized to perform: states:StartExecution on resource: ${stateMachineArn}`,
    ),
  });
  client.destroy();
});

test.skipIf(spawnSync("aws", ["--version"]).status !== 0)("the AWS CLI says what is wrong with a key", () => {
  const { stderr } = spawnSync("aws", ["stepfunctions", "list-state-machines", "--endpoint-url", server.endpoint], {
    encoding: "utf8",
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: admin.accessKeyId,
      AWS_SECRET_ACCESS_KEY: "wrong",
      AWS_DEFAULT_REGION: "us-east-1",
    },
  });
  expect(stderr).toMatch(/InvalidSignatureException.*does not match the signature you provided/su);
});
