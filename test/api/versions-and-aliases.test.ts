import { beforeEach, describe, expect, test } from "vitest";
import { upsertEntries } from "../../src/runtime/execution-index.ts";
import { DEFAULT_QUOTAS } from "../../src/runtime/quota-settings.ts";
import { ACCOUNT, DEFINITION, Fixture, ROLE, START, type ReplyBody } from "./fixture.ts";

const { Versions: VERSIONS, Aliases: ALIASES } = DEFAULT_QUOTAS;

const ARN = `${ACCOUNT}:stateMachine:Hello`;
const create = { name: "Hello", definition: DEFINITION, roleArn: ROLE };

let api: Fixture;

beforeEach(() => {
  api = new Fixture();
});

async function call(operation: string, input: object): Promise<ReplyBody> {
  return (await api.call(operation, input)).body;
}

/** Another definition for each number. */
function definition(number: number): string {
  return JSON.stringify({ StartAt: `S${number}`, States: { [`S${number}`]: { Type: "Pass", End: true } } });
}

/** A new revision, published. */
async function publishNext(number: number): Promise<string> {
  const body = await call("UpdateStateMachine", {
    stateMachineArn: ARN,
    definition: definition(number),
    publish: true,
  });
  return String(body["stateMachineVersionArn"]);
}

async function versionNumbers(): Promise<string[]> {
  const { stateMachineVersions } = await call("ListStateMachineVersions", { stateMachineArn: ARN });
  return (stateMachineVersions as { stateMachineVersionArn: string }[]).map((x) =>
    x.stateMachineVersionArn.slice(ARN.length + 1),
  );
}

describe("a version", () => {
  test("is published with the creation, and described as it was then", async () => {
    const body = await call("CreateStateMachine", { ...create, publish: true, versionDescription: "first" });
    expect(body).toEqual({
      stateMachineArn: ARN,
      creationDate: START / 1000,
      stateMachineVersionArn: `${ARN}:1`,
    });
    api.at += 1000;
    await publishNext(2);
    expect(await call("DescribeStateMachine", { stateMachineArn: `${ARN}:1` })).toMatchObject({
      stateMachineArn: `${ARN}:1`,
      name: "Hello",
      description: "first",
      definition: DEFINITION,
      creationDate: START / 1000,
    });
    const second = await call("DescribeStateMachine", { stateMachineArn: `${ARN}:2` });
    expect(second).toMatchObject({ definition: definition(2), creationDate: START / 1000 + 1, revisionId: "uuid-1" });
    expect(second).not.toHaveProperty("description");
    expect(await call("DescribeStateMachine", { stateMachineArn: ARN })).not.toHaveProperty("description");
  });

  test("creating again with the same request answers the same; another wish to publish is another request", async () => {
    const request = { ...create, publish: true, versionDescription: "first" };
    const body = await call("CreateStateMachine", request);
    expect(await call("CreateStateMachine", request)).toEqual(body);
    for (const other of [create, { ...create, publish: true }, { ...request, versionDescription: "other" }]) {
      expect(await call("CreateStateMachine", other)).toMatchObject({ __type: "StateMachineAlreadyExists" });
    }
    expect(await versionNumbers()).toEqual(["1"]);
  });

  test("a creation that is refused publishes nothing, and one that is repeated nothing again", async () => {
    await call("CreateStateMachine", create);
    await call("CreateStateMachine", { ...create, publish: true });
    expect(await versionNumbers()).toEqual([]);
    await call("DeleteStateMachine", { stateMachineArn: ARN });
    await call("CreateStateMachine", { ...create, publish: true });
    await call("DeleteStateMachineVersion", { stateMachineVersionArn: `${ARN}:1` });
    await call("CreateStateMachine", { ...create, publish: true });
    expect(await versionNumbers()).toEqual([]);
  });

  test("of a revision is the only one, however often and by whatever call it is published", async () => {
    await call("CreateStateMachine", create);
    const first = await call("PublishStateMachineVersion", { stateMachineArn: ARN, description: "a" });
    expect(first).toEqual({ stateMachineVersionArn: `${ARN}:1`, creationDate: START / 1000 });
    api.at += 1000;
    expect(await call("PublishStateMachineVersion", { stateMachineArn: ARN, description: "b" })).toEqual(first);
    const update = { stateMachineArn: ARN, definition: DEFINITION, publish: true };
    expect(await call("UpdateStateMachine", update)).toEqual({
      updateDate: START / 1000 + 1,
      stateMachineVersionArn: `${ARN}:1`,
    });
    expect(await call("UpdateStateMachine", { ...update, definition: definition(2) })).toEqual({
      updateDate: START / 1000 + 1,
      revisionId: "uuid-1",
      stateMachineVersionArn: `${ARN}:2`,
    });
    expect(await versionNumbers()).toEqual(["2", "1"]);
  });

  test("is published only of the revision that was meant", async () => {
    await call("CreateStateMachine", create);
    await call("UpdateStateMachine", { stateMachineArn: ARN, definition: definition(2) });
    const publish = (revisionId: string): Promise<ReplyBody> =>
      call("PublishStateMachineVersion", { stateMachineArn: ARN, revisionId });
    expect(await api.call("PublishStateMachineVersion", { stateMachineArn: ARN, revisionId: "INITIAL" })).toMatchObject(
      {
        status: 409,
        body: {
          __type: "ConflictException",
          message:
            "Failed to publish the State Machine version for revision INITIAL. The current State Machine revision is uuid-1.",
        },
      },
    );
    expect(await publish("uuid-1")).toMatchObject({ stateMachineVersionArn: `${ARN}:1` });
  });

  test("number is never given again", async () => {
    await call("CreateStateMachine", { ...create, publish: true });
    await publishNext(2);
    await call("DeleteStateMachineVersion", { stateMachineVersionArn: `${ARN}:2` });
    const body = await call("PublishStateMachineVersion", { stateMachineArn: ARN });
    expect(body["stateMachineVersionArn"]).toBe(`${ARN}:3`);
    expect(await versionNumbers()).toEqual(["3", "1"]);
  });

  test("that was deleted is gone, and deleting it again is no error", async () => {
    await call("CreateStateMachine", { ...create, publish: true });
    for (const _time of ["once", "twice"]) {
      expect(await call("DeleteStateMachineVersion", { stateMachineVersionArn: `${ARN}:1` })).toEqual({});
    }
    for (const operation of ["DescribeStateMachine", "StartExecution", "ListExecutions"]) {
      expect(await call(operation, { stateMachineArn: `${ARN}:1` })).toMatchObject({
        __type: "StateMachineDoesNotExist",
        message: `State Machine Does Not Exist: '${ARN}:1'`,
      });
    }
  });

  test("lists are newest first, in pages that continue where they ended", async () => {
    await call("CreateStateMachine", create);
    for (let number = 1; number <= 12; number += 1) await publishNext(number);
    const first = await call("ListStateMachineVersions", { stateMachineArn: ARN, maxResults: 10 });
    await publishNext(13);
    const rest = await call("ListStateMachineVersions", { stateMachineArn: ARN, nextToken: first.nextToken });
    const all = [first, rest].flatMap((page) => page["stateMachineVersions"] as { stateMachineVersionArn: string }[]);
    expect(all.map((x) => x.stateMachineVersionArn)).toEqual(Array.from({ length: 12 }, (_, i) => `${ARN}:${12 - i}`));
    expect(rest.nextToken).toBeUndefined();
    const foreign = await call("ListStateMachineAliases", { stateMachineArn: ARN, nextToken: first.nextToken });
    expect(foreign.__type).toBe("InvalidToken");
  });

  test("beyond the quota is refused, and its number is not used up", async () => {
    await call("CreateStateMachine", { ...create, publish: true });
    api.db.database.exec(`WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ${VERSIONS})
      INSERT INTO state_machine_version SELECT state_machine_arn, i, NULL, definition, role_arn, 'r' || i, created_at, updated_at,
        logging_configuration, tracing_configuration, encryption_configuration FROM state_machine_version, n`);
    api.db.database.exec(`UPDATE state_machine SET last_version = ${VERSIONS}`);
    await call("UpdateStateMachine", { stateMachineArn: ARN, definition: definition(2) });
    expect(await api.call("PublishStateMachineVersion", { stateMachineArn: ARN })).toMatchObject({
      status: 402,
      body: { __type: "ServiceQuotaExceededException" },
    });
    await call("DeleteStateMachineVersion", { stateMachineVersionArn: `${ARN}:1` });
    const body = await call("PublishStateMachineVersion", { stateMachineArn: ARN });
    expect(body["stateMachineVersionArn"]).toBe(`${ARN}:${VERSIONS + 1}`);
  });

  test.each([
    ["PublishStateMachineVersion", { stateMachineArn: `${ARN}:1` }, "StateMachineDoesNotExist"],
    ["PublishStateMachineVersion", { stateMachineArn: "x" }, "InvalidArn"],
    ["UpdateStateMachine", { stateMachineArn: `${ARN}:1`, definition: DEFINITION }, "StateMachineDoesNotExist"],
    ["ListStateMachineVersions", { stateMachineArn: `${ARN}:1` }, "InvalidArn"],
    ["ListStateMachineVersions", { stateMachineArn: `${ARN}2` }, "StateMachineDoesNotExist"],
    ["DeleteStateMachineVersion", { stateMachineVersionArn: ARN }, "InvalidArn"],
    ["DeleteStateMachineVersion", { stateMachineVersionArn: `${ARN}:live` }, "InvalidArn"],
    ["DeleteStateMachine", { stateMachineArn: `${ARN}:1` }, "ValidationException"],
    ["DescribeStateMachine", { stateMachineArn: `${ARN}:0` }, "StateMachineDoesNotExist"],
  ])("%s of %o is refused with %s", async (operation, input, error) => {
    await call("CreateStateMachine", { ...create, publish: true });
    expect((await call(operation, input)).__type).toBe(error);
    expect(await versionNumbers()).toEqual(["1"]);
  });
});

describe("an alias", () => {
  const to = (...weights: [version: number, weight: number][]): object[] =>
    weights.map(([version, weight]) => ({ stateMachineVersionArn: `${ARN}:${version}`, weight }));
  const live = { name: "live", description: "what users get", routingConfiguration: to([1, 100]) };

  beforeEach(async () => {
    await call("CreateStateMachine", { ...create, publish: true });
    await publishNext(2);
  });

  test("is created, described, changed, listed and deleted", async () => {
    const aliasArn = `${ARN}:live`;
    expect(await call("CreateStateMachineAlias", live)).toEqual({
      stateMachineAliasArn: aliasArn,
      creationDate: START / 1000,
    });
    api.at += 1000;
    const routingConfiguration = to([1, 90], [2, 10]);
    const update = await call("UpdateStateMachineAlias", { stateMachineAliasArn: aliasArn, routingConfiguration });
    expect(update).toEqual({ updateDate: START / 1000 + 1 });
    expect(await call("DescribeStateMachineAlias", { stateMachineAliasArn: aliasArn })).toEqual({
      stateMachineAliasArn: aliasArn,
      ...live,
      routingConfiguration,
      creationDate: START / 1000,
      updateDate: START / 1000 + 1,
    });
    await call("UpdateStateMachineAlias", { stateMachineAliasArn: aliasArn, description: "other" });
    expect(await call("DescribeStateMachineAlias", { stateMachineAliasArn: aliasArn })).toMatchObject({
      description: "other",
      routingConfiguration,
    });
    await call("CreateStateMachineAlias", { ...live, name: "beta" });
    const names = async (stateMachineArn: string): Promise<unknown> =>
      (await call("ListStateMachineAliases", { stateMachineArn }))["stateMachineAliases"];
    const listed = (name: string, at: number): object => ({
      stateMachineAliasArn: `${ARN}:${name}`,
      creationDate: at / 1000,
    });
    expect(await names(ARN)).toEqual([listed("beta", START + 1000), listed("live", START)]);
    expect(await names(`${ARN}:2`)).toEqual([listed("live", START)]);
    expect(await call("DeleteStateMachineAlias", { stateMachineAliasArn: aliasArn })).toEqual({});
    expect(await names(ARN)).toEqual([listed("beta", START + 1000)]);
    for (const operation of ["DescribeStateMachineAlias", "DeleteStateMachineAlias"]) {
      expect(await call(operation, { stateMachineAliasArn: aliasArn })).toMatchObject({ __type: "ResourceNotFound" });
    }
  });

  test("created again with the same request is the same, and with another a conflict", async () => {
    const first = await call("CreateStateMachineAlias", live);
    api.at += 1000;
    expect(await call("CreateStateMachineAlias", live)).toEqual(first);
    for (const other of [{ description: "x" }, { routingConfiguration: to([2, 100]) }]) {
      expect(await call("CreateStateMachineAlias", { ...live, ...other })).toMatchObject({
        __type: "ConflictException",
        message:
          "Failed to create alias because an alias with the same name and a different routing configuration already exists.",
      });
    }
  });

  test.each([
    [
      [{ stateMachineVersionArn: ARN, weight: 100 }],
      `Routing configuration must contain state machine version ARNs. Received: [${ARN}]`,
    ],
    [
      to([1, 50], [1, 50]),
      `Routing configuration must contain distinct state machine version ARNs. Received: [${ARN}:1, ${ARN}:1]`,
    ],
    [
      [...to([1, 50]), { stateMachineVersionArn: `${ARN}2:1`, weight: 50 }],
      `Routing configuration must contain versions of one state machine. Received: [${ARN}:1, ${ARN}2:1]`,
    ],
    [to([1, 70], [2, 29]), "Sum of routing configuration weights must equal 100. Received: [70, 29]"],
  ])("to %o is refused", async (routingConfiguration, message) => {
    const refusal = { __type: "ValidationException", message, reason: "INVALID_ROUTING_CONFIGURATION" };
    expect(await call("CreateStateMachineAlias", { ...live, routingConfiguration })).toEqual(refusal);
    await call("CreateStateMachineAlias", live);
    const stateMachineAliasArn = `${ARN}:live`;
    expect(await call("UpdateStateMachineAlias", { stateMachineAliasArn, routingConfiguration })).toEqual(refusal);
  });

  test("leads only to versions that exist, of its own state machine", async () => {
    const routingConfiguration = to([3, 100]);
    expect(await call("CreateStateMachineAlias", { ...live, routingConfiguration })).toMatchObject({
      __type: "ResourceNotFound",
      resourceName: `${ARN}:3`,
    });
    await call("CreateStateMachineAlias", live);
    const stateMachineAliasArn = `${ARN}:live`;
    const update = async (routes: object[]): Promise<unknown> =>
      (await call("UpdateStateMachineAlias", { stateMachineAliasArn, routingConfiguration: routes })).__type;
    expect(await update(routingConfiguration)).toBe("ResourceNotFound");
    expect(await update([{ stateMachineVersionArn: `${ARN}2:1`, weight: 100 }])).toBe("ValidationException");
    expect((await call("UpdateStateMachineAlias", { stateMachineAliasArn })).__type).toBe("ValidationException");
  });

  test("keeps its versions from being deleted", async () => {
    await call("CreateStateMachineAlias", live);
    await call("CreateStateMachineAlias", { ...live, name: "beta" });
    expect(await call("DeleteStateMachineVersion", { stateMachineVersionArn: `${ARN}:1` })).toEqual({
      __type: "ConflictException",
      message:
        "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [beta, live]",
    });
    expect(await versionNumbers()).toEqual(["2", "1"]);
    expect(await call("DeleteStateMachineVersion", { stateMachineVersionArn: `${ARN}:2` })).toEqual({});
  });

  test("goes with its state machine, and so do the versions", async () => {
    await call("CreateStateMachineAlias", live);
    await call("DeleteStateMachine", { stateMachineArn: ARN });
    await call("CreateStateMachine", create);
    expect(await versionNumbers()).toEqual([]);
    expect(await call("ListStateMachineAliases", { stateMachineArn: ARN })).toEqual({ stateMachineAliases: [] });
  });

  test("beyond the quota is refused", async () => {
    await call("CreateStateMachineAlias", live);
    api.db.database.exec(`WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ${ALIASES})
      INSERT INTO state_machine_alias SELECT state_machine_arn, 'a' || i, NULL, routing_configuration, created_at, updated_at
      FROM state_machine_alias, n`);
    expect((await call("CreateStateMachineAlias", { ...live, name: "more" })).__type).toBe(
      "ServiceQuotaExceededException",
    );
    expect((await call("CreateStateMachineAlias", live))["stateMachineAliasArn"]).toBe(`${ARN}:live`);
  });

  test.each([
    ["DescribeStateMachineAlias", { stateMachineAliasArn: `${ARN}:1` }, "InvalidArn"],
    ["DeleteStateMachineAlias", { stateMachineAliasArn: ARN }, "InvalidArn"],
    ["ListStateMachineAliases", { stateMachineArn: `${ARN}:9` }, "StateMachineDoesNotExist"],
    ["ListStateMachineAliases", { stateMachineArn: `${ARN}:live` }, "StateMachineDoesNotExist"],
    ["DescribeStateMachine", { stateMachineArn: `${ARN}:none` }, "StateMachineDoesNotExist"],
    ["StartExecution", { stateMachineArn: `${ARN}:none` }, "StateMachineDoesNotExist"],
  ])("%s of %o is refused with %s", async (operation, input, error) => {
    expect((await call(operation, input)).__type).toBe(error);
  });

  describe("starts executions", () => {
    const start = async (stateMachineArn: string): Promise<unknown> => {
      const { executionArn = "" } = await call("StartExecution", { stateMachineArn });
      const [, request] = api.execution(executionArn).calls[0] ?? [];
      return request;
    };

    beforeEach(async () => {
      await call("CreateStateMachineAlias", { ...live, routingConfiguration: to([1, 90], [2, 10]) });
    });

    test.each([
      [0, 1],
      [0.899, 1],
      [0.9, 2],
      [0.999, 2],
    ])("each version as often as its weight says: %d is version %i", async (random, version) => {
      api.random = random;
      expect(await start(`${ARN}:live`)).toMatchObject({
        stateMachineArn: ARN,
        stateMachineAliasArn: `${ARN}:live`,
        stateMachineVersionArn: `${ARN}:${version}`,
        definition: version === 1 ? DEFINITION : definition(2),
      });
    });

    test("never of a version with weight 0", async () => {
      const routingConfiguration = to([1, 0], [2, 100]);
      await call("UpdateStateMachineAlias", { stateMachineAliasArn: `${ARN}:live`, routingConfiguration });
      api.random = 0;
      expect(await start(`${ARN}:live`)).toMatchObject({ stateMachineVersionArn: `${ARN}:2` });
    });

    test("of a version without an alias, and of the state machine without either", async () => {
      const ofVersion = await start(`${ARN}:1`);
      expect(ofVersion).toMatchObject({ stateMachineVersionArn: `${ARN}:1`, definition: DEFINITION });
      expect(ofVersion).not.toHaveProperty("stateMachineAliasArn");
      const ofMachine = await start(ARN);
      expect(ofMachine).toMatchObject({ definition: definition(2) });
      expect(ofMachine).not.toHaveProperty("stateMachineVersionArn");
    });

    test("and lists those that it started", async () => {
      const entry = { stateMachineArn: ARN, status: "RUNNING", version: 1, redriveCount: 0 } as const;
      const names = ["byAlias", "byVersion", "byMachine"] as const;
      const started = {
        byAlias: { stateMachineVersionArn: `${ARN}:1`, stateMachineAliasArn: `${ARN}:live` },
        byVersion: { stateMachineVersionArn: `${ARN}:1` },
        byMachine: {},
      };
      const entries = names.map((name, i) => ({ ...entry, name, executionArn: name, startedAt: i, ...started[name] }));
      await upsertEntries(api.context.db, entries);
      const list = async (input: object): Promise<string[]> => {
        const { executions } = await call("ListExecutions", input);
        return (executions as { name: string }[]).map((x) => x.name);
      };
      expect(await list({ stateMachineArn: ARN })).toEqual(["byMachine", "byVersion", "byAlias"]);
      expect(await list({ stateMachineArn: `${ARN}:1` })).toEqual(["byVersion", "byAlias"]);
      expect(await list({ stateMachineArn: `${ARN}:1`, statusFilter: "RUNNING" })).toEqual(["byVersion", "byAlias"]);
      expect(await list({ stateMachineArn: `${ARN}:1`, statusFilter: "FAILED" })).toEqual([]);
      expect(await list({ stateMachineArn: `${ARN}:live` })).toEqual(["byAlias"]);
      expect(await list({ stateMachineArn: `${ARN}:2` })).toEqual([]);
    });
  });
});
