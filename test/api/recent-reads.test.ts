/** What is called often is read once in a few seconds: state machines, versions, aliases. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { findStateMachine } from "../../src/runtime/registry.ts";
import { MAX_AGE_MS, readRecently } from "../../src/runtime/recent-reads.ts";
import { ACCOUNT, DEFINITION, Fixture, START } from "./fixture.ts";

const FAST = `${ACCOUNT}:stateMachine:Fast`;
const OTHER = '{"StartAt":"B","States":{"B":{"Type":"Pass","Result":"other","End":true}}}';

let api: Fixture;
let reads: () => number;

beforeEach(async () => {
  api = new Fixture();
  await api.createStateMachine("Fast", { type: "EXPRESS", publish: true });
  const prepare = vi.spyOn(api.db, "prepare");
  reads = () => prepare.mock.calls.filter(([sql]) => sql.startsWith("SELECT")).length;
});

const find = async (at = START, arn = FAST): Promise<string | undefined> => {
  const { db } = api.context;
  return (await readRecently(db, at, arn, () => findStateMachine(db, arn)))?.definition;
};
const run = async (stateMachineArn = FAST): Promise<unknown> =>
  (await api.call("StartSyncExecution", { stateMachineArn })).body["output"];

test("one read serves for a few seconds, and no longer", async () => {
  for (const at of [START, START + 1, START + MAX_AGE_MS]) expect(await find(at)).toBe(DEFINITION);
  expect(reads()).toBe(1);
  await find(START + MAX_AGE_MS + 1);
  expect(reads()).toBe(2);
});

test("a change made elsewhere is seen when what was read is too old", async () => {
  await find();
  api.db.database.exec(`UPDATE state_machine SET definition = '${OTHER}'`);
  expect(await find(START + MAX_AGE_MS)).toBe(DEFINITION);
  expect(await find(START + MAX_AGE_MS + 1)).toBe(OTHER);
});

test("what is not there is looked for each time", async () => {
  await find(START, `${FAST}er`);
  await find(START, `${FAST}er`);
  expect(reads()).toBe(2);
});

test("what is large is not kept", async () => {
  const definition = JSON.stringify({ Comment: "x".repeat(200_000), ...JSON.parse(DEFINITION) });
  const arn = await api.createStateMachine("Large", { type: "EXPRESS", definition });
  const before = reads();
  await find(START, arn);
  await find(START, arn);
  expect(reads() - before).toBe(2);
});

test("no more than a hundred are kept, the newest ones", async () => {
  const arns: string[] = [];
  for (let n = 0; n <= 100; n++) arns.push(await api.createStateMachine(`Fast${n}`, { type: "EXPRESS" }));
  for (const arn of arns) await find(START, arn);
  const before = reads();
  await find(START, arns[1]);
  expect(reads() - before).toBe(0);
  await find(START, arns[0]);
  expect(reads() - before).toBe(1);
});

test("databases know nothing of each other", async () => {
  await find();
  const other = new Fixture().context.db;
  expect(await readRecently(other, START, FAST, () => findStateMachine(other, FAST))).toBeUndefined();
});

describe("StartSyncExecution", () => {
  const update = { stateMachineArn: FAST, definition: OTHER };
  const ALIAS = `${FAST}:live`;
  const routing = (version: number): object => ({
    routingConfiguration: [{ stateMachineVersionArn: `${FAST}:${version}`, weight: 100 }],
  });

  test("reads a state machine, a version and an alias with its version once each", async () => {
    await api.call("CreateStateMachineAlias", { name: "live", ...routing(1) });
    const before = reads();
    for (let n = 0; n < 3; n++) for (const arn of [FAST, `${FAST}:1`, ALIAS]) expect(await run(arn)).toBe("{}");
    expect(reads() - before).toBe(3);
  });

  test("sees at once what was updated here", async () => {
    await run();
    await api.call("UpdateStateMachine", update);
    expect(await run()).toBe('"other"');
  });

  test("sees at once where an alias was led to here", async () => {
    await api.call("CreateStateMachineAlias", { name: "live", ...routing(1) });
    expect(await run(ALIAS)).toBe("{}");
    await api.call("UpdateStateMachine", { ...update, publish: true });
    await api.call("UpdateStateMachineAlias", { stateMachineAliasArn: ALIAS, ...routing(2) });
    expect([await run(ALIAS), await run(`${FAST}:1`)]).toEqual(['"other"', "{}"]);
  });

  test("sees at once what was deleted here", async () => {
    await run();
    await api.call("DeleteStateMachine", { stateMachineArn: FAST });
    expect((await api.call("StartSyncExecution", { stateMachineArn: FAST })).body.__type).toBe(
      "StateMachineDoesNotExist",
    );
  });

  test("an alias chooses anew each time, by its weights", async () => {
    await api.call("UpdateStateMachine", { ...update, publish: true });
    const routes = [1, 2].map((version) => ({ stateMachineVersionArn: `${FAST}:${version}`, weight: 50 }));
    await api.call("CreateStateMachineAlias", { name: "live", routingConfiguration: routes });
    const outputs: unknown[] = [];
    for (const random of [0, 0.9, 0.1, 0.6]) {
      api.random = random;
      outputs.push(await run(ALIAS));
    }
    expect(outputs).toEqual(["{}", '"other"', "{}", '"other"']);
  });
});
