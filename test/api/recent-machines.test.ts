/** A state machine that is asked for often is read once in a few seconds. */
import { beforeEach, expect, test, vi } from "vitest";
import { findRecentStateMachine, MAX_AGE_MS } from "../../src/runtime/recent-machines.ts";
import { ACCOUNT, DEFINITION, Fixture, START } from "./fixture.ts";

const FAST = `${ACCOUNT}:stateMachine:Fast`;
const OTHER = '{"StartAt":"B","States":{"B":{"Type":"Succeed"}}}';

let api: Fixture;
let reads: () => number;

beforeEach(async () => {
  api = new Fixture();
  await api.createStateMachine("Fast", { type: "EXPRESS" });
  const prepare = vi.spyOn(api.db, "prepare");
  reads = () => prepare.mock.calls.filter(([sql]) => sql.startsWith("SELECT")).length;
});

const find = async (at = START, arn = FAST): Promise<string | undefined> =>
  (await findRecentStateMachine(api.context.db, arn, at))?.definition;

test("one read serves for a few seconds, and no longer", async () => {
  for (const at of [START, START + 1, START + MAX_AGE_MS]) expect(await find(at)).toBe(DEFINITION);
  expect(reads()).toBe(1);
  await find(START + MAX_AGE_MS + 1);
  expect(reads()).toBe(2);
});

test("a change made here is seen at once, one made elsewhere when the entry is too old", async () => {
  await find();
  await api.call("UpdateStateMachine", { stateMachineArn: FAST, definition: OTHER });
  expect(await find()).toBe(OTHER);
  api.db.database.exec(`UPDATE state_machine SET definition = '${DEFINITION}'`);
  expect(await find(START + MAX_AGE_MS)).toBe(OTHER);
  expect(await find(START + MAX_AGE_MS + 1)).toBe(DEFINITION);
});

test("one that was deleted here is gone, and one that is not there is looked for each time", async () => {
  await find();
  await api.call("DeleteStateMachine", { stateMachineArn: FAST });
  const before = reads();
  expect([await find(), await find()]).toEqual([undefined, undefined]);
  expect(reads() - before).toBe(2);
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
  expect(await findRecentStateMachine(new Fixture().context.db, FAST, START)).toBeUndefined();
});
