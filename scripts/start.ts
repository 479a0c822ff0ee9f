/** `npm start`: Stepflare on this machine, with the example workflows loaded. */
import { parseArgs } from "node:util";
import { SFNClient } from "@aws-sdk/client-sfn";
import { DevServerError, startDevServer, type DevServer } from "./dev-server.ts";
import { loadExamples } from "./examples.ts";

/** What the server says when it starts or reloads, and about every request. */
const CHATTER = /^\[wrangler:info\]|^⎔|^$|^Your Worker has access|^Binding  |^env\./u;

interface Options {
  readonly port: number;
  readonly persistTo: string;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: { port: { type: "string" }, "persist-to": { type: "string", default: ".wrangler/state" } },
  });
  const port = Number(values.port ?? process.env["PORT"] ?? "8787");
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new DevServerError("The port must be a number from 1 to 65535");
  }
  return { port, persistTo: values["persist-to"] };
}

async function start(): Promise<number> {
  const { port, persistTo } = readOptions();
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopping.abort());
  stopWithNpm(stopping);

  console.log("Starting Stepflare …");
  try {
    const server = await startServer(port, persistTo, stopping.signal);
    stopping.signal.addEventListener("abort", () => void server.stop());
    const code = await server.exited;
    // The runtime may outlive a server that ended by itself.
    await server.kill("SIGKILL");
    return stopping.signal.aborted ? 0 : code;
  } catch (error) {
    if (stopping.signal.aborted) return 0;
    throw error;
  }
}

/** Somebody may end npm alone: it does not always pass the signal on. */
function stopWithNpm(stopping: AbortController): void {
  if (process.env["npm_lifecycle_event"] !== "start") return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stopping.abort();
  }, 500).unref();
}

async function startServer(port: number, persistTo: string, signal: AbortSignal): Promise<DevServer> {
  let isQuiet = true;
  const onLine = (line: string): void => {
    if (!isQuiet && !CHATTER.test(line)) console.log(line);
  };
  const server = await startDevServer({ port, persistTo, onLine, signal });
  try {
    const arns = await loadInto(server.endpoint);
    signal.throwIfAborted();
    isQuiet = false;
    console.log(summary(server.endpoint, arns, persistTo));
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function loadInto(endpoint: string): Promise<ReadonlyMap<string, string>> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new SFNClient({ endpoint, region: "us-east-1", credentials });
  try {
    return await loadExamples(client, endpoint);
  } finally {
    client.destroy();
  }
}

function summary(endpoint: string, arns: ReadonlyMap<string, string>, persistTo: string): string {
  const aws = `--endpoint-url ${endpoint} --region us-east-1`;
  const demo = endpoint.endsWith(":8787") ? "npm run demo" : `npm run demo -- --endpoint ${endpoint}`;
  return `
Stepflare runs at ${endpoint}   (state in ${persistTo}; Ctrl+C stops it)

Workflows:  ${[...arns.keys()].join(", ")}

Open: whoever reaches this machine's own address may do everything, without a key. Other machines are refused;
docs/operations.md#access says how keys are made.

With the AWS CLI; any key will do here:
  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
  aws stepfunctions list-state-machines ${aws}
  aws stepfunctions start-execution ${aws} \\
    --state-machine-arn ${arns.get("choice") ?? ""} \\
    --input file://examples/choice/input.json

In a second shell, three of them with a timeline:  ${demo}
`;
}

try {
  process.exitCode = await start();
} catch (error) {
  console.error(error instanceof DevServerError ? error.message : error);
  process.exitCode = 1;
}
process.exit();
