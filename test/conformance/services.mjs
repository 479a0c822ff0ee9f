/**
 * Loaded before the runner of the recorded cases: makes the queues, topics and tables that a case's own test made on AWS.
 *
 * The runner leaves calls of other services out. Their resources are named after what they are and a case's own random text;
 * so a server between the runner and Stepflare makes each as soon as an execution is started that speaks of it.
 */
import { createServer } from "node:http";

/** What a name looks like, and what makes it. */
const KINDS = [
  { names: /\b(?:test-)?queue-[0-9a-z]{8}\b/gu, path: "queues", body: { function: "recorded-cases" } },
  { names: /\btopic-[0-9a-z]{8}(?:\.fifo)?/gu, path: "topics", body: {} },
  { names: /\bsfn_test_table_[0-9a-z]{8}\b/gu, path: "tables", body: { partitionKey: { name: "id", type: "S" } } },
];

const at = process.argv.indexOf("--endpoint") + 1;
const endpoint = process.argv[at];
const made = new Map();

async function make(path, body) {
  const init = { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(`${endpoint}/api/${path}`, init);
  if (!answer.ok) throw new Error(`PUT /api/${path}: ${answer.status} ${await answer.text()}`);
}

async function provide(text) {
  for (const { names, path, body } of KINDS) {
    for (const [name] of text.matchAll(names)) {
      made.set(name, made.get(name) ?? make(`${path}/${name}`, body));
      await made.get(name);
    }
  }
}

const server = createServer(async (request, response) => {
  try {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { host: _, connection: __, ...headers } = request.headers;
    if (String(headers["x-amz-target"]).endsWith(".StartExecution")) await provide(body.toString());
    const hasBody = request.method !== "GET" && request.method !== "HEAD";
    const answer = await fetch(endpoint + request.url, { method: request.method, headers, ...(hasBody && { body }) });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  } catch (error) {
    response.writeHead(502).end(String(error));
  }
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
server.unref();
process.argv[at] = `http://127.0.0.1:${server.address().port}`;
