/** Requests that leave: endpoints that misbehave, and URLs that lead to where no request may go. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { CreateStateMachineCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { REFUSED_URLS } from "../outbound/urls.ts";
import { ROLE, startTestServer, until, type TestServer } from "./server.ts";

/** Calls the function that the input names, for two seconds at the most; what fails is caught and shown. */
const CALL = {
  StartAt: "Call",
  States: {
    Call: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke",
      Parameters: { "FunctionName.$": "$.f", Payload: {} },
      OutputPath: "$.Payload",
      TimeoutSeconds: 2,
      Catch: [
        { ErrorEquals: ["States.DataLimitExceeded"], Next: "Caught" },
        { ErrorEquals: ["States.ALL"], Next: "Caught" },
      ],
      End: true,
    },
    Caught: { Type: "Pass", Parameters: { "caught.$": "$.Error", "because.$": "$.Cause" }, End: true },
  },
};

async function createCall(server: TestServer): Promise<void> {
  const definition = JSON.stringify(CALL);
  await server.client.send(new CreateStateMachineCommand({ name: "call", type: "EXPRESS", definition, roleArn: ROLE }));
}

const put = (server: TestServer, path: string, body: object): Promise<Response> =>
  fetch(`${server.endpoint}/api/${path}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

interface Outcome {
  readonly caught?: string;
  readonly because?: string;
}

async function call(server: TestServer, f: string): Promise<Outcome | null> {
  const response = await fetch(`${server.endpoint}/api/state-machines/call/sync-executions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ input: { f } }),
  });
  const { status, output, error, cause } = (await response.json()) as Record<string, unknown>;
  if (status !== "SUCCEEDED") throw new Error(`${String(status)} ${String(error)} ${String(cause)}`);
  return output as Outcome | null;
}

async function listen(server: Server, host = "127.0.0.1", port = 0): Promise<number> {
  server.listen(port, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("[F51] an endpoint that misbehaves is an error that can be caught, by AWS's name", () => {
  let server: TestServer;
  let sentBytes = 0;
  let hangUps = 0;
  const seen: string[] = [];
  const gzipped = { "content-encoding": "gzip", "content-type": "application/json" };
  const bomb = gzipSync(Buffer.alloc(200_000_000, 0x20));

  /** Writes until the other side has hung up. */
  const pour = (response: ServerResponse, chunk: Buffer, everyMs: number): void => {
    const pouring = setInterval(() => {
      if (response.writableNeedDrain) return;
      response.write(chunk);
      sentBytes += chunk.length;
    }, everyMs);
    response.once("close", () => {
      clearInterval(pouring);
      hangUps += 1;
    });
  };

  const endpoints: Readonly<Record<string, (response: ServerResponse) => void>> = {
    silent: () => undefined,
    dripping: (response) => pour(response.writeHead(200), Buffer.from(" "), 50),
    endless: (response) => pour(response.writeHead(200), Buffer.alloc(65_536, 0x20), 0),
    torn: (response) => {
      response.writeHead(200, { "content-length": "1000" }).write('{"half":');
      setTimeout(() => response.destroy(), 100);
    },
    "gzip-bomb": (response) => response.writeHead(200, gzipped).end(bomb),
    "no-gzip": (response) => response.writeHead(200, gzipped).end("{}"),
    html: (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
    "latin-1": (response) =>
      response
        .writeHead(200, { "content-type": "application/json; charset=iso-8859-1" })
        .end(Buffer.from('{"a":"é"}', "latin1")),
    "utf-16": (response) => response.writeHead(200).end(Buffer.from('{"a":1}', "utf16le")),
    empty: (response) => response.writeHead(204).end(),
    mark: (response) => response.writeHead(200).end("\ufeff{}"),
    loop: (response) => response.writeHead(302, { location: "/loop" }).end(),
    "large-error": (response) => response.writeHead(500).end("x".repeat(5_000_000)),
    "odd-error": (response) =>
      response.writeHead(200, { "x-amz-function-error": "Unhandled" }).end(Buffer.from([0xff])),
  };
  const web = createServer((request, response) => {
    const name = (request.url ?? "/").slice(1);
    seen.push(name);
    endpoints[name]?.(response);
  });
  const noWeb = createTcpServer((socket) => socket.end("what?\r\n\r\n"));

  beforeAll(async () => {
    server = await startTestServer();
    await createCall(server);
    const port = await listen(web);
    const urls = Object.keys(endpoints).map((name) => [name, `http://127.0.0.1:${port}/${name}`]);
    urls.push(["no-http", `http://127.0.0.1:${await listen(noWeb)}/`], ["nobody", "http://127.0.0.1:1/"]);
    for (const [name, url] of urls) {
      const response = await put(server, `functions/${name}`, { url });
      if (!response.ok) throw new Error(await response.text());
    }
  });

  afterAll(async () => {
    web.closeAllConnections();
    web.close();
    noWeb.close();
    await server.stop();
  });

  test.each([
    ["silent", "States.Timeout", ""],
    ["dripping", "States.Timeout", ""],
    ["endless", "States.DataLimitExceeded", "exceeding the maximum number of bytes"],
    ["gzip-bomb", "States.DataLimitExceeded", "exceeding the maximum number of bytes"],
    ["torn", "Lambda.SdkClientException", "could not be reached"],
    ["no-gzip", "Lambda.SdkClientException", "could not be reached"],
    ["no-http", "Lambda.SdkClientException", "could not be reached"],
    ["nobody", "Lambda.SdkClientException", "could not be reached"],
    ["html", "Lambda.Unknown", "not JSON"],
    ["latin-1", "Lambda.Unknown", "not UTF-8"],
    ["utf-16", "Lambda.Unknown", "not JSON"],
    ["loop", "Lambda.AWSLambdaException", "status 302"],
    ["large-error", "Lambda.ServiceException", "status 500: xxxx"],
    ["odd-error", "Lambda.Unknown", ""],
  ])("%s: %s", async (name, caught, because) => {
    const outcome = await call(server, name);
    expect(outcome).toMatchObject({ caught, because: expect.stringContaining(because) as string });
    expect(outcome?.because?.length).toBeLessThan(1_200);
  });

  test("an answer without content is null, and a byte order mark is no part of one", async () => {
    expect([await call(server, "empty"), await call(server, "mark")]).toEqual([null, {}]);
  });

  test("[F55] a connection that is deleted is the task's error from then on, which can be caught", async () => {
    const { port } = web.address() as AddressInfo;
    await put(server, "connections/gone", { authorizationType: "BASIC", username: "me", password: "correcthorse" });
    await put(server, "functions/authorized", { url: `http://127.0.0.1:${port}/mark`, connection: "gone" });
    expect(await call(server, "authorized")).toEqual({});
    await fetch(`${server.endpoint}/api/connections/gone`, { method: "DELETE" });
    expect(await call(server, "authorized")).toMatchObject({ caught: "Events.ConnectionResource.NotFound" });
  });

  test("reading stops at the cap, nobody is left reading, and a redirect is not followed", async () => {
    await until(
      10,
      async () => hangUps,
      (n) => n >= 2,
    );
    expect(sentBytes).toBeLessThan(20_000_000);
    expect(seen.filter((name) => name === "loop")).toHaveLength(1);
  });
});

test("a state machine that calls itself over HTTP ends at a depth of five", async () => {
  const server = await startTestServer();
  try {
    await createCall(server);
    const url = `${server.endpoint}/api/state-machines/itself/sync-executions`;
    expect((await put(server, "functions/itself", { url })).status).toBe(200);
    const Itself = {
      Type: "Task",
      Resource: "arn:aws:lambda:us-east-1:123456789012:function:itself",
      Parameters: { input: {} },
      Catch: [{ ErrorEquals: ["Lambda.RecursiveInvocationException"], Next: "Deep" }],
      End: true,
    };
    const definition = JSON.stringify({
      StartAt: "Itself",
      States: { Itself, Deep: { Type: "Pass", Result: "too deep", End: true } },
    });
    const { client } = server;
    await client.send(new CreateStateMachineCommand({ name: "itself", type: "EXPRESS", definition, roleArn: ROLE }));
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
    const outputs: unknown[] = [];
    for (let answer: unknown = await response.json(); answer !== undefined;) {
      const { output } = answer as { output?: unknown };
      outputs.push(output);
      answer = typeof output === "object" && output !== null ? output : undefined;
    }
    expect(outputs).toHaveLength(6);
    expect(outputs.at(-1)).toBe("too deep");
  } finally {
    await server.stop();
  }
});

describe("URLs that lead to where no request may go", () => {
  let server: TestServer;
  const reached: string[] = [];
  const canary = createServer((request, response) => {
    reached.push(request.url ?? "");
    response.end("{}");
  });
  const canary6 = createServer((request, response) => {
    reached.push(request.url ?? "");
    response.end("{}");
  });
  let port = 0;
  let urls: readonly string[] = [];
  const accepted: string[] = [];

  beforeAll(async () => {
    port = await listen(canary);
    await listen(canary6, "::1", port);
    urls = REFUSED_URLS.map((url) => url.replaceAll("{port}", String(port)));
    server = await startTestServer({ OUTBOUND_ALLOW: "" });
    await createCall(server);
  });

  afterAll(async () => {
    canary.close();
    canary6.close();
    await server.stop();
  });

  test("the listeners hear who calls them", async () => {
    for (const host of ["127.0.0.1", "[::1]"]) await (await fetch(`http://${host}:${port}/control`)).text();
    expect(reached.splice(0)).toEqual(["/control", "/control"]);
  });

  test("none can be registered, for a function, a webhook or a connection", async () => {
    expect((await put(server, "functions/f", { url: "https://example.com/" })).status).toBe(200);
    expect((await put(server, "subscriptions/s", { url: "https://example.com/" })).status).toBe(200);
    for (const url of urls) {
      const oauth = { authorizationType: "OAUTH_CLIENT_CREDENTIALS", clientId: "c", clientSecret: "s" };
      const answers = await Promise.all([
        put(server, "functions/f", { url }),
        put(server, "subscriptions/s", { url }),
        put(server, "connections/c", { ...oauth, authorizationEndpoint: url }),
      ]);
      if (answers.some(({ status }) => status !== 400)) accepted.push(`${url}: ${answers.map((x) => x.status).join()}`);
    }
    expect(accepted).toEqual([]);
  });

  test("none that was registered before is called: each is the task's error, and no listener is reached", async () => {
    await server.crash(() => plant(server, urls));
    const outcomes = [];
    for (const [n, url] of urls.entries()) outcomes.push([url, (await call(server, `planted-${n}`))?.caught]);
    expect(outcomes.filter(([, caught]) => caught !== "Lambda.InvalidParameterValueException")).toEqual([]);
    expect(reached).toEqual([]);
    const figures = {
      "URLs that may not be called": urls.length,
      "of them registered": accepted.length,
      "calls that reached a listener": reached.length,
    };
    console.log(`figures: ${JSON.stringify(figures)}`);
  });
});

/** Writes functions into the database, as if they had been registered under other rules. */
function plant({ persistTo }: TestServer, urls: readonly string[]): void {
  const folder = join(persistTo, "v3/d1/miniflare-D1DatabaseObject");
  const file = readdirSync(folder).find((name) => name.endsWith(".sqlite") && !name.startsWith("metadata"));
  const database = new DatabaseSync(join(folder, file ?? ""));
  const insert = database.prepare("INSERT INTO function (name, target, created_at) VALUES (?, ?, 0)");
  for (const [n, url] of urls.entries()) insert.run(`planted-${n}`, JSON.stringify({ url }));
  database.close();
}
