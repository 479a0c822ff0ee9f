/** Fields that many kinds of objects have, in each of them. */
import { expect, test } from "vitest";
import { faultsIn, stateOf, states, type Definition } from "./definitions.ts";

const pass = { Type: "Pass", End: true };
const inner = states({ I: pass });
const SOUND: Readonly<Record<string, Definition>> = {
  Pass: { Type: "Pass" },
  Task: { Type: "Task", Resource: "arn:aws:states:::lambda:invoke" },
  Wait: { Type: "Wait", Seconds: 1 },
  Parallel: { Type: "Parallel", Branches: [inner] },
  Map: { Type: "Map", ItemProcessor: inner },
};
const ENDS: Readonly<Record<string, Definition>> = {
  Choice: { Type: "Choice", Choices: [{ Variable: "$.x", IsNull: true, Next: "B" }] },
  Succeed: { Type: "Succeed" },
  Fail: { Type: "Fail" },
};

test.each(Object.keys(SOUND))("%s goes on to its Next, or ends", (Type) => {
  expect(stateOf({ ...SOUND[Type], Next: "B" }, { B: pass })).toMatchObject({ Type, Next: "B" });
  expect(stateOf({ ...SOUND[Type], End: true })).not.toHaveProperty("Next");
});

test.each(Object.entries({ ...SOUND, ...ENDS }))("%s may have a Comment", (Type, fields) => {
  const others: Definition = Type === "Choice" ? { B: pass } : {};
  const state = { ...fields, ...(Type in SOUND && { End: true }) };
  expect(stateOf({ ...state, Comment: "c" }, others)).toMatchObject({ Comment: "c" });
  expect(faultsIn({ ...state, Comment: 5 }, others)).toEqual(["Expected value of type [STRING] at /Comment"]);
});

test("a branch and a processor may have a Comment, too", () => {
  const commented = (Comment: unknown): Definition => ({ ...inner, Comment });
  expect(faultsIn({ ...SOUND["Parallel"], Branches: [commented("c")], End: true })).toEqual([]);
  expect(faultsIn({ ...SOUND["Map"], ItemProcessor: commented("c"), End: true })).toEqual([]);
  expect(faultsIn({ ...SOUND["Map"], ItemProcessor: commented(5), End: true })).toEqual([
    "Expected value of type [STRING] at /ItemProcessor/Comment",
  ]);
});

test("numbers and their paths in readers and batchers", () => {
  const Resource = "arn:aws:states:::s3:getObject";
  const map = (fields: Definition): Definition => ({ ...SOUND["Map"], End: true, ...fields });
  const ItemReader = (ReaderConfig: Definition): Definition => map({ ItemReader: { Resource, ReaderConfig } });
  expect(stateOf(ItemReader({ MaxItemsPath: "$.n" }))).toMatchObject({
    ItemReader: { ReaderConfig: { MaxItems: { kind: "path", path: { source: "$.n" } } } },
  });
  expect(stateOf(map({ ItemBatcher: { MaxItemsPerBatchPath: "$.n" } }))).toMatchObject({
    ItemBatcher: { MaxItemsPerBatch: { kind: "path", path: { source: "$.n" } } },
  });
  expect(faultsIn(map({ ItemBatcher: { MaxItemsPerBatch: 1, MaxItemsPerBatchPath: "$.n" } }))).toEqual([
    "There should only be one of the following fields: [MaxItemsPerBatch, MaxItemsPerBatchPath] at /ItemBatcher",
  ]);
});
