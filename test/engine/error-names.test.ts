/** Error names that the engine never raises by itself are matched where somebody else does. */
import { expect, test } from "vitest";
import { start, states } from "./words.ts";

const fail = (Error: string) => states({ F: { Type: "Fail", Error } });
const parallel = (Error: string, name: string) =>
  states({
    P: { Type: "Parallel", Branches: [fail(Error)], Catch: [{ ErrorEquals: [name], Next: "Caught" }], End: true },
    Caught: { Type: "Pass", Result: "caught", End: true },
  });

test.each(["States.BranchFailed", "States.Permissions", "Custom"])(
  "a failed branch's own error is matched, and %s as any other name",
  async (name) => {
    expect((await start(parallel(name, name))).result).toBe('"caught"');
    expect((await start(parallel("Boom", name))).result).toMatchObject({ error: "Boom" });
  },
);
