/** Hostile expressions in the real runtime: each execution fails, its neighbor succeeds, the server goes on answering. */
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  InvalidDefinition,
  ListStateMachinesCommand,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROLE, startTestServer, until, type TestServer } from "./server.ts";

let server: TestServer;
let neighbor: string;

beforeAll(async () => {
  server = await startTestServer();
  neighbor = await create("neighbor", {
    StartAt: "Wait",
    QueryLanguage: "JSONata",
    States: {
      Wait: { Type: "Wait", Seconds: 1, Next: "Sum" },
      Sum: { Type: "Pass", Output: "{% $sum($states.input) %}", End: true },
    },
  });
});

afterAll(() => server.stop());

async function create(name: string, definition: object): Promise<string> {
  const command = new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn: ROLE });
  return (await server.client.send(command)).stateMachineArn ?? "";
}

async function startOf(stateMachineArn: string, input: unknown): Promise<string> {
  const started = await server.client.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  return started.executionArn ?? "";
}

const endOf = (executionArn: string) =>
  until(
    60,
    () => server.client.send(new DescribeExecutionCommand({ executionArn })),
    ({ status }) => status !== "RUNNING",
  );

const jsonata = (Output: unknown): object => ({
  StartAt: "A",
  QueryLanguage: "JSONata",
  States: { A: { Type: "Pass", Output, End: true } },
});
const jsonpath = (Parameters: object): object => ({
  StartAt: "A",
  States: { A: { Type: "Pass", Parameters, End: true } },
});
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const zeros = (count: number): number[] => numbers(count).map(() => 0);
const nest = (levels: number): unknown => numbers(levels).reduce<unknown>((inner) => ({ a: inner }), 1);
const text = "x".repeat(200_000);
const QUERY = "States.QueryEvaluationError";

const hostile: [what: string, definition: object, input: unknown, error: string][] = [
  ["an endless tail call", jsonata("{% ($f := function($n) { $f($n + 1) }; $f(0)) %}"), {}, QUERY],
  ["endless recursion", jsonata("{% ($f := function($n) { 1 + $f($n + 1) }; $f(0)) %}"), {}, QUERY],
  ["a doubling string", jsonata("{% ($f := function($s) { $f($s & $s) }; $f('ab')) %}"), {}, QUERY],
  ["a doubling object", jsonata("{% ($f := function($o) { $f({ 'a': $o, 'b': $o }) }; $f(1)) %}"), {}, QUERY],
  ["a range of millions", jsonata("{% [1..10000000] %}"), {}, QUERY],
  ["padding by millions", jsonata("{% $pad('', 500000000) %}"), {}, QUERY],
  ["sequences of sequences", jsonata("{% [1..90000].[1..90000] %}"), {}, QUERY],
  [
    "an array joined with itself",
    jsonata("{% $states.input@$a.$states.input@$b.{ 'x': 1 } %}"),
    numbers(30_000),
    QUERY,
  ],
  ["matches that each look to the end", jsonata("{% $match($states.input, /x.*y|x/) %}"), text, QUERY],
  [
    "a nested array asked for its truth",
    jsonata("{% $map([1..90000], function($i) { $states.input ? 1 : 2 }) %}"),
    [zeros(60_000), zeros(60_000)],
    QUERY,
  ],
  ["a group that many join", jsonata("{% $states.input{ 'a': $count($) } %}"), numbers(40_000), QUERY],
  ["ordering many", jsonata("{% $states.input^(>$) %}"), numbers(40_000), QUERY],
  [
    "sorting again and again",
    jsonata("{% $map([1..9000], function($i) { $sort($states.input) }) %}"),
    numbers(30_000),
    QUERY,
  ],
  [
    "one value thousands of times",
    jsonata(Object.fromEntries(numbers(2000).map((i) => [`m${i}`, "{% $states.input %}"]))),
    text,
    QUERY,
  ],
  [
    "one text formatted thousands of times",
    jsonpath(Object.fromEntries(numbers(2000).map((i) => [`m${i}.$`, "States.Format('{}{}', $, $)"]))),
    text,
    "States.Runtime",
  ],
  ["a path that descends again and again", jsonpath({ "a.$": "$..a..a..a" }), nest(900), "States.Runtime"],
  [
    "a filter that compares each with each",
    jsonpath({ "a.$": "$.rows[?($.one == $.other)]" }),
    { rows: zeros(30_000), one: zeros(20_000), other: zeros(20_000) },
    "States.Runtime",
  ],
  [
    "variables that double in a loop",
    {
      StartAt: "A",
      States: {
        A: { Type: "Pass", Assign: { v: "0123456789" }, Next: "B" },
        B: { Type: "Pass", Assign: { "v.$": "States.Array($v, $v)" }, Next: "C" },
        C: { Type: "Choice", Choices: [{ Variable: "$v", IsPresent: true, Next: "B" }], Default: "D" },
        D: { Type: "Succeed" },
      },
    },
    {},
    "States.DataLimitExceeded",
  ],
];

describe("beside a neighbor that succeeds, an execution fails of", () => {
  test.each(hostile)("%s", async (what, definition, input, error) => {
    const beside = await startOf(neighbor, [1, 2, 3]);
    const executionArn = await startOf(await create(what.replaceAll(/[^a-z]/gu, "-"), definition), input);
    const after = await startOf(neighbor, [4, 5, 6]);
    expect(await endOf(executionArn)).toMatchObject({ status: "FAILED", error });
    expect(await endOf(beside)).toMatchObject({ status: "SUCCEEDED", output: "6" });
    expect(await endOf(after)).toMatchObject({ status: "SUCCEEDED", output: "15" });
  });

  test("all of them at once, and the server goes on answering", async () => {
    const { stateMachines = [] } = await server.client.send(new ListStateMachinesCommand({}));
    const arnOf = new Map(stateMachines.map((x) => [x.name, x.stateMachineArn ?? ""]));
    const started = hostile.map(([what, , input]) => startOf(arnOf.get(what.replaceAll(/[^a-z]/gu, "-")) ?? "", input));
    const beside = await startOf(neighbor, [7, 8, 9]);
    const ends = await Promise.all(started.map(async (executionArn) => endOf(await executionArn)));
    expect(ends.map((x) => [x.status, x.error])).toEqual(hostile.map(([, , , error]) => ["FAILED", error]));
    expect(await endOf(beside)).toMatchObject({ status: "SUCCEEDED", output: "24" });
  });
});

test("patterns on which a backtracking engine would hang are matched", async () => {
  const definition = jsonata(
    "{% $contains($states.input, /^(([a-z])+.)+[A-Z]([a-z])+$/) or $contains($states.input, /(x+x+)+y/) %}",
  );
  const executionArn = await startOf(await create("matched", definition), text.slice(0, 100_000));
  expect(await endOf(executionArn)).toMatchObject({ status: "SUCCEEDED", output: "false" });
});

test("a pattern that no linear engine has is a fault of the definition", async () => {
  const refusal: unknown = await create("refused", jsonata("{% $match('aa', /(a)\\1/) %}")).catch(
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(InvalidDefinition);
  expect((refusal as Error).message).toContain("back-references, as in \\1, are not supported");
});
