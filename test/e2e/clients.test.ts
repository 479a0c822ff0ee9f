/**
 * Every operation of the service, called by the clients that people use: the SDK, the AWS CLI, boto3. Of the last two,
 * those that their versions know. Each call is signed with a key, and its signature is checked.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import * as sdk from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, expect, test } from "vitest";
import { INPUTS } from "../../src/api/shapes.ts";
import { GUARDED, newCredentials, ROLE, startTestServer, until, type Credentials, type TestServer } from "./server.ts";

type Answer = Readonly<Record<string, unknown>>;

/** A client that calls an operation by its name. Throws an Error whose text has the service's exception name. */
interface Client {
  call(operation: string, input: object): Promise<Answer>;
  stop?(): void;
}

/** The client's version does not know the operation. */
class UnknownOperation extends Error {}

let server: TestServer;
let key: Credentials;
const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  AWS_ACCESS_KEY_ID: key.accessKeyId,
  AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_ENDPOINT_URL: server.endpoint,
  AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
  AWS_PAGER: "",
});

beforeAll(async () => {
  server = await startTestServer(GUARDED);
  key = newCredentials(server);
});

afterAll(async () => {
  await server.stop();
});

function sdkClient(): Client {
  const client = new sdk.SFNClient({
    endpoint: server.endpoint,
    region: "us-east-1",
    credentials: key,
    maxAttempts: 1,
    disableHostPrefix: true,
  });
  const commands = sdk as unknown as Record<string, new (input: object) => Parameters<typeof client.send>[0]>;
  return {
    call: async (operation, input) => {
      const Command = commands[`${operation}Command`];
      if (Command === undefined) throw new UnknownOperation(operation);
      try {
        return (await client.send(new Command(input))) as unknown as Answer;
      } catch (error) {
        throw new Error(`${error instanceof Error ? error.name : ""}: ${String(error)}`, { cause: error });
      }
    },
    stop: () => client.destroy(),
  };
}

function cliClient(): Client {
  return {
    call: async (operation, input) => {
      const command = operation.replaceAll(/(?<!^)[A-Z]/gu, (x) => `-${x}`).toLowerCase();
      const args = ["stepfunctions", command, "--cli-input-json", JSON.stringify(input), "--output", "json"];
      const endpoint = ["--endpoint-url", server.endpoint];
      const { stdout, stderr, status } = spawnSync("aws", [...args, ...endpoint], {
        env: environment(),
        encoding: "utf8",
      });
      if (status === 0) return stdout.trim() === "" ? {} : (JSON.parse(stdout) as Answer);
      if (/Invalid choice/iu.test(stderr)) throw new UnknownOperation(operation);
      throw new Error(stderr);
    },
  };
}

const BOTO3 = `
import json, sys, boto3
from botocore.config import Config
client = boto3.client("stepfunctions", endpoint_url=sys.argv[1], config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}))
methods = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}
for line in sys.stdin:
    request = json.loads(line)
    try:
        method = methods.get(request["operation"])
        answer = {"unknown": True} if method is None else {"output": getattr(client, method)(**request["input"])}
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps(answer, default=str), flush=True)
`;

class Boto3Client implements Client {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  constructor() {
    const child = spawn("python3", ["-c", BOTO3, server.endpoint], {
      env: environment(),
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#process = child;
    this.#reader = createInterface(child.stdout);
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  async call(operation: string, input: object): Promise<Answer> {
    this.#process.stdin?.write(`${JSON.stringify({ operation, input })}\n`);
    const { value } = await this.#lines.next();
    const answer = JSON.parse(String(value)) as { output?: Answer; error?: string; unknown?: true };
    if (answer.unknown === true) throw new UnknownOperation(operation);
    if (answer.output === undefined) throw new Error(answer.error);
    return answer.output;
  }

  stop(): void {
    this.#reader.close();
    this.#process.kill();
  }
}

const machine = (states: object): string => JSON.stringify({ StartAt: "A", States: states });
const PASS = machine({ A: { Type: "Pass", Result: { done: true }, End: true } });

/** Calls everything once, in an order in which it makes sense. */
class Tour {
  readonly called = new Set<string>();
  readonly unknown = new Set<string>();
  readonly #client: Client;
  readonly #name: string;

  constructor(client: Client, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** An operation that the client does not know answers nothing. */
  async #call(operation: string, input: object): Promise<Answer> {
    try {
      const answer = await this.#client.call(operation, input);
      this.called.add(operation);
      return answer;
    } catch (error) {
      if (!(error instanceof UnknownOperation)) throw error;
      this.unknown.add(operation);
      return {};
    }
  }

  async #untilStatus(executionArn: string, status: string): Promise<Answer> {
    const describeIt = (): Promise<Answer> => this.#call("DescribeExecution", { executionArn });
    return until(30, describeIt, (x) => x["status"] === status);
  }

  async run(): Promise<void> {
    const stateMachineArn = await this.#stateMachines();
    await this.#versions(stateMachineArn);
    await this.#tags(stateMachineArn);
    await this.#executions(stateMachineArn);
    await this.#activities();
    await this.#express();
    await this.#definitions();
    await this.#mapRuns();
    await this.#call("DeleteStateMachine", { stateMachineArn });
  }

  async #create(suffix: string, definition: string, more: object = {}): Promise<string> {
    const request = { name: `${this.#name}-${suffix}`, definition, roleArn: ROLE, ...more };
    return String((await this.#call("CreateStateMachine", request))["stateMachineArn"]);
  }

  async #stateMachines(): Promise<string> {
    const stateMachineArn = await this.#create("pass", PASS);
    expect(await this.#call("DescribeStateMachine", { stateMachineArn })).toMatchObject({ definition: PASS });
    const { stateMachines } = await this.#call("ListStateMachines", { maxResults: 1000 });
    expect(stateMachines).toEqual(expect.arrayContaining([expect.objectContaining({ stateMachineArn })]));
    const roleArn = `${ROLE}-2`;
    expect(await this.#call("UpdateStateMachine", { stateMachineArn, roleArn })).toHaveProperty("revisionId");
    return stateMachineArn;
  }

  async #versions(stateMachineArn: string): Promise<void> {
    const { stateMachineVersionArn } = await this.#call("PublishStateMachineVersion", { stateMachineArn });
    if (stateMachineVersionArn === undefined) return;
    expect(await this.#call("ListStateMachineVersions", { stateMachineArn })).toMatchObject({
      stateMachineVersions: [{ stateMachineVersionArn }],
    });
    const routingConfiguration = [{ stateMachineVersionArn, weight: 100 }];
    const alias = { name: "live", routingConfiguration };
    const { stateMachineAliasArn } = await this.#call("CreateStateMachineAlias", alias);
    await this.#call("UpdateStateMachineAlias", { stateMachineAliasArn, description: "what users get" });
    expect(await this.#call("DescribeStateMachineAlias", { stateMachineAliasArn })).toMatchObject({
      ...alias,
      description: "what users get",
    });
    expect(await this.#call("ListStateMachineAliases", { stateMachineArn })).toMatchObject({
      stateMachineAliases: [{ stateMachineAliasArn }],
    });
    const { executionArn } = await this.#call("StartExecution", { stateMachineArn: stateMachineAliasArn });
    expect(await this.#untilStatus(String(executionArn), "SUCCEEDED")).toMatchObject({ stateMachineVersionArn });
    await this.#call("DeleteStateMachineAlias", { stateMachineAliasArn });
    await this.#call("DeleteStateMachineVersion", { stateMachineVersionArn });
  }

  async #tags(resourceArn: string): Promise<void> {
    await this.#call("TagResource", { resourceArn, tags: [{ key: "team", value: "orders" }] });
    expect(await this.#call("ListTagsForResource", { resourceArn })).toMatchObject({
      tags: [{ key: "team", value: "orders" }],
    });
    await this.#call("UntagResource", { resourceArn, tagKeys: ["team"] });
  }

  async #executions(stateMachineArn: string): Promise<void> {
    const { executionArn } = await this.#call("StartExecution", { stateMachineArn, input: "{}" });
    const description = await this.#untilStatus(String(executionArn), "SUCCEEDED");
    expect(JSON.parse(String(description["output"]))).toEqual({ done: true });
    const { events } = await this.#call("GetExecutionHistory", { executionArn });
    expect(events).toHaveLength(4);
    expect(await this.#call("DescribeStateMachineForExecution", { executionArn })).toMatchObject({ definition: PASS });
    const list = (): Promise<Answer> => this.#call("ListExecutions", { stateMachineArn });
    const isListed = (x: Answer): boolean => JSON.stringify(x["executions"]).includes(String(executionArn));
    await until(30, list, isListed);
  }

  async #activities(): Promise<void> {
    const { activityArn } = await this.#call("CreateActivity", { name: `${this.#name}-hands` });
    await this.#call("DescribeActivity", { activityArn });
    await this.#call("ListActivities", {});
    const definition = machine({ A: { Type: "Task", Resource: activityArn, HeartbeatSeconds: 60, End: true } });
    const stateMachineArn = await this.#create("work", definition);
    const { executionArn } = await this.#call("StartExecution", { stateMachineArn, input: '{"n":1}' });
    const first = await this.#call("GetActivityTask", { activityArn, workerName: "w" });
    expect(JSON.parse(String(first["input"]))).toEqual({ n: 1 });
    await this.#call("SendTaskHeartbeat", { taskToken: first["taskToken"] });
    await this.#call("SendTaskFailure", { taskToken: first["taskToken"], error: "Broken", cause: "why" });
    expect(await this.#untilStatus(String(executionArn), "FAILED")).toMatchObject({ error: "Broken" });
    const redriven = await this.#call("RedriveExecution", { executionArn });
    if (redriven["redriveDate"] !== undefined) {
      const second = await this.#call("GetActivityTask", { activityArn });
      await this.#call("SendTaskSuccess", { taskToken: second["taskToken"], output: '{"m":2}' });
      await this.#untilStatus(String(executionArn), "SUCCEEDED");
    }
    const stopped = await this.#call("StartExecution", { stateMachineArn });
    await this.#call("StopExecution", { executionArn: stopped["executionArn"], error: "Enough" });
    await this.#untilStatus(String(stopped["executionArn"]), "ABORTED");
    await this.#call("DeleteActivity", { activityArn });
  }

  async #express(): Promise<void> {
    const stateMachineArn = await this.#create("express", PASS, { type: "EXPRESS" });
    const answer = await this.#call("StartSyncExecution", { stateMachineArn, input: "{}" });
    if (!this.unknown.has("StartSyncExecution")) expect(answer).toMatchObject({ status: "SUCCEEDED" });
  }

  async #definitions(): Promise<void> {
    const checked = await this.#call("ValidateStateMachineDefinition", { definition: PASS });
    if (!this.unknown.has("ValidateStateMachineDefinition")) expect(checked).toMatchObject({ result: "OK" });
    const definition = JSON.stringify({ Type: "Pass", Result: 1, End: true });
    const tested = await this.#call("TestState", { definition, roleArn: ROLE, input: "{}" });
    if (!this.unknown.has("TestState")) expect(tested).toMatchObject({ status: "SUCCEEDED", output: "1" });
  }

  async #mapRuns(): Promise<void> {
    const ItemProcessor = {
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
      ...(JSON.parse(machine({ B: { Type: "Wait", Seconds: 2, End: true } })) as object),
      StartAt: "B",
    };
    const stateMachineArn = await this.#create("map", machine({ A: { Type: "Map", ItemProcessor, End: true } }));
    const { executionArn } = await this.#call("StartExecution", { stateMachineArn, input: "[1,2]" });
    const { mapRuns } = await until(
      30,
      () => this.#call("ListMapRuns", { executionArn }),
      (answer) => this.unknown.has("ListMapRuns") || (answer["mapRuns"] as unknown[]).length === 1,
    );
    const [mapRun] = (mapRuns ?? []) as { readonly mapRunArn: string }[];
    if (mapRun === undefined) return;
    const { mapRunArn } = mapRun;
    await this.#call("UpdateMapRun", { mapRunArn, maxConcurrency: 5 });
    await this.#untilStatus(String(executionArn), "SUCCEEDED");
    expect(await this.#call("DescribeMapRun", { mapRunArn })).toMatchObject({
      status: "SUCCEEDED",
      maxConcurrency: 5,
      itemCounts: { total: 2, succeeded: 2 },
    });
    const { executions } = await this.#call("ListExecutions", { mapRunArn });
    expect(executions).toHaveLength(2);
  }
}

const has = (command: string, args: string[]): boolean => spawnSync(command, args).status === 0;
const hasCli = has("aws", ["--version"]);
const hasBoto3 = has("python3", ["-c", "import boto3"]);
const EVERY_OPERATION = Object.keys(INPUTS);

const CLIENTS: readonly (readonly [name: string, isThere: boolean, make: () => Client])[] = [
  ["the SDK", true, sdkClient],
  [`the AWS CLI${hasCli ? "" : " (skipped: there is no aws command)"}`, hasCli, cliClient],
  [`boto3${hasBoto3 ? "" : " (skipped: there is no boto3)"}`, hasBoto3, () => new Boto3Client()],
];

for (const [name, isThere, make] of CLIENTS) {
  test.skipIf(!isThere)(`every operation by ${name}`, { timeout: 240_000 }, async () => {
    const client = make();
    const tour = new Tour(client, name.replaceAll(/\W+/gu, "-"));
    try {
      await tour.run();
    } finally {
      client.stop?.();
    }
    expect([...tour.called, ...tour.unknown].toSorted()).toEqual(EVERY_OPERATION.toSorted());
    // Debian's packages are some years behind; the SDK here is not.
    expect(tour.unknown.size).toBeLessThanOrEqual(name === "the SDK" ? 0 : 12);
  });
}
