import { describe, expect, test } from "vitest";
import { faultsIn, type Definition } from "./definitions.ts";

const SERVICE = "arn:aws:states:::lambda:invoke";
const WAITING = `${SERVICE}.waitForTaskToken`;
const ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:a";
const task = (Resource: string, fields: Definition): Definition => ({ Type: "Task", Resource, End: true, ...fields });

describe("the links of a task that waits for its token", () => {
  test.each<[string, Definition]>([
    ["by paths", task(WAITING, { Parameters: { Payload: { "url.$": "$$.Task.CallbackUrl" } } })],
    ["by intrinsic calls", task(WAITING, { Parameters: { "text.$": "States.Format('{}', $$.Task.ApproveUrl)" } })],
    [
      "in JSONata",
      task(WAITING, { QueryLanguage: "JSONata", Arguments: { url: "{% $states.context.Task.RejectUrl %}" } }),
    ],
    ["by an activity's", task(ACTIVITY, { Parameters: { "url.$": "$$.Task.CallbackUrl" } })],
  ])("are read %s", (_, state) => expect(faultsIn(state)).toEqual([]));

  test.each<[string, Definition, string]>([
    [
      "a task that does not wait",
      task(SERVICE, { Parameters: { "a.$": "$$.Task.CallbackUrl" } }),
      "$$.Task.CallbackUrl",
    ],
    [
      "a function's ARN",
      task("arn:aws:lambda:us-east-1:123456789012:function:f", { InputPath: "$$.Task.ApproveUrl" }),
      "$$.Task.ApproveUrl",
    ],
    [
      "a Pass",
      { Type: "Pass", Parameters: { a: [{ "b.$": "States.Format('{}', $$.Task.RejectUrl)" }] }, End: true },
      "$$.Task.RejectUrl",
    ],
    [
      "a Choice",
      { Type: "Choice", Choices: [{ Variable: "$$.Task.ApproveUrl", IsPresent: true, Next: "B" }], Default: "B" },
      "$$.Task.ApproveUrl",
    ],
    [
      "JSONata",
      { Type: "Pass", QueryLanguage: "JSONata", Output: "{% $states.context.Task.ApproveUrl %}", End: true },
      "$states.context.Task.ApproveUrl",
    ],
  ])("are refused in %s", (_, state, link) => {
    const found = faultsIn(state, { B: { Type: "Pass", End: true } }).filter((x) => !x.includes("not reachable"));
    expect(found.map((x) => x.trim())).toEqual([`Only a Task that waits for its token has '${link}' at`]);
  });

  test("are only looked for where something is read", () => {
    const text = { source: "$$.Task.ApproveUrl", x: "$$.Task.ApproveUrl" };
    expect(faultsIn({ Type: "Pass", Result: text, End: true })).toEqual([]);
    expect(faultsIn({ Type: "Pass", Parameters: { text, "n.$": "$.n" }, End: true })).toEqual([]);
    expect(
      faultsIn({ Type: "Pass", Parameters: { "a.$": "$.Task.ApproveUrl", "b.$": "$$.Task.Token" }, End: true }),
    ).toEqual([]);
    const Branches = [{ StartAt: "I", States: { I: task(WAITING, { Parameters: { "u.$": "$$.Task.ApproveUrl" } }) } }];
    expect(faultsIn({ Type: "Parallel", Branches, End: true })).toEqual([]);
  });
});
