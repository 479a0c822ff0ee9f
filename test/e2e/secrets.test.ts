/**
 * Secrets planted in every place that takes one, all that can be done with them, and then a search for them in all that is left:
 * every file, every line of the log, every answer.
 */
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { CreateStateMachineCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROLE, startTestServer, until, type TestServer } from "./server.ts";

const canary = (name: string): string => `canary-${name}-7Qx9Lm2Vt4`;
const webhookSecret = (name: string): string => `whsec_${Buffer.from(canary(name).padEnd(32, "x")).toString("base64")}`;

const SECRETS = {
  secretKeys: Buffer.from("canary-of-32-bytes-7Qx9Lm2Vt4abc").toString("base64"),
  otlpHeader: canary("otlp"),
  webhook: webhookSecret("webhook"),
  formerWebhook: webhookSecret("former"),
  password: canary("password"),
  formerPassword: canary("former-password"),
  apiKey: canary("api-key"),
  clientSecret: canary("client-secret"),
  accessToken: canary("access-token"),
  misplaced: canary("misplaced"),
  refused: canary("refused"),
  unused: canary("unused"),
  hook: canary("incoming-hook"),
  rule: webhookSecret("rule"),
};
/** Data, which are found where executions keep them: the search works. */
const CONTROL = canary("control");

/** As headers, JSON and forms write them. */
const spellings = (secret: string): readonly string[] => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString("base64").replace(/=+$/u, ""),
];
const BASIC = Buffer.from(`me:${SECRETS.password}`).toString("base64");

let server: TestServer;
const lines: string[] = [];
const answers: string[] = [];
const received: string[] = [];
const others = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    received.push(`${request.url} ${JSON.stringify(request.headers)} ${Buffer.concat(chunks).toString()}`);
    const echo = JSON.stringify({ headers: request.headers, url: request.url });
    if (request.url === "/token") response.end(JSON.stringify({ access_token: SECRETS.accessToken, expires_in: 600 }));
    else if (request.url === "/fails") response.writeHead(403).end(echo);
    else if (request.url === "/throws")
      response.writeHead(200, { "x-amz-function-error": "Unhandled" }).end(`{"errorType":"E","errorMessage":${echo}}`);
    else response.end(echo);
  });
});

async function ask(method: string, path: string, body?: unknown): Promise<Response> {
  const init = { method, headers: { "content-type": "application/json" } };
  const response = await fetch(
    server.endpoint + path,
    body === undefined ? init : { ...init, body: JSON.stringify(body) },
  );
  answers.push(
    `${method} ${path} ${response.status} ${JSON.stringify([...response.headers])} ${await response.clone().text()}`,
  );
  return response;
}

beforeAll(async () => {
  others.listen(0, "127.0.0.1");
  await once(others, "listening");
  const { port } = others.address() as AddressInfo;
  const vars = {
    SECRET_KEYS: SECRETS.secretKeys,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/otlp`,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${SECRETS.otlpHeader}`,
    LOG_SINKS: "console,r2,otlp",
    METRICS_ENDPOINT: "true",
    RETENTION_ARCHIVE: "true",
    RETENTION_DAYS: "0",
  };
  server = await startTestServer(vars, (line) => lines.push(line));
});

afterAll(async () => {
  others.close();
  await server.stop();
});

test("fourteen secrets are used, and are found nowhere afterwards", async () => {
  const { port } = others.address() as AddressInfo;
  const local = `http://127.0.0.1:${port}`;
  const basic = { authorizationType: "BASIC", username: "me" };
  const oauth = {
    authorizationType: "OAUTH_CLIENT_CREDENTIALS",
    clientId: "c",
    authorizationEndpoint: `${local}/token`,
  };
  const connections = {
    basic: { ...basic, password: SECRETS.password },
    key: { authorizationType: "API_KEY", apiKeyName: "x-api-key", apiKeyValue: SECRETS.apiKey },
    oauth: { ...oauth, clientSecret: SECRETS.clientSecret },
    unused: { ...basic, password: SECRETS.unused },
  };
  await ask("PUT", "/api/connections/basic", { ...basic, password: SECRETS.formerPassword });
  for (const [name, body] of Object.entries(connections)) {
    expect((await ask("PUT", `/api/connections/${name}`, body)).status).toBe(200);
  }
  expect((await ask("PUT", "/api/connections/bad", { ...basic, apiKeyValue: SECRETS.misplaced })).status).toBe(400);
  expect((await ask("PUT", "/api/connections/bad", { ...basic, password: [SECRETS.refused] })).status).toBe(400);
  for (const secret of [SECRETS.formerWebhook, SECRETS.webhook]) {
    expect((await ask("PUT", "/api/subscriptions/hook", { url: `${local}/hook`, secret })).status).toBe(200);
  }
  const ended = { source: ["aws.states"], detail: { status: ["SUCCEEDED", "FAILED"] } };
  const targets = [{ id: "w", url: `${local}/ruled`, connection: "basic" }];
  const rule = { eventPattern: ended, targets, secret: SECRETS.rule };
  expect((await ask("PUT", "/api/rules/ended", rule)).status).toBe(200);
  const event = { source: "canary", detailType: "Sung" };
  const incoming = { signature: { scheme: "github" }, secret: SECRETS.hook, event };
  expect((await ask("PUT", "/api/hooks/in", incoming)).status).toBe(200);
  const sung = JSON.stringify({ control: CONTROL });
  const signature = createHmac("sha256", SECRETS.hook).update(sung).digest("hex");
  for (const [given, status] of [
    [signature, 202],
    ["00", 401],
  ] as const) {
    const headers = { "x-hub-signature-256": `sha256=${given}` };
    const answer = await fetch(`${server.endpoint}/hooks/in`, { method: "POST", headers, body: sung });
    answers.push(await answer.clone().text());
    expect(answer.status).toBe(status);
  }

  const uses = ["basic", "key", "oauth"].flatMap((connection) =>
    ["echo", "fails", "throws"].map((path) => ({ name: `${connection}-${path}`, connection, path })),
  );
  for (const { name, connection, path } of uses) {
    expect((await ask("PUT", `/api/functions/${name}`, { url: `${local}/${path}`, connection })).status).toBe(200);
  }
  const Call = {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Parameters: { "FunctionName.$": "$.f", "Payload.$": "$" },
    End: true,
  };
  const definition = JSON.stringify({ StartAt: "Call", States: { Call } });
  const logGroupArn = "arn:aws:logs:us-east-1:123456789012:log-group:all:*";
  const destinations = [{ cloudWatchLogsLogGroup: { logGroupArn } }];
  const observed = {
    loggingConfiguration: { level: "ALL" as const, includeExecutionData: true, destinations },
    tracingConfiguration: { enabled: true },
  };
  for (const type of ["STANDARD", "EXPRESS"] as const) {
    const machine = { name: type, type, definition, roleArn: ROLE, ...observed };
    await server.client.send(new CreateStateMachineCommand(machine));
  }
  for (const { name } of uses) {
    const input = { f: name, control: CONTROL };
    await ask("POST", "/api/state-machines/EXPRESS/sync-executions", { input });
    expect((await ask("POST", "/api/state-machines/STANDARD/executions", { name, input })).status).toBe(201);
    const tested = { definition: { ...Call }, roleArn: ROLE, input, inspectionLevel: "TRACE" };
    await ask("POST", "/api/test-state", tested);
  }
  const described = async (name: string): Promise<unknown> =>
    ((await (await ask("GET", `/api/executions/STANDARD:${name}`)).json()) as { status: unknown }).status;
  for (const { name } of uses) {
    await until(
      30,
      () => described(name),
      (status) => status !== "RUNNING",
    );
    await ask("GET", `/api/executions/STANDARD:${name}/history`);
  }
  const hooks = (): number => received.filter((x) => x.startsWith("/hook ")).length;
  await until(
    30,
    async () => hooks(),
    (n) => n >= 2 * uses.length,
  );
  await until(
    30,
    async () => received.filter((x) => x.startsWith("/ruled ")).length,
    (n) => n >= uses.length,
  );
  await until(
    30,
    async () => received.some((x) => x.startsWith("/otlp/v1/logs")),
    (x) => x,
  );
  for (const path of [
    "connections",
    "subscriptions",
    "rules",
    "rules/ended",
    "hooks",
    "hooks/in",
    "functions",
    "executions?stateMachine=STANDARD",
    "metrics",
    "openapi.json",
  ]) {
    await ask("GET", `/api/${path}`);
  }
  for (const name of Object.keys(connections)) await ask("GET", `/api/connections/${name}`);
  await ask("GET", "/api/subscriptions/hook");
  await ask("GET", "/");
  await ask("DELETE", "/api/connections/unused");

  const heard = received.join("\n");
  for (const used of [BASIC, SECRETS.apiKey, SECRETS.accessToken, SECRETS.otlpHeader]) expect(heard).toContain(used);
  const filesWhileRunning = await filesOf(server);
  await ask("GET", "/cdn-cgi/handler/scheduled");
  await until(
    30,
    async () => (await ask("GET", `/api/executions/STANDARD:${uses[0]?.name}/archive`)).status,
    (status) => status === 200,
  );
  const files = await filesOf(server);

  const found = Object.entries({ ...SECRETS, basic: BASIC }).flatMap(([name, secret]) =>
    spellings(secret).flatMap((spelling) => [
      ...[...filesWhileRunning, ...files]
        .filter(([, bytes]) => bytes.includes(spelling))
        .map(([file]) => `${name} in ${file}`),
      ...lines.filter((line) => line.includes(spelling)).map((line) => `${name} in the log: ${line}`),
      ...answers.filter((answer) => answer.includes(spelling)).map((answer) => `${name} in ${answer}`),
    ]),
  );
  expect(found).toEqual([]);
  expect(files.filter(([, bytes]) => bytes.includes(CONTROL)).length).toBeGreaterThan(1);
  expect(lines.some((line) => line.includes(CONTROL))).toBe(true);
  expect(answers.some((answer) => answer.includes(CONTROL))).toBe(true);
  const searched = { "files searched": files.length, "lines of the log searched": lines.length };
  const figures = { "secrets planted": Object.keys(SECRETS).length, "places where one was found": found.length };
  console.log(`figures: ${JSON.stringify({ ...figures, ...searched, "answers searched": answers.length })}`);
});

/** Every file of the server's state, unpacked; the server is started anew meanwhile. */
async function filesOf(of: TestServer): Promise<readonly (readonly [string, Buffer])[]> {
  let files: readonly (readonly [string, Buffer])[] = [];
  const { persistTo } = of;
  await of.crash(() => {
    const names = readdirSync(persistTo, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    files = names.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const bytes = readFileSync(path);
      return [path.slice(persistTo.length), bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes];
    });
  });
  return files;
}
