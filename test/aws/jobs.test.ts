/** `.sync` on AWS: a job is begun once, asked after until it has ended, and stopped where nobody waits for it any more. */
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/asl/json.ts";
import { JOBS } from "../../src/runtime/integrations/aws/jobs.ts";
import { OPTIMIZED_SERVICES } from "../../src/runtime/integrations/aws/optimized-services.ts";
import { readParameters } from "../../src/runtime/integrations/aws/parameters.ts";
import { findService } from "../../src/services/model.ts";
import { parseResource } from "../../src/asl/resource.ts";
import { perform, shown, type GivenAnswer, type SentRequest } from "./words.ts";

/** What the beginnings answer, and what the tasks gave: every id that is asked for. */
const BEGUN: JsonObject = {
  ApplicationId: "app",
  Build: { Id: "b:1" },
  BuildBatch: { Id: "bb:1" },
  ExecutionArn: "arn:e",
  Id: "id",
  Job: { Id: "mc" },
  JobArn: "arn:job",
  JobId: "j-1",
  JobRunId: "jr-1",
  QueryExecutionId: "q-1",
  RunId: "r-1",
  Tasks: [{ TaskArn: "arn:t" }],
};
const GIVEN: JsonObject = {
  Cluster: "c",
  HyperParameterTuningJobName: "n",
  JobName: "n",
  LabelingJobName: "n",
  Name: "n",
  ProcessingJobName: "n",
  TrainingJobName: "n",
  TransformJobName: "n",
  VirtualClusterId: "v",
};

test.each(Object.entries(JOBS))(
  "what is asked after %s, and how it is stopped, the service understands",
  (name, job) => {
    const [resourceType = "", action = ""] = name.split(":");
    expect(parseResource(`arn:aws:states:::${name}.sync`)).toBeDefined();
    const model = findService(OPTIMIZED_SERVICES[resourceType]?.service ?? "");
    if (model === undefined) throw new Error("there is no model");
    expect(model.operation(action)).toBeDefined();
    for (const asked of [job.describe, job.stop]) {
      if (asked === undefined) continue;
      const operation = model.operation(asked.action);
      const parameters = asked.parameters({ begun: BEGUN, given: GIVEN });
      expect(JSON.stringify(parameters)).not.toContain("null");
      const read = readParameters({ model, isSdk: false, token: "" }, operation?.input, parameters);
      expect(Object.keys(read)).toHaveLength(Object.keys(parameters).length);
    }
  },
);

const answered = (value: unknown): GivenAnswer => ({ body: JSON.stringify(value) });

/** Which actions were called: by the target, or by the path. */
function actions(sent: readonly SentRequest[]): readonly string[] {
  return sent.map(({ headers, url }) => headers.get("x-amz-target")?.split(".")[1] ?? url.pathname);
}

describe("a job", () => {
  test("is asked after until it has ended, and its description is the result", async () => {
    const { answer, sent } = await perform(
      "batch:submitJob.sync",
      { JobName: "j", JobQueue: "q", JobDefinition: "d" },
      [
        answered({ jobId: "j-1", jobName: "j" }),
        answered({ jobs: [{ jobId: "j-1", status: "RUNNABLE" }] }),
        { status: 503 },
        { status: 503 },
        { status: 503 },
        answered({ jobs: [{ jobId: "j-1", status: "RUNNING" }] }),
        answered({
          jobs: [{ jobId: "j-1", status: "SUCCEEDED", startedAt: 1_700_000_000_123, container: { exitCode: 0 } }],
        }),
      ],
    );
    expect(actions(sent)).toEqual(["/v1/submitjob", ...Array.from({ length: 6 }, () => "/v1/describejobs")]);
    expect(sent[1]?.body).toBe('{"jobs":["j-1"]}');
    expect(answer.kind).toBe("succeeded");
    expect(shown(answer)).toEqual({
      JobId: "j-1",
      Status: "SUCCEEDED",
      StartedAt: 1_700_000_000_123,
      Container: { ExitCode: 0 },
    });
  });

  test("that fails is the task's failure, described in its cause", async () => {
    const run = { JobRunState: "FAILED", ErrorMessage: "no", StartedOn: 1_700_000_000.5 };
    const { answer } = await perform("glue:startJobRun.sync", { JobName: "j" }, [
      answered({ JobRunId: "jr" }),
      answered({ JobRun: run }),
    ]);
    expect(shown(answer)).toEqual({
      error: "States.TaskFailed",
      cause: JSON.stringify({ ErrorMessage: "no", JobRunState: "FAILED", StartedOn: 1_700_000_000_500 }),
    });
  });

  test("that cannot be begun fails as the service says it", async () => {
    const headers = { "x-amzn-requestid": "r" };
    const { answer, sent } = await perform("athena:startQueryExecution.sync", { QueryString: "?" }, [
      { status: 400, headers, body: '{"__type":"InvalidRequestException","message":"Bad"}' },
    ]);
    expect(sent).toHaveLength(1);
    expect(shown(answer)).toEqual({
      error: "Athena.InvalidRequestException",
      cause:
        "Bad (Service: AmazonAthena; Status Code: 400; Error Code: InvalidRequestException; Request ID: r; Proxy: null)",
    });
  });

  test("of ECS has succeeded where all its containers have", async () => {
    const ended = (exitCode: number): GivenAnswer[] => [
      answered({ tasks: [{ taskArn: "arn:t" }] }),
      answered({ tasks: [{ taskArn: "arn:t", lastStatus: "STOPPED", containers: [{ exitCode: 0 }, { exitCode }] }] }),
    ];
    const task = { Cluster: "c", TaskDefinition: "d" };
    expect((await perform("ecs:runTask.sync", task, ended(0))).answer.kind).toBe("succeeded");
    expect(shown((await perform("ecs:runTask.sync", task, ended(1))).answer)).toMatchObject({
      error: "States.TaskFailed",
    });
    const nowhere = answered({ tasks: [], failures: [{ reason: "RESOURCE:MEMORY" }] });
    expect(shown((await perform("ecs:runTask.sync", task, [nowhere])).answer)).toMatchObject({
      error: "AmazonECS.Unknown",
    });
  });

  test("that was begun before a crash is not begun again", async () => {
    const memory = new Map<string, JsonObject>();
    const build = { ProjectName: "p" };
    const crash = perform("codebuild:startBuild.sync", build, [answered({ build: { id: "p:1" } })], undefined, {
      memory,
      pause: async () => {
        throw new Error("the object is lost");
      },
    });
    await expect(crash).rejects.toThrow("the object is lost");
    expect([...memory.values()]).toEqual([{ Build: { Id: "p:1" } }]);
    const done = answered({ builds: [{ id: "p:1", buildStatus: "SUCCEEDED" }] });
    const { answer, sent } = await perform("codebuild:startBuild.sync", build, [done], undefined, { memory });
    expect(actions(sent)).toEqual(["BatchGetBuilds"]);
    expect(shown(answer)).toEqual({ Build: { Id: "p:1", BuildStatus: "SUCCEEDED" } });
    expect(memory.size).toBe(0);
  });

  test("gets the attempt's token, where the service takes one", async () => {
    const { sent } = await perform("codebuild:startBuild.sync", { ProjectName: "p" }, [
      answered({ build: { id: "p:1" } }),
      answered({ builds: [{ id: "p:1", buildStatus: "SUCCEEDED" }] }),
    ]);
    expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({
      idempotencyToken: expect.stringMatching(/^[\da-f-]{36}$/u) as string,
    });
  });

  test("is stopped where nobody waits for it any more", async () => {
    const controller = new AbortController();
    const { sent } = await perform(
      "athena:startQueryExecution.sync",
      { QueryString: "SELECT 1" },
      [answered({ QueryExecutionId: "q" }), answered({ QueryExecution: { Status: { State: "RUNNING" } } })],
      undefined,
      {
        signal: controller.signal,
        pause: async (milliseconds) => {
          if (milliseconds > 1_000) controller.abort();
        },
      },
    );
    expect(actions(sent)).toEqual(["StartQueryExecution", "GetQueryExecution", "StopQueryExecution"]);
    expect(sent[2]?.body).toBe('{"QueryExecutionId":"q"}');
  });

  test("that is an execution of Step Functions at AWS shows its output as text, or as JSON", async () => {
    const answers = [
      answered({ executionArn: "arn:e", startDate: 1 }),
      answered({ executionArn: "arn:e", status: "SUCCEEDED", input: "{}", output: '{"a":1}', startDate: 1.5 }),
    ];
    const start = { StateMachineArn: "arn:m", Input: { b: 2 } };
    const { answer, sent } = await perform("states:startExecution.sync", start, answers);
    expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({
      stateMachineArn: "arn:m",
      input: '{"b":2}',
      name: expect.any(String) as string,
    });
    expect(shown(answer)).toEqual({
      ExecutionArn: "arn:e",
      Input: "{}",
      Output: '{"a":1}',
      StartDate: 1500,
      Status: "SUCCEEDED",
    });
    const parsed = await perform("states:startExecution.sync:2", start, answers);
    expect(shown(parsed.answer)).toMatchObject({ Input: {}, Output: { a: 1 } });
  });
});

test("a job that is not known how to wait for is refused", async () => {
  const { answer, sent } = await perform("eks:createCluster.sync", { Name: "c" });
  expect(sent).toEqual([]);
  expect(shown(answer)).toEqual({
    error: "States.Runtime",
    cause: "Stepflare cannot call arn:aws:states:::eks:createCluster.sync, neither itself nor on AWS.",
  });
});
