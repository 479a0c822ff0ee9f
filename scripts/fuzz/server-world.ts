/** The server that is fuzzed: what is put into it beforehand, and what its catalogue holds. */
import type { World } from "../../test/fuzz/requests.ts";

const ROLE = "arn:aws:iam::123456789012:role/any";
const EXPRESS = { StartAt: "A", States: { A: { Type: "Pass", End: true } } };
const STANDARD = {
  StartAt: "A",
  States: {
    A: { Type: "Choice", Choices: [{ Variable: "$.fail", IsPresent: true, Next: "F" }], Default: "S" },
    F: { Type: "Fail" },
    S: { Type: "Succeed" },
  },
};

export type Answer = Readonly<Record<string, unknown>>;

/** A call of an operation that must succeed. */
export async function call(endpoint: string, operation: string, input: object): Promise<Answer> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AWSStepFunctions.${operation}` },
    body: JSON.stringify(input),
  });
  const answer = (await response.json()) as Answer;
  if (!response.ok) throw new Error(`${operation} was refused: ${JSON.stringify(answer)}`);
  return answer;
}

/** Something of every kind, under the names of the members that lead to it. */
export async function prepareWorld(endpoint: string): Promise<World> {
  const create = async (name: string, definition: object, more: object = {}): Promise<string> =>
    String(
      (
        await call(endpoint, "CreateStateMachine", {
          name,
          definition: JSON.stringify(definition),
          roleArn: ROLE,
          ...more,
        })
      )["stateMachineArn"],
    );
  const machine = await create("standard", STANDARD, { publish: true });
  const express = await create("express", EXPRESS, { type: "EXPRESS", publish: true });
  const version = `${machine}:1`;
  const routingConfiguration = [{ stateMachineVersionArn: version, weight: 100 }];
  const alias = String(
    (await call(endpoint, "CreateStateMachineAlias", { name: "live", routingConfiguration }))["stateMachineAliasArn"],
  );
  const activity = String((await call(endpoint, "CreateActivity", { name: "hands" }))["activityArn"]);
  const start = async (name: string, input: object): Promise<string> =>
    String(
      (await call(endpoint, "StartExecution", { stateMachineArn: machine, name, input: JSON.stringify(input) }))[
        "executionArn"
      ],
    );
  const executions = [await start("good", {}), await start("bad", { fail: true })];
  const machines = [machine, express, version, alias];
  return {
    stateMachineArn: machines,
    stateMachineVersionArn: [version, `${express}:1`],
    stateMachineAliasArn: [alias],
    resourceArn: [machine, activity],
    activityArn: [activity],
    executionArn: executions,
    roleArn: [ROLE],
    mapRunArn: [executions[0]?.replace(":execution:", ":mapRun:") ?? ""],
    stateMachine: ["standard", "express"],
    version: ["1"],
    alias: ["live"],
    activity: ["hands"],
    execution: ["standard:good", "standard:bad", ...executions],
    function: ["hello"],
    subscription: ["somebody"],
    rule: ["orders"],
    hook: ["github"],
    bucket: ["bucket"],
    key: ["a/b.json"],
    tagKeys: ["a"],
    name: ["standard", "good"],
  };
}

/** Everything that a request could have changed, as a text. */
export async function catalogueOf(endpoint: string): Promise<string> {
  const list = async (operation: string, member: string, input: object = {}): Promise<readonly Answer[]> => {
    const found: Answer[] = [];
    let nextToken: unknown;
    do {
      const page = await call(endpoint, operation, { ...input, ...(nextToken !== undefined && { nextToken }) });
      found.push(...(page[member] as readonly Answer[]));
      nextToken = page["nextToken"];
    } while (nextToken !== undefined);
    return found;
  };
  const machines: unknown[] = [];
  for (const { stateMachineArn } of await list("ListStateMachines", "stateMachines")) {
    const of = { stateMachineArn };
    machines.push(
      await call(endpoint, "DescribeStateMachine", of),
      await list("ListStateMachineVersions", "stateMachineVersions", of),
      await list("ListStateMachineAliases", "stateMachineAliases", of),
      (await call(endpoint, "ListTagsForResource", { resourceArn: stateMachineArn }))["tags"],
    );
  }
  const rest = await Promise.all(
    ["/api/functions", "/api/subscriptions", "/api/rules", "/api/hooks", "/api/objects/bucket"].map(async (path) =>
      (await fetch(endpoint + path)).text(),
    ),
  );
  return JSON.stringify([machines, await list("ListActivities", "activities"), rest], (name, value: unknown) =>
    // A server's own time of an answer, where there is one.
    name === "date" ? undefined : value,
  );
}
