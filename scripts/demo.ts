/** `npm run demo`: runs three of the examples through the AWS SDK and shows what happens, event by event. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import {
  DescribeExecutionCommand,
  paginateGetExecutionHistory,
  paginateListStateMachines,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  type HistoryEvent,
} from "@aws-sdk/client-sfn";
import { Timeline } from "./timeline.ts";

const EXAMPLES = ["image-map", "retry", "wait-for-callback"] as const;
const POLL_MS = 150;
/** How long the person of wait-for-callback thinks. */
const THINKING_MS = 1500;

const { values: options } = parseArgs({
  options: { endpoint: { type: "string", default: "http://localhost:8787" } },
});
const client = new SFNClient({
  endpoint: options.endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
});

async function demo(): Promise<number> {
  const fault = await faultOf(options.endpoint);
  if (fault !== undefined) {
    console.error(fault);
    return 1;
  }
  const arns = await stateMachineArns();
  const results: string[] = [];
  let allSucceeded = true;
  for (const name of EXAMPLES) {
    const stateMachineArn = arns.get(name);
    if (stateMachineArn === undefined) {
      console.error(`The server does not know '${name}': npm start loads it.`);
      return 1;
    }
    const { status, line } = await run(name, stateMachineArn);
    allSucceeded &&= status === "SUCCEEDED";
    results.push(line);
  }
  console.log(`\n${results.join("\n")}`);
  return allSucceeded ? 0 : 1;
}

/** Why the demo cannot run against this endpoint, in words. */
async function faultOf(endpoint: string): Promise<string | undefined> {
  try {
    const response = await fetch(new URL("/api/health", endpoint));
    return response.ok ? undefined : `What runs at ${endpoint} is not Stepflare, or it is not well: ${response.status}`;
  } catch {
    return `No server answers at ${endpoint}. Start one in another shell: npm start`;
  }
}

async function stateMachineArns(): Promise<ReadonlyMap<string, string>> {
  const arns = new Map<string, string>();
  for await (const page of paginateListStateMachines({ client }, {})) {
    for (const { name, stateMachineArn } of page.stateMachines ?? []) arns.set(name ?? "", stateMachineArn ?? "");
  }
  return arns;
}

/** Starts one and follows it to its end. */
async function run(name: string, stateMachineArn: string): Promise<{ status: string; line: string }> {
  const input = readFileSync(new URL(`../examples/${name}/input.json`, import.meta.url), "utf8");
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, input }));
  const timeline = new Timeline();
  console.log(`\n${timeline.title(name)}  ${executionArn ?? ""}`);
  const answered = new Set<string>();
  for (;;) {
    const {
      status = "RUNNING",
      startDate,
      stopDate,
      output,
      error,
    } = await client.send(new DescribeExecutionCommand({ executionArn }));
    const tokens: string[] = [];
    for (const event of await historyOf(executionArn)) {
      for (const line of timeline.add(event)) console.log(line);
      const token = taskTokenIn(event);
      if (token !== undefined && !answered.has(token)) tokens.push(token);
    }
    for (const token of tokens) {
      answered.add(token);
      await answer(token);
    }
    if (status !== "RUNNING") {
      const seconds = ((stopDate?.getTime() ?? 0) - (startDate?.getTime() ?? 0)) / 1000;
      return { status, line: timeline.result(status, name, seconds, output ?? error ?? "") };
    }
    await sleep(POLL_MS);
  }
}

async function historyOf(executionArn: string | undefined): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for await (const page of paginateGetExecutionHistory({ client }, { executionArn }))
    events.push(...(page.events ?? []));
  return events;
}

/** The token that a task waiting for a callback handed to its function. */
function taskTokenIn({ taskScheduledEventDetails: scheduled }: HistoryEvent): string | undefined {
  if (scheduled?.resource?.endsWith(".waitForTaskToken") !== true) return undefined;
  const parameters = JSON.parse(scheduled.parameters ?? "{}") as { Payload?: { TaskToken?: unknown } };
  const token = parameters.Payload?.TaskToken;
  return typeof token === "string" ? token : undefined;
}

/** Plays the person who was asked. */
async function answer(taskToken: string): Promise<void> {
  await sleep(THINKING_MS);
  const output = JSON.stringify({ approved: true, by: "dana@example.com" });
  console.log(`             you: SendTaskSuccess ${output}`);
  await client.send(new SendTaskSuccessCommand({ taskToken, output }));
}

process.exitCode = await demo();
