/** What people, workers and clocks do while an example runs. */
import { createHmac } from "node:crypto";
import { once as happened } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  type HistoryEvent,
  type SFNClient,
} from "@aws-sdk/client-sfn";
import { expect } from "vitest";
import { printLabels } from "../../examples/activity-worker/worker.ts";
import { startTranslator } from "../../examples/queue-callback/translator.ts";
import { sendSetup, EXAMPLES } from "../../scripts/examples.ts";
import { until, type TestServer } from "./server.ts";

/** An example that runs. */
export interface Run {
  readonly server: TestServer;
  readonly executionArn: string;
  /** What the server has written to its log. */
  readonly log: readonly string[];
  /** Aborted when the execution has ended. */
  readonly ended: AbortSignal;
}

export type Play = (run: Run) => Promise<void>;

const SECONDS = 60;

/** By the example's name; the others need nobody. */
export const PLAYS: Readonly<Record<string, Play>> = {
  approval: async (run) => {
    const link = await linkMailed(run, "May order A-1001 be shipped?");
    await submitted(run);
    await decide(link, "APPROVED");
  },
  "wait-for-callback": async (run) => {
    const { client } = run.server;
    const scheduled = (await submitted(run)).find(({ type }) => type === "TaskScheduled")?.taskScheduledEventDetails;
    const taskToken = /"TaskToken":"([^"]+)"/u.exec(scheduled?.parameters ?? "")?.[1];
    const output = JSON.stringify({ approved: true, by: "dana@example.com" });
    await client.send(new SendTaskSuccessCommand({ taskToken, output }));
  },
  "activity-worker": ({ server, ended }) => printLabels(server.client, "printer-1", ended),
  "pull-activity": async (run) => {
    const plan = JSON.parse(readFileSync(`${EXAMPLES}/pull-activity/schedule.json`, "utf8")) as object;
    const path = "/api/schedules/pull-activity-worker";
    // Nobody waits a minute for a test.
    const body = { ...plan, scheduleExpression: "rate(1 second)" };
    await sendSetup(run.server.endpoint, "pull-activity", { method: "PUT", path, body });
    await decide(await linkMailed(run, "May robin@example.com be refunded?"), "APPROVED");
    await fetch(`${run.server.endpoint}${path}`, { method: "DELETE" });
  },
  "contact-form": async ({ server: { endpoint }, log, ended }) => {
    await once(ended);
    // wrangler says where it keeps the mail, some moments later.
    const mail = await until(
      SECONDS,
      async () => log.flatMap((line) => /^Text: (\S+\.txt)$/u.exec(line)?.[1] ?? []),
      ([path]) => path !== undefined,
    );
    expect(readFileSync(mail[0] ?? "", "utf8")).toBe("When does the harbor open in winter?");
    const { items } = (await (await fetch(`${endpoint}/api/tables/contact-form-messages/items`)).json()) as {
      items: unknown;
    };
    expect(items).toEqual([
      {
        id: { S: "expected" },
        email: { S: "robin@example.com" },
        text: { S: "When does the harbor open in winter?" },
        words: { N: "7" },
      },
    ]);
    expect(await runByRequest(endpoint, "contact-form", { email: "nobody", text: "Hello" })).toEqual({
      statusCode: 400,
      body: { message: "Please tell us your e-mail address." },
    });
  },
  "event-driven": async ({ server: { client, endpoint }, ended }) => {
    await once(ended);
    const Detail = JSON.stringify({ email: "ann@example.com", name: "Ann" });
    const body = { Entries: [{ Source: "examples.site", DetailType: "Signed up", Detail }] };
    await sendSetup(endpoint, "event-driven", { method: "POST", path: "/api/events", body });
    expect(await outputStarted(client, "event-driven", "Ann")).toEqual({
      to: "ann@example.com",
      greeting: "Welcome, Ann!",
    });
    const signed = JSON.stringify({ email: "joe@example.com", name: "Joe" });
    const signature = createHmac("sha256", "only-an-example-known-to-all").update(signed).digest("hex");
    const post = (proof: string): Promise<Response> => {
      const headers = { "content-type": "application/json", "x-signature": `sha256=${proof}` };
      return fetch(`${endpoint}/hooks/event-driven`, { method: "POST", headers, body: signed });
    };
    expect((await post(signature.replace(/^./u, (digit) => (digit === "0" ? "1" : "0")))).status).toBe(401);
    expect((await post(signature)).ok).toBe(true);
    expect(await outputStarted(client, "event-driven", "Joe")).toEqual({
      to: "joe@example.com",
      greeting: "Welcome, Joe!",
    });
    expect(await runByRequest(endpoint, "event-driven", { email: "eve@example.com", name: "Eve" })).toEqual({
      to: "eve@example.com",
      greeting: "Welcome, Eve!",
    });
    const stateMachineArn = arnOf("stateMachine", "saga");
    const input = JSON.stringify({ traveler: "Ann", to: "Bergen", soldOut: ["flight"] });
    await client.send(new StartExecutionCommand({ stateMachineArn, name: "alarming", input }));
    expect(await outputStarted(client, "event-driven-alarm", "alarming")).toMatchObject({
      alarm: "alarming failed with SoldOut",
    });
  },
  "publish-event": async ({ server: { client } }) => {
    expect(await outputStarted(client, "event-driven", "Kim")).toEqual({
      to: "kim@example.com",
      greeting: "Welcome, Kim!",
    });
  },
  "queue-callback": async ({ server: { client, endpoint }, ended }) => {
    const translator = startTranslator(client, 0);
    await happened(translator, "listening");
    const { port } = translator.address() as AddressInfo;
    const path = "/api/functions/queue-callback-translator";
    const body = { url: `http://localhost:${port}/` };
    await sendSetup(endpoint, "queue-callback", { method: "PUT", path, body });
    await once(ended);
    translator.close();
  },
  "image-pipeline": async (run) => {
    const link = await linkMailed(run, "Is harbor-077.png to be kept?");
    await submitted(run);
    await decide(link, "REJECTED");
  },
  etl: async ({ server: { endpoint }, ended }) => {
    await once(ended);
    const totals = await (await fetch(`${endpoint}/api/objects/examples/etl/totals.json`)).json();
    expect(totals).toMatchObject({ sales: 58 });
    const body = JSON.parse(readFileSync(`${EXAMPLES}/etl/schedule.json`, "utf8")) as unknown;
    await sendSetup(endpoint, "etl", { method: "PUT", path: "/api/schedules/etl", body });
    const schedule = (await (await fetch(`${endpoint}/api/schedules/etl`)).json()) as { nextOccurrences?: unknown };
    expect(schedule).toMatchObject({ timezone: "Europe/Lisbon", enabled: true });
  },
  nested: async ({ server: { client }, executionArn, ended }) => {
    await once(ended);
    const [noted = ""] = (await historyOf(client, executionArn)).flatMap(({ taskSucceededEventDetails: succeeded }) =>
      succeeded?.resource === "startExecution" ? [childOf(succeeded.output)] : [],
    );
    const note = await until(
      SECONDS,
      () => client.send(new DescribeExecutionCommand({ executionArn: noted })),
      ({ status }) => status !== "RUNNING",
    );
    expect(JSON.parse(note.output ?? "")).toEqual({ note: "robin@example.com ordered for 10450 cents" });
  },
  observed: async ({ server: { client }, executionArn, log, ended }) => {
    await once(ended);
    const stateMachineArn = executionArn.replace(":execution:", ":stateMachine:").replace(/:[^:]+$/u, "");
    const described = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(described).toMatchObject({
      loggingConfiguration: { level: "ALL" },
      tracingConfiguration: { enabled: true },
    });
    const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
    const logged = await until(
      SECONDS,
      async () => log.filter((line) => line.includes(executionArn)),
      (lines) => lines.length === events.length,
    );
    expect(logged.join("\n")).toContain('{\\"grams\\":20}');
  },
};

export async function historyOf(client: SFNClient, executionArn: string): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for await (const page of paginateGetExecutionHistory({ client }, { executionArn }))
    events.push(...(page.events ?? []));
  return events;
}

/** The link below that question in the log: what a person gets in a mail. */
async function linkMailed({ log, ended }: Run, question: string): Promise<string> {
  while (!ended.aborted) {
    const at = log.findIndex((line) => line.endsWith(question));
    const link = at < 0 ? undefined : log[at + 1]?.trim();
    if (link !== undefined) return link;
    await sleep(50);
  }
  throw new Error(`Nobody was asked: ${question}`);
}

async function decide(link: string, decision: "APPROVED" | "REJECTED"): Promise<void> {
  const body = JSON.stringify({ decision, by: "Dana", comment: "seen" });
  const response = await fetch(link, { method: "POST", headers: { "content-type": "application/json" }, body });
  expect(await response.json()).toMatchObject({ status: decision, by: "Dana" });
}

/** The history once somebody was asked: an answer may also come before, and then that event is missing. */
async function submitted({ server, executionArn }: Run): Promise<readonly HistoryEvent[]> {
  return until(
    SECONDS,
    () => historyOf(server.client, executionArn),
    (events) => events.some(({ type }) => type === "TaskSubmitted"),
  );
}

/** The output, in the answer to the request. */
async function runByRequest(endpoint: string, stateMachine: string, input: object): Promise<unknown> {
  const body = JSON.stringify(input);
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${endpoint}/run/${stateMachine}`, { method: "POST", headers, body });
  expect(response.status).toBe(200);
  return response.json();
}

const arnOf = (type: string, name: string): string => `arn:aws:states:us-east-1:123456789012:${type}:${name}`;

/** The output of an execution that something else has started, of the one with that word in it. */
async function outputStarted(client: SFNClient, stateMachine: string, word: string): Promise<unknown> {
  const stateMachineArn = arnOf("stateMachine", stateMachine);
  const read = async (): Promise<readonly string[]> => {
    const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
    const described = executions.map(({ executionArn }) => client.send(new DescribeExecutionCommand({ executionArn })));
    return (await Promise.all(described)).flatMap(({ output }) => (output?.includes(word) === true ? [output] : []));
  };
  const [output = ""] = await until(SECONDS, read, (outputs) => outputs.length > 0);
  return JSON.parse(output);
}

function childOf(output = "{}"): string {
  return (JSON.parse(output) as { ExecutionArn?: string }).ExecutionArn ?? "";
}

async function once(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await sleep(50);
}
