/** Executions in CloudWatch's numbers, and those in the columns of Analytics Engine. */
import { describe, expect, test } from "vitest";
import { COLUMNS, dataPoints } from "../../src/runtime/observe/data-points.ts";
import { metricsOf, type MetricPoint } from "../../src/runtime/observe/metrics.ts";
import { Dice, makeMachine } from "../engine/simulated-machine.ts";
import { ACTIVITY, INVOKE, LAMBDA, machineOf, states } from "../engine/words.ts";
import { liveThrough, observedStart, ObservedRun } from "./words.ts";

const MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:m";

const pointsOf = (run: ObservedRun): readonly MetricPoint[] => run.turns.flatMap(metricsOf);

/** Such as `LambdaFunctionTime 5`. */
const lines = (run: ObservedRun): readonly string[] => pointsOf(run).map(({ name, value }) => `${name} ${value}`);

const task = (Resource: string, more: object = {}): Record<string, unknown> => ({
  Type: "Task",
  Resource,
  End: true,
  ...more,
});

test("an execution is counted when it starts and when it ends, and timed", async () => {
  const run = await observedStart(states({ W: { Type: "Wait", Seconds: 2, End: true } }));
  await run.wait(2);
  expect(lines(run)).toEqual(["ExecutionsStarted 1", "ExecutionsSucceeded 1", "ExecutionTime 2000"]);
  expect(pointsOf(run)[2]).toEqual({
    name: "ExecutionTime",
    unit: "Milliseconds",
    dimension: "StateMachineArn",
    arn: MACHINE,
    value: 2000,
  });
});

test("a task on a function is timed from its call to its answer", async () => {
  const run = await observedStart(states({ T: task(LAMBDA) }));
  run.now += 40;
  await run.succeed("T");
  expect(lines(run).slice(0, 7)).toEqual([
    "LambdaFunctionsScheduled 1",
    "LambdaFunctionsStarted 1",
    "LambdaFunctionScheduleTime 0",
    "ExecutionsStarted 1",
    "LambdaFunctionsSucceeded 1",
    "LambdaFunctionRunTime 40",
    "LambdaFunctionTime 40",
  ]);
  expect(pointsOf(run)[0]).toMatchObject({ dimension: "LambdaFunctionArn", arn: LAMBDA });
});

test("a service integration is known by its resource", async () => {
  const run = await observedStart(states({ T: task(INVOKE, { Parameters: {} }) }));
  await run.fail("T");
  expect(lines(run)).toContain("ServiceIntegrationsFailed 1");
  expect(pointsOf(run)[0]).toMatchObject({ dimension: "ServiceIntegrationResourceArn", arn: INVOKE });
});

test("an activity's task waits for its worker, which is timed apart", async () => {
  const run = await observedStart(states({ T: task(ACTIVITY) }));
  run.now += 300;
  await run.take("T");
  run.now += 50;
  await run.succeed("T");
  expect(lines(run)).toEqual([
    "ActivitiesScheduled 1",
    "ExecutionsStarted 1",
    "ActivitiesStarted 1",
    "ActivityScheduleTime 300",
    "ActivitiesSucceeded 1",
    "ActivityRunTime 50",
    "ActivityTime 350",
    "ExecutionsSucceeded 1",
    "ExecutionTime 350",
  ]);
});

describe("a timeout", () => {
  test("of the heartbeat is told from that of the task", async () => {
    const late = await observedStart(
      states({ T: task(INVOKE, { Parameters: {}, TimeoutSeconds: 9, HeartbeatSeconds: 3 }) }),
    );
    await late.wait(3);
    expect(lines(late)).toContain("ServiceIntegrationsHeartbeatTimedOut 1");
    const slow = await observedStart(
      states({ T: task(INVOKE, { Parameters: {}, TimeoutSeconds: 4, HeartbeatSeconds: 3 }) }),
    );
    await slow.wait(2);
    await slow.heartbeat("T");
    await slow.wait(2);
    expect(lines(slow)).toContain("ServiceIntegrationsTimedOut 1");
    expect(lines(slow)).toContain("ExecutionsFailed 1");
  });
});

test("a redriven execution is counted as such, and timed from its redrive", async () => {
  const run = await observedStart(states({ T: task(LAMBDA) }));
  await run.fail("T");
  run.now += 100_000;
  await run.redrive();
  run.now += 7;
  await run.succeed("T");
  expect(lines(run).filter((x) => x.includes("Execution"))).toEqual([
    "ExecutionsStarted 1",
    "ExecutionsFailed 1",
    "ExecutionTime 0",
    "ExecutionsRedriven 1",
    "ExecutionsSucceeded 1",
    "ExecutionTime 7",
    "RedrivenExecutionsSucceeded 1",
  ]);
});

describe("data points", () => {
  const source = { stateMachineName: "m", stateMachineArn: MACHINE, stateMachineVersionArn: `${MACHINE}:3` };
  const column = (dimension: keyof typeof COLUMNS, name: string): number => COLUMNS[dimension].indexOf(name);

  test("what a turn begins is one point for each ARN", async () => {
    const each = states({ T: task(LAMBDA) });
    const run = await observedStart(states({ M: { Type: "Map", ItemProcessor: each, End: true } }), [1, 2, 3, 4]);
    const points = dataPoints(metricsOf(run.turns[0]!), source);
    expect(points.map(({ blobs }) => blobs)).toEqual([
      ["LambdaFunctionArn", LAMBDA, "3", "", MACHINE],
      ["StateMachineArn", MACHINE, "3", "", MACHINE],
    ]);
    expect(points[0]?.doubles[column("LambdaFunctionArn", "LambdaFunctionsScheduled")]).toBe(4);
    expect(points[0]?.indexes).toEqual(["m"]);
  });

  test("the index has the 96 bytes that it may have", () => {
    const name = "名".repeat(80);
    const point: MetricPoint = {
      name: "ExecutionsStarted",
      unit: "Count",
      dimension: "StateMachineArn",
      arn: MACHINE,
      value: 1,
    };
    expect(dataPoints([point], { ...source, stateMachineName: name })[0]?.indexes).toEqual(["名".repeat(32)]);
  });

  test("what ends together has a point each, with its own time", () => {
    const of = (name: string, value: number, unit: MetricPoint["unit"]): MetricPoint => ({
      name,
      unit,
      value,
      dimension: "ActivityArn",
      arn: ACTIVITY,
    });
    const ended = [5, 9].flatMap((time) => [
      of("ActivitiesSucceeded", 1, "Count"),
      of("ActivityTime", time, "Milliseconds"),
    ]);
    const points = dataPoints(ended, source);
    const at = (name: string): readonly unknown[] => points.map((x) => x.doubles[column("ActivityArn", name)]);
    expect(at("ActivitiesSucceeded")).toEqual([1, 1]);
    expect(at("ActivityTime")).toEqual([5, 9]);
  });

  test("every metric of machines of chance has its column, and their sums stay", async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const dice = new Dice(seed);
      const { definition, input } = makeMachine(dice);
      const run = new ObservedRun(machineOf(definition), input);
      await run.receive({ type: "ExecutionStarted" });
      await liveThrough(run, dice);
      const sums = new Map<string, number>();
      const add = (name: string, value: number): unknown => sums.set(name, (sums.get(name) ?? 0) + value);
      for (const turn of run.turns) {
        const points = metricsOf(turn);
        for (const { name, value } of points) add(name, value);
        for (const { blobs, doubles } of dataPoints(points, source)) {
          const names = COLUMNS[blobs[0] as keyof typeof COLUMNS];
          doubles.forEach((value, i) => add(names[i]!, -value));
        }
      }
      expect([...sums].filter(([, sum]) => sum !== 0)).toEqual([]);
    }
  });
});
